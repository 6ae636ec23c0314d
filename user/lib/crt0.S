# SPDX-License-Identifier: MIT
#
# crt0.S - the first instructions of a program.
#
# At entry sp (16-byte aligned) points to what exec has laid out:
#
#	argc, argv[0] .. argv[argc-1], NULL, envp[0] .., NULL, auxv pairs .., AT_NULL
#
# and no other register means anything.

	.section .text.crt0, "ax", @progbits
	.globl _start
	.type _start, @function
_start:
	.option push
	.option norelax
	la gp, __global_pointer$
	.option pop
	li s0, 0		# the end of the chain of frames
	li ra, 0
	mv a0, sp
	andi sp, sp, -16
	call __libc_start
	unimp
	.size _start, . - _start

	.section .note.GNU-stack, "", @progbits
