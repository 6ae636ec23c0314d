// SPDX-License-Identifier: MIT
/* preempt.h - the current task's preemption count, reached through tp by offset, for
 * headers that struct task itself depends on. */
#ifndef RISCV_PREEMPT_H
#define RISCV_PREEMPT_H

#include "lib/types.h"

void preempt_schedule(void);	/* proc/sched.c */
extern bool gang_on;
void gang_relax(void);		/* riscv/gang.c */

/* In every loop that waits for another hart. */
static __always_inline void cpu_relax(void)
{
	if (unlikely(gang_on))
		gang_relax();
}

#ifdef __KERNEL__
/* tp points to struct task; the offsets stand in proc/task.h and are checked there. */
#define PREEMPT_WORK_OFF	8
#define PREEMPT_COUNT_OFF	12

/* Between these the task stays on its hart; interrupts still come. */
static __always_inline void preempt_disable(void)
{
	u32 *count;

	__asm__("addi %0, tp, %1" : "=r"(count) : "i"(PREEMPT_COUNT_OFF));
	(*(volatile u32 *)count)++;
	barrier();
}

/* As preempt_enable, but a wish to reschedule waits for the next preempt_enable.
 * => the caller comes to one within a few instructions. */
static __always_inline void preempt_enable_later(void)
{
	u32 *count;

	barrier();
	__asm__("addi %0, tp, %1" : "=r"(count) : "i"(PREEMPT_COUNT_OFF));
	(*(volatile u32 *)count)--;
}

static __always_inline void preempt_enable(void)
{
	char *task;
	u32 n;

	barrier();
	__asm__("mv %0, tp" : "=r"(task));
	n = *(volatile u32 *)(task + PREEMPT_COUNT_OFF) - 1;
	*(volatile u32 *)(task + PREEMPT_COUNT_OFF) = n;
	if (unlikely(n == 0 && (*(volatile u32 *)(task + PREEMPT_WORK_OFF) & 1)))
		preempt_schedule();
}
#endif

#endif
