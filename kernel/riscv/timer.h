// SPDX-License-Identifier: MIT
/* timer.h - time and one-shot timers. */
#ifndef RISCV_TIMER_H
#define RISCV_TIMER_H

#include "lib/list.h"
#include "lib/rbtree.h"

#define NSEC_PER_SEC	1000000000UL
#define NSEC_PER_MSEC	1000000UL
#define HZ		100		/* scheduler ticks a second while busy */

/* Nanoseconds since the machine was switched on. */
#ifdef __KERNEL__
#include "riscv/csr.h"
extern u64 ns_per_tick_q;		/* of a count of the time register, in 1/2^24 */

static __always_inline u64 time_ns(void)
{
	return (u64)(((unsigned __int128)csr_read(time) * ns_per_tick_q) >> 24);
}
#else
u64 time_ns(void);
#endif
/* Seconds and nanoseconds since 1970, from the RTC named in the FDT. */
u64 time_realtime_ns(void);

/* A function to be called once, at a time, from the timer interrupt. */
struct timer {
	struct rb_node node;
	u64 when;			/* ns; 0 when not armed */
	unsigned hart;			/* whose queue it is on */
	void (*fn)(struct timer *t);	/* runs with interrupts off */
};

void timer_init(struct timer *t, void (*fn)(struct timer *t));
void timer_arm(struct timer *t, u64 when_ns);	/* arms anew if armed */
void timer_cancel(struct timer *t);		/* fn is not running when this returns */
/* The scheduler's tick on this hart, HZ times a second: off while the hart idles.
 * => interrupts off. */
void tick_start(void);
void tick_stop(void);
/* For gang.c: when the hart's next timer or tick is due; the tick anew, now; WFI until then
 * (or a device's interrupt) on behalf of all harts. => interrupts off */
u64 timer_deadline(unsigned hart);
void tick_restart(void);
void timer_wfi_until(u64 when_ns);
/* Sleep; -ERESTARTSYS if interruptible and a signal came. */
int sleep_ns(u64 ns, bool interruptible);

void timer_setup(void);			/* reads the FDT; once */
void timer_setup_hart(void);		/* each hart */
void timer_interrupt(void);		/* from trap.c, interrupts off */

#endif
