// SPDX-License-Identifier: MIT
/*
 * rtc.c - the time of day, from the "google,goldfish-rtc" of the FDT.
 *
 * The clock is read once: two registers, of which reading the low half latches the
 * high one, hold the nanoseconds since 1970.  From then on the time CSR, which every
 * program call can afford, counts on from there.
 *
 * Deterministic runs begin at a fixed moment, whatever the host's calendar says.
 */
#include "dev/dev.h"
#include "lib/fdt.h"
#include "lib/printk.h"
#include "mm/kmem/vmalloc.h"
#include "riscv/timer.h"

#define RTC_LOW     0
#define RTC_HIGH    1
#define FIXED_START (1767225600UL * NSEC_PER_SEC) /* 2026-01-01 00:00:00 UTC */

static u64 realtime_base; /* when the machine was switched on, ns since 1970 */

u64 time_realtime_ns(void)
{
	return realtime_base + time_ns();
}

void __init rtc_init(void)
{
	int node = fdt_device("google,goldfish-rtc");
	volatile u32 *regs;
	u64 pa, size, now;

	realtime_base = FIXED_START;
	if (deterministic)
		return;
	if (node < 0 || fdt_reg(&machine_fdt, node, 0, &pa, &size) != 0) {
		printk("rtc: none; the date begins at 2026-01-01\n");
		return;
	}
	regs = ioremap(pa, size);
	if (regs == NULL)
		return;
	now = regs[RTC_LOW];
	now |= (u64)regs[RTC_HIGH] << 32;
	realtime_base = now - time_ns();
	iounmap((void *)regs);
}
