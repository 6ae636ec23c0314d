# SPDX-License-Identifier: MIT
#
# machine.S - what C cannot say: setjmp, longjmp, the way back from a signal handler,
# and the first instructions of a new thread.

#include "syscall_nr.h"

	.section .text.setjmp, "ax", @progbits
	.globl setjmp
	.type setjmp, @function
setjmp:
	sd ra, 0(a0)
	sd sp, 8(a0)
	sd s0, 16(a0)
	sd s1, 24(a0)
	sd s2, 32(a0)
	sd s3, 40(a0)
	sd s4, 48(a0)
	sd s5, 56(a0)
	sd s6, 64(a0)
	sd s7, 72(a0)
	sd s8, 80(a0)
	sd s9, 88(a0)
	sd s10, 96(a0)
	sd s11, 104(a0)
#ifdef __riscv_flen
	fsd fs0, 112(a0)
	fsd fs1, 120(a0)
	fsd fs2, 128(a0)
	fsd fs3, 136(a0)
	fsd fs4, 144(a0)
	fsd fs5, 152(a0)
	fsd fs6, 160(a0)
	fsd fs7, 168(a0)
	fsd fs8, 176(a0)
	fsd fs9, 184(a0)
	fsd fs10, 192(a0)
	fsd fs11, 200(a0)
#endif
	li a0, 0
	ret
	.size setjmp, . - setjmp

	.section .text.longjmp, "ax", @progbits
	.globl longjmp
	.type longjmp, @function
longjmp:
	ld ra, 0(a0)
	ld sp, 8(a0)
	ld s0, 16(a0)
	ld s1, 24(a0)
	ld s2, 32(a0)
	ld s3, 40(a0)
	ld s4, 48(a0)
	ld s5, 56(a0)
	ld s6, 64(a0)
	ld s7, 72(a0)
	ld s8, 80(a0)
	ld s9, 88(a0)
	ld s10, 96(a0)
	ld s11, 104(a0)
#ifdef __riscv_flen
	fld fs0, 112(a0)
	fld fs1, 120(a0)
	fld fs2, 128(a0)
	fld fs3, 136(a0)
	fld fs4, 144(a0)
	fld fs5, 152(a0)
	fld fs6, 160(a0)
	fld fs7, 168(a0)
	fld fs8, 176(a0)
	fld fs9, 184(a0)
	fld fs10, 192(a0)
	fld fs11, 200(a0)
#endif
	seqz a0, a1		# longjmp(env, 0) makes setjmp return 1
	add a0, a0, a1
	ret
	.size longjmp, . - longjmp

# A signal handler returns here; the kernel's frame lies at sp.
	.section .text.__sigreturn, "ax", @progbits
	.globl __sigreturn
	.type __sigreturn, @function
__sigreturn:
	call __sys_sigreturn
	unimp
	.size __sigreturn, . - __sigreturn

# long __clone(fn, arg, flags, stack, ptid, tls, ctid)
# => parent: the child's id or -errno.  Child: exits with fn(arg).
	.section .text.__clone, "ax", @progbits
	.globl __clone
	.type __clone, @function
__clone:
	andi a3, a3, -16
	addi a3, a3, -16
	sd a0, 0(a3)
	sd a1, 8(a3)
	mv a0, a2		# flags
	mv a1, a3		# stack
	mv a2, a4		# ptid
	mv a3, a5		# tls
	mv a4, a6		# ctid
	li a7, SYS_clone
	ecall
	beqz a0, 1f
	ret
1:	li s0, 0
	ld a1, 0(sp)
	ld a0, 8(sp)
	jalr a1
	li a7, SYS_exit		# this thread only
	ecall
	unimp
	.size __clone, . - __clone

	.section .note.GNU-stack, "", @progbits
