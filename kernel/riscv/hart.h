// SPDX-License-Identifier: MIT
/*
 * hart.h - the processors, interrupts on and off, and the current task.
 *
 * In the kernel the thread pointer tp holds the current task, in user mode the
 * program's own; the trap entry exchanges them through sscratch.  The task knows
 * its hart.  Per-hart data are arrays of NR_HARTS indexed by hart_id(), valid
 * only while the task cannot move: interrupts off, preemption off, or in the
 * idle task.
 */
#ifndef RISCV_HART_H
#define RISCV_HART_H

#include "lib/types.h"

#ifdef __KERNEL__
#include "proc/task.h"
#include "riscv/csr.h"
#include "riscv/preempt.h"

#define current this_task		/* the register tp: preempt.h */

/* This hart's logical number, 0 .. nr_harts-1.  => the caller cannot be moved. */
static __always_inline unsigned hart_id(void)
{
	return current->hart;
}

extern unsigned nr_harts;		/* brought up at boot */
extern unsigned hart_to_sbi[NR_HARTS];	/* logical number -> firmware's hart id */
extern unsigned hart_to_node[NR_HARTS];	/* logical number -> NUMA node */

static __always_inline unsigned long irq_save(void)
{
	return csr_read_clear(sstatus, SSTATUS_SIE) & SSTATUS_SIE;
}

static __always_inline void irq_restore(unsigned long flags)
{
	csr_set(sstatus, flags);
}

static __always_inline bool irqs_off(void)
{
	return !(csr_read(sstatus) & SSTATUS_SIE);
}

static __always_inline void irq_enable(void)
{
	csr_set(sstatus, SSTATUS_SIE);
}

static __always_inline void irq_disable(void)
{
	csr_clear(sstatus, SSTATUS_SIE);
}

/* Run fn(arg) on every hart that is up, this one included, and wait until all are done.
 * => fn runs with interrupts off, on the others in an interrupt; the caller has them on. */
void hart_call_all(void (*fn)(void *arg), void *arg);
/* Make hart look at its run queue. */
void hart_kick(unsigned hart);
/* What the hart that is being started loads, by physical address, once it is ready;
 * head.S knows the order. Boot data, not bss, which a hart may not yet trust. */
extern struct hart_start {
	u64 ready;
	unsigned long root;
	struct task *task;
	char *stack_top;
} hart_start;

/* C's first function on a hart that is not the first; head.S calls it.
 * => interrupts off, its idle task's stack */
__noreturn void start_secondary(void);
#endif

#endif
