// SPDX-License-Identifier: MIT
/*
 * trap.c - what a trap means, once entry.S has saved the registers.
 *
 * Interrupts (timer, IPI, device) are handled on the stack they found, with
 * interrupts off and preempt_count raised: they cannot sleep and cannot be
 * preempted; if they made a better task runnable, the switch happens on the way
 * out (kernel mode) or in return_work (user mode).
 *
 * An exception in user mode is the program's: a page fault goes to the memory
 * manager, which resolves it or names a signal; everything else is a signal.
 *
 * An exception in kernel mode is a bug of the kernel.  User memory is reached
 * through usercopy.c, which never faults, so there is no table of excused
 * addresses to consult.
 */
#include "riscv/trap.h"
#include "lib/printk.h"
#include "mm/kmem/vmalloc.h"
#include "mm/vm/mm.h"
#include "proc/sched.h"
#include "proc/task.h"
#include "riscv/csr.h"
#include "riscv/hart.h"
#include "riscv/ipi.h"
#include "riscv/plic.h"
#include "riscv/timer.h"
#include "uapi/signal.h"

BUILD_ASSERT(offsetof(struct trap_frame, sepc) == TF_SEPC);
BUILD_ASSERT(offsetof(struct trap_frame, ra) == TF_REG(1));
BUILD_ASSERT(offsetof(struct trap_frame, a0) == TF_REG(10));
BUILD_ASSERT(offsetof(struct trap_frame, s2) == TF_REG(18));
BUILD_ASSERT(offsetof(struct trap_frame, t6) == TF_REG(31));
BUILD_ASSERT(offsetof(struct trap_frame, sstatus) == TF_SSTATUS);
BUILD_ASSERT(offsetof(struct trap_frame, orig_a0) == TF_ORIG_A0);
BUILD_ASSERT(sizeof(struct trap_frame) == TF_SIZE && TF_SIZE % 16 == 0);
BUILD_ASSERT(offsetof(struct task, tf) == TASK_TF);
BUILD_ASSERT(offsetof(struct task, work) == TASK_WORK && TASK_WORK == PREEMPT_WORK_OFF);
BUILD_ASSERT(offsetof(struct task, preempt_count) == TASK_PREEMPT &&
	     TASK_PREEMPT == PREEMPT_COUNT_OFF);
BUILD_ASSERT(offsetof(struct task, hart) == TASK_HART);
BUILD_ASSERT(offsetof(struct task, scratch) == TASK_SCRATCH);
BUILD_ASSERT(offsetof(struct task, ctx) == TASK_CTX);

static const char *const exception_names[] = {
	[EXC_INST_MISALIGNED] = "instruction address misaligned",
	[EXC_INST_ACCESS] = "instruction access fault",
	[EXC_INST_ILLEGAL] = "illegal instruction",
	[EXC_BREAKPOINT] = "breakpoint",
	[EXC_LOAD_MISALIGNED] = "load address misaligned",
	[EXC_LOAD_ACCESS] = "load access fault",
	[EXC_STORE_MISALIGNED] = "store address misaligned",
	[EXC_STORE_ACCESS] = "store access fault",
	[EXC_SYSCALL] = "environment call",
	[EXC_INST_PAGE_FAULT] = "instruction page fault",
	[EXC_LOAD_PAGE_FAULT] = "load page fault",
	[EXC_STORE_PAGE_FAULT] = "store page fault",
};

static const char *exception_name(u64 cause)
{
	if (cause < ARRAY_SIZE(exception_names) && exception_names[cause] != NULL)
		return exception_names[cause];
	return "unknown exception";
}

static void handle_irq(u64 cause)
{
	switch (cause & ~SCAUSE_IRQ) {
	case IRQ_S_TIMER:
		timer_interrupt();
		break;
	case IRQ_S_SOFT:
		ipi_interrupt();
		break;
	case IRQ_S_EXT:
		plic_interrupt();
		break;
	default:
		panic("unexpected interrupt, scause %lx", cause);
	}
}

/* Handlers neither sleep nor are preempted.  => interrupts off */
static void run_irq(u64 cause)
{
	struct task *t = current;

	t->preempt_count++;
#ifdef CONFIG_DEBUG
	t->in_irq = true;
	t->irq_held_base = t->nr_held;
#endif
	handle_irq(cause);
#ifdef CONFIG_DEBUG
	t->in_irq = false;
	t->irq_held_base = 0;
#endif
	t->preempt_count--;
}

static void user_exception(struct trap_frame *tf)
{
	switch (tf->scause) {
	case EXC_INST_ILLEGAL:
		/* The first floating-point instruction of a task finds the unit off. */
		if ((tf->sstatus & SSTATUS_FS) == SSTATUS_FS_OFF) {
			fp_restore(&current->fp);
			tf->sstatus |= SSTATUS_FS_CLEAN;
			return;
		}
		force_signal(SIGILL, ILL_ILLOPC, tf->sepc, tf);
		break;
	case EXC_BREAKPOINT:
		force_signal(SIGTRAP, TRAP_BRKPT, tf->sepc, tf);
		break;
	case EXC_INST_MISALIGNED:
	case EXC_LOAD_MISALIGNED:
	case EXC_STORE_MISALIGNED:
		force_signal(SIGBUS, BUS_ADRALN, tf->stval, tf);
		break;
	default:		/* access faults: no such memory behind a good mapping */
		force_signal(SIGBUS, BUS_ADRERR, tf->stval, tf);
		break;
	}
}

/* From user mode.  => interrupts off */
void user_interrupt(u64 cause)
{
	run_irq(cause);
}

/* From user mode, all but interrupts and system calls.  => s0..s11 and gp not in tf */
void user_trap(struct trap_frame *tf, vaddr_t addr, u64 cause)
{
	int access, sig, code;

	if (likely(cause == EXC_STORE_PAGE_FAULT))
		access = FAULT_WRITE;
	else if (cause == EXC_LOAD_PAGE_FAULT)
		access = FAULT_READ;
	else if (cause == EXC_INST_PAGE_FAULT)
		access = FAULT_EXEC;
	else {
		user_exception(tf);
		return;
	}
	/* Not tf and addr: they would have to be kept. */
	if (unlikely(handle_mm_fault(current->mm, addr, access, &sig, &code) != 0))
		force_signal(sig, code, current->tf->stval, current->tf);
}

static __noreturn void kernel_exception(struct trap_frame *tf)
{
	vaddr_t base = (vaddr_t)current->kstack;
	vaddr_t sp = tf->sp;

	if (sp >> THREAD_SHIFT & 1 && sp + THREAD_SIZE >= base && sp < base + 16)
		panic_trap(tf, "kernel stack overflow: task %d (%s), sp %016lx is below its stack "
			   "[%016lx, %016lx)", current->pid, current->comm, sp, base,
			   base + THREAD_SIZE);
	if (tf->scause >= EXC_INST_PAGE_FAULT && tf->stval < USER_TOP)
		panic_trap(tf, "%s in the kernel at user address %016lx "
			   "(user memory is reached only through copy_from_user and copy_to_user)",
			   exception_name(tf->scause), tf->stval);
	panic_trap(tf, "%s in the kernel, address %016lx", exception_name(tf->scause), tf->stval);
}

/* From kernel mode.  => interrupts off; everything is in tf */
void kernel_trap(struct trap_frame *tf)
{
	struct task *t = current;

	if (unlikely(!(tf->scause & SCAUSE_IRQ)))
		kernel_exception(tf);
	run_irq(tf->scause);
	/* The interrupted code had interrupts on; did it allow to be preempted?  In the
	 * windows the user's sstatus, which a switch looks at, is not in its frame yet. */
	if (t->preempt_count == 0 && (READ_ONCE(t->work) & WORK_RESCHED) &&
	    likely(tf->sepc != (u64)entry_window && tf->sepc != (u64)fault_window))
		preempt_schedule_irq();
}
