// SPDX-License-Identifier: MIT
/* preempt.h - the current task's preemption count, reached through tp by offset, for
 * headers that struct task itself depends on. */
#ifndef RISCV_PREEMPT_H
#define RISCV_PREEMPT_H

#include "lib/types.h"

struct task;
extern bool gang_on;

#ifdef __KERNEL__
/* Call a function that is hardly ever called from where it stands, and let the compiler
 * see no call there: it would keep all that is alive across it in saved registers, and a
 * function that spends 40 instructions under a lock would spend 20 on those.  The thunk
 * (switch.S) keeps every register but t0 and t1. */
#define call_rarely(fn, arg) __asm__ volatile("mv t1, %0\n\tcall t0, " #fn "_thunk" \
					      :: "r"(arg) : "t0", "t1", "memory")

/* In every loop that waits for another hart. */
static __always_inline void cpu_relax(void)
{
	if (unlikely(gang_on))
		call_rarely(gang_relax, 0);	/* riscv/gang.c */
}

/* tp points to struct task; the offsets stand in proc/task.h and are checked there. */
register struct task *this_task __asm__("tp");
#define PREEMPT_WORK_OFF	8
#define PREEMPT_COUNT_OFF	12

static __always_inline volatile u32 *task_word(unsigned offset)
{
	return (volatile u32 *)((char *)this_task + offset);
}

/* Between these the task stays on its hart; interrupts still come. */
static __always_inline void preempt_disable(void)
{
	++*task_word(PREEMPT_COUNT_OFF);
	barrier();
}

/* As preempt_enable, but a wish to reschedule waits for the next preempt_enable.
 * => the caller comes to one within a few instructions. */
static __always_inline void preempt_enable_later(void)
{
	barrier();
	--*task_word(PREEMPT_COUNT_OFF);
}

static __always_inline void preempt_enable(void)
{
	u32 n;

	barrier();
	n = *task_word(PREEMPT_COUNT_OFF) - 1;
	*task_word(PREEMPT_COUNT_OFF) = n;
	if (unlikely(n == 0 && (*task_word(PREEMPT_WORK_OFF) & 1)))
		call_rarely(preempt_schedule, 0);	/* proc/sched.c */
}
#else
static inline void cpu_relax(void) { }
#endif

#endif
