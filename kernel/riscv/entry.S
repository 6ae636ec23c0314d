/* SPDX-License-Identifier: MIT
 *
 * entry.S - every way into the kernel and out of it.
 *
 * In user mode sscratch holds the current task; in the kernel it is 0.  Exchanging
 * it with tp tells where the trap came from and finds the task in one instruction.
 *
 * From user mode only the registers that C may change (ra, t0-t6, a0-a7) and those
 * the kernel replaces (sp, tp) are saved.  s0-s11 are preserved by the C code itself and
 * gp is not used by it, so on the short way back they are simply still there (a switch to
 * another task keeps them in its context).  The long way (return_work: signals,
 * rescheduling) stores and reloads them, and so do the system calls marked "regs" in
 * syscalls.tbl, which read or replace the whole frame.  A system call goes from here
 * straight to its handler.
 *
 * Under an emulator every access to a CSR costs more than ten other instructions, so
 * none is made twice: sstatus is read by the instruction that turns interrupts on, and
 * giving the program's value back turns them off.
 *
 * From kernel mode everything is saved: the interrupted code expects nothing.
 * The new frame must fit the stack; if it does not, the stack has run into its
 * guard page and the report is made on a stack kept for that (see trap.c).
 */
#include "riscv/csr.h"
#include "riscv/trap.h"
#include "proc/task.h"
#include "syscall_nr.h"

	.macro	save_caller_saved
	sd	ra, TF_REG(1)(sp)
	sd	t0, TF_REG(5)(sp)
	sd	t1, TF_REG(6)(sp)
	sd	t2, TF_REG(7)(sp)
	sd	a0, TF_REG(10)(sp)
	sd	a1, TF_REG(11)(sp)
	sd	a2, TF_REG(12)(sp)
	sd	a3, TF_REG(13)(sp)
	sd	a4, TF_REG(14)(sp)
	sd	a5, TF_REG(15)(sp)
	sd	a6, TF_REG(16)(sp)
	sd	a7, TF_REG(17)(sp)
	sd	t3, TF_REG(28)(sp)
	sd	t4, TF_REG(29)(sp)
	sd	t5, TF_REG(30)(sp)
	sd	t6, TF_REG(31)(sp)
	.endm

	.macro	load_caller_saved
	ld	ra, TF_REG(1)(sp)
	ld	t0, TF_REG(5)(sp)
	ld	t1, TF_REG(6)(sp)
	ld	t2, TF_REG(7)(sp)
	ld	a0, TF_REG(10)(sp)
	ld	a1, TF_REG(11)(sp)
	ld	a2, TF_REG(12)(sp)
	ld	a3, TF_REG(13)(sp)
	ld	a4, TF_REG(14)(sp)
	ld	a5, TF_REG(15)(sp)
	ld	a6, TF_REG(16)(sp)
	ld	a7, TF_REG(17)(sp)
	ld	t3, TF_REG(28)(sp)
	ld	t4, TF_REG(29)(sp)
	ld	t5, TF_REG(30)(sp)
	ld	t6, TF_REG(31)(sp)
	.endm

	.macro	unchanged_by_c op
	\op	gp, TF_REG(3)(sp)
	\op	s0, TF_REG(8)(sp)
	\op	s1, TF_REG(9)(sp)
	\op	s2, TF_REG(18)(sp)
	\op	s3, TF_REG(19)(sp)
	\op	s4, TF_REG(20)(sp)
	\op	s5, TF_REG(21)(sp)
	\op	s6, TF_REG(22)(sp)
	\op	s7, TF_REG(23)(sp)
	\op	s8, TF_REG(24)(sp)
	\op	s9, TF_REG(25)(sp)
	\op	s10, TF_REG(26)(sp)
	\op	s11, TF_REG(27)(sp)
	.endm

	/* A reservation (lr) outlives a trap.  Taken by whoever ran meanwhile, it would let the
	 * interrupted sc succeed though its word has changed; a conditional store to anywhere
	 * ends it.  A system call returns without: nobody makes one between lr and sc. */
	.macro	end_reservation
	sc.d	zero, zero, (sp)	/* TF_ORIG_A0 is 0 and of no more use */
	.endm

	.section .text.entry, "ax"
	.balign 4
	.globl trap_entry
trap_entry:
	csrrw	tp, sscratch, tp
	beqz	tp, from_kernel

	/* --- from user mode --- */
	sd	sp, TASK_SCRATCH(tp)
	ld	sp, TASK_TF(tp)
	save_caller_saved
	ld	t0, TASK_SCRATCH(tp)
	csrrw	t1, sscratch, zero
	csrr	t2, sepc
	csrr	t4, scause
	sd	t0, TF_REG(2)(sp)
	sd	t1, TF_REG(4)(sp)
	sd	t4, TF_SCAUSE(sp)
	li	t5, EXC_SYSCALL
	bne	t4, t5, user_fault

	addi	t2, t2, 4
	sd	t2, TF_SEPC(sp)
	csrrsi	t3, sstatus, SSTATUS_SIE
	.globl entry_window
entry_window:				/* no preemption just here: see kernel_trap */
	sd	t3, TF_SSTATUS(sp)
	sd	a0, TF_ORIG_A0(sp)
	li	t0, NR_SYSCALLS
	bgeu	a7, t0, no_such_call
	lla	t1, syscall_table
	slli	t0, a7, 3
	add	t1, t1, t0
	ld	t1, 0(t1)
	jalr	t1
	sd	a0, TF_REG(10)(sp)

	/* The way back to user mode; s0-s11 are the user's. */
return_to_user:
	ld	t1, TF_SSTATUS(sp)
	csrw	sstatus, t1		/* interrupts off */
	lw	t0, TASK_WORK(tp)
	bnez	t0, work_pending
restore_user:
	ld	t0, TF_SEPC(sp)
	csrw	sepc, t0
	csrw	sscratch, tp
	load_caller_saved
	ld	tp, TF_REG(4)(sp)
	ld	sp, TF_REG(2)(sp)
	sret

user_fault:
	sd	t2, TF_SEPC(sp)
	bltz	t4, user_irq
	csrr	a1, stval
	mv	a2, t4
	mv	a0, sp
	sd	a1, TF_STVAL(sp)
	csrrsi	t3, sstatus, SSTATUS_SIE
	.globl fault_window
fault_window:				/* as entry_window */
	sd	t3, TF_SSTATUS(sp)
	call	user_trap
	end_reservation
	j	return_to_user

user_irq:
	csrr	t3, sstatus
	mv	a0, t4
	sd	t3, TF_SSTATUS(sp)
	call	user_interrupt
	end_reservation
	j	return_to_user

no_such_call:
	li	a0, -38			/* -ENOSYS */
	sd	a0, TF_REG(10)(sp)
	j	return_to_user

work_pending:
	unchanged_by_c sd
	csrsi	sstatus, SSTATUS_SIE
	mv	a0, sp
	call	return_work
return_full:
	ld	t1, TF_SSTATUS(sp)
	csrw	sstatus, t1
	lw	t0, TASK_WORK(tp)
	bnez	t0, work_again
	end_reservation
	unchanged_by_c ld
	j	restore_user
work_again:
	csrsi	sstatus, SSTATUS_SIE
	mv	a0, sp
	call	return_work
	j	return_full

	/* System calls that need the whole frame come here with t0 = handler. */
	.globl syscall_full
syscall_full:
	unchanged_by_c sd
	jalr	t0
	sd	a0, TF_REG(10)(sp)
	j	return_full

	/* A new task's first steps (proc/fork.c, proc/kthread.c). */
	.globl ret_from_fork
ret_from_fork:
	call	schedule_tail
	.globl enter_user
enter_user:				/* kernel thread turned user program: pid 1 */
	ld	sp, TASK_TF(tp)
	j	return_full

	.globl kthread_start
kthread_start:				/* s0 = function, s1 = argument */
	mv	s2, s0
	mv	s0, zero
	call	schedule_tail
	mv	a0, s1
	jalr	s2
	li	a0, 0
	call	do_exit

	/* --- from kernel mode --- */
from_kernel:
	csrrw	tp, sscratch, zero
	sd	sp, TASK_SCRATCH(tp)
	addi	sp, sp, -TF_SIZE
	sd	t0, TASK_SCRATCH+8(tp)
	srli	t0, sp, THREAD_SHIFT
	andi	t0, t0, 1
	bnez	t0, stack_overflow
	ld	t0, TASK_SCRATCH+8(tp)
kernel_frame:
	save_caller_saved
	unchanged_by_c sd
	ld	t0, TASK_SCRATCH(tp)
	csrr	t1, sepc
	csrr	t2, sstatus
	csrr	t3, scause
	csrr	t4, stval
	sd	t0, TF_REG(2)(sp)
	sd	tp, TF_REG(4)(sp)
	sd	t1, TF_SEPC(sp)
	sd	t2, TF_SSTATUS(sp)
	sd	t3, TF_SCAUSE(sp)
	sd	t4, TF_STVAL(sp)
	mv	a0, sp
	call	kernel_trap
	end_reservation
	ld	t0, TF_SEPC(sp)
	ld	t1, TF_SSTATUS(sp)
	csrw	sepc, t0
	csrw	sstatus, t1
	unchanged_by_c ld
	load_caller_saved
	ld	sp, TF_REG(2)(sp)
	sret

stack_overflow:
	/* One at a time: the kernel ends here. */
	lla	sp, overflow_stack_top
	addi	sp, sp, -TF_SIZE
	ld	t0, TASK_SCRATCH+8(tp)
	j	kernel_frame

	.bss
	.balign 16
	.globl overflow_stack
overflow_stack:
	.zero	4096
	.globl overflow_stack_top
overflow_stack_top:
