/* SPDX-License-Identifier: MIT
 *
 * switch.S - from one task's kernel stack to another's, floating-point state, and calls
 * that leave every register as it was.
 */
#include "riscv/csr.h"
#include "proc/task.h"

	.text
	/* void context_switch(struct task *prev, struct task *next)
	 * => interrupts off.  Returns, much later, in prev's own time. */
	.globl context_switch
context_switch:
	sd	ra, TASK_CTX+0(a0)
	sd	sp, TASK_CTX+8(a0)
	sd	s0, TASK_CTX+16(a0)
	sd	s1, TASK_CTX+24(a0)
	sd	s2, TASK_CTX+32(a0)
	sd	s3, TASK_CTX+40(a0)
	sd	s4, TASK_CTX+48(a0)
	sd	s5, TASK_CTX+56(a0)
	sd	s6, TASK_CTX+64(a0)
	sd	s7, TASK_CTX+72(a0)
	sd	s8, TASK_CTX+80(a0)
	sd	s9, TASK_CTX+88(a0)
	sd	s10, TASK_CTX+96(a0)
	sd	s11, TASK_CTX+104(a0)
	sd	gp, TASK_CTX+112(a0)
	mv	tp, a1
	ld	ra, TASK_CTX+0(a1)
	ld	sp, TASK_CTX+8(a1)
	ld	s0, TASK_CTX+16(a1)
	ld	s1, TASK_CTX+24(a1)
	ld	s2, TASK_CTX+32(a1)
	ld	s3, TASK_CTX+40(a1)
	ld	s4, TASK_CTX+48(a1)
	ld	s5, TASK_CTX+56(a1)
	ld	s6, TASK_CTX+64(a1)
	ld	s7, TASK_CTX+72(a1)
	ld	s8, TASK_CTX+80(a1)
	ld	s9, TASK_CTX+88(a1)
	ld	s10, TASK_CTX+96(a1)
	ld	s11, TASK_CTX+104(a1)
	ld	gp, TASK_CTX+112(a1)
	ret

	/* See call_rarely in preempt.h.  The frame is as a C function's, for backtraces. */
	.macro	thunk fn
	.globl	\fn\()_thunk
\fn\()_thunk:
	addi	sp, sp, -144
	sd	t0, 136(sp)
	sd	s0, 128(sp)
	addi	s0, sp, 144
	thunk_regs sd
	mv	a0, t1
	call	\fn
	thunk_regs ld
	ld	t0, 136(sp)
	ld	s0, 128(sp)
	addi	sp, sp, 144
	jr	t0
	.endm

	.macro	thunk_regs op
	\op	ra, 0(sp)
	\op	a0, 8(sp)
	\op	a1, 16(sp)
	\op	a2, 24(sp)
	\op	a3, 32(sp)
	\op	a4, 40(sp)
	\op	a5, 48(sp)
	\op	a6, 56(sp)
	\op	a7, 64(sp)
	\op	t2, 72(sp)
	\op	t3, 80(sp)
	\op	t4, 88(sp)
	\op	t5, 96(sp)
	\op	t6, 104(sp)
	.endm

	thunk	preempt_schedule
	thunk	gang_relax
	thunk	spin_wait

	.macro	fp_regs op
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\op	f\n, (8 * \n)(a0)
	.endr
	.endm

	/* void fp_save(struct fp_state *) / void fp_restore(const struct fp_state *)
	 * => leave sstatus.FS clean; the user's own FS comes back with his sstatus. */
	.globl fp_save
fp_save:
	li	t0, SSTATUS_FS_INITIAL
	csrs	sstatus, t0
	fp_regs	fsd
	frcsr	t1
	sd	t1, 256(a0)
	ret

	.globl fp_restore
fp_restore:
	li	t0, SSTATUS_FS_INITIAL
	csrs	sstatus, t0
	fp_regs	fld
	ld	t1, 256(a0)
	fscsr	t1
	ret

	/* __noreturn void boot_switch_stack(void *top, void (*fn)(void)) */
	.globl boot_switch_stack
boot_switch_stack:
	mv	sp, a0
	mv	s0, zero
	jr	a1
