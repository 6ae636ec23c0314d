/* SPDX-License-Identifier: MIT
 *
 * head.S - from the firmware to C.
 *
 * The firmware enters _start in S-mode at the image's physical address with paging
 * off, a0 = hart id, a1 = physical address of the device tree (RISC-V Linux boot
 * protocol; OpenSBI and U-Boot follow it).  The first 64 bytes are the Image header
 * that U-Boot's booti looks for.
 *
 * Harts started later come to _start too, by design: OpenSBI's hart_start (1.1,
 * lib/sbi/sbi_hsm.c) marks the hart as starting before it writes where, and one that
 * is awake just then leaves for the address of the firmware's own first jump, which
 * is _start.  With one entry for all there is nothing to be lost in that race.
 *
 * The early root table maps the image at its link address with 2 MiB leaves and all
 * low 128 GiB at PAGE_OFFSET with 1 GiB leaves; the C code replaces it with the real
 * one as soon as the device tree has told what exists.  Paging is switched on by
 * letting the next fetch, from an address that is no longer mapped, trap to stvec,
 * which already holds the virtual address.
 */
#include "riscv/csr.h"
#include "proc/task.h"

	.section .head.text, "ax"
	.globl _start
_start:
	j	boot			/* code0 (4 bytes: see .option) */
	.balign 8, 0
	.dword	0x200000		/* text_offset: from the start of RAM */
	.dword	image_end - image_start	/* image_size */
	.dword	0			/* flags: little-endian */
	.word	2			/* version 0.2 */
	.word	0
	.dword	0
	.ascii	"RISCV\0\0\0"
	.ascii	"RSC\x05"
	.word	0

boot:
	csrw	sie, zero
	csrw	sip, zero

	/* The first hart boots the machine, every later one joins it. */
	lla	t0, boot_lottery
	li	t1, 1
	amoswap.w.aqrl t1, t1, (t0)
	bnez	t1, join

	mv	s0, a0
	mv	s1, a1

	/* bss is zero by definition, not by nature */
	lla	t0, bss_start
	lla	t1, bss_end
1:	sd	zero, 0(t0)
	sd	zero, 8(t0)
	sd	zero, 16(t0)
	sd	zero, 24(t0)
	sd	zero, 32(t0)
	sd	zero, 40(t0)
	sd	zero, 48(t0)
	sd	zero, 56(t0)
	addi	t0, t0, 64
	bltu	t0, t1, 1b

	/* early_image: 64 leaves of 2 MiB from the load address on */
	lla	t0, image_start		/* physical, for pc is */
	srli	t1, t0, 2		/* PTE: pfn << 10 = pa >> 2 */
	ori	t1, t1, 0xcf		/* D A X W R V */
	lla	t2, early_image
	li	t3, 64			/* 128 MiB are more than enough */
	li	t4, 0x200000 >> 2
2:	sd	t1, 0(t2)
	add	t1, t1, t4
	addi	t2, t2, 8
	addi	t3, t3, -1
	bnez	t3, 2b

	/* early_root: 256..383 = all low memory, 510 -> early_image */
	lla	t2, early_root
	li	t3, 256 * 8
	add	t3, t2, t3
	li	t1, 0xc7		/* D A W R V, pa 0 */
	li	t4, 0x40000000 >> 2
	li	t5, 128
3:	sd	t1, 0(t3)
	add	t1, t1, t4
	addi	t3, t3, 8
	addi	t5, t5, -1
	bnez	t5, 3b
	lla	t1, early_image
	srli	t1, t1, 2
	ori	t1, t1, 1
	li	t3, 510 * 8
	add	t3, t2, t3
	sd	t1, 0(t3)

	mv	s2, t0			/* physical load address */
	mv	a0, t2
	call	paging_on

	lla	tp, idle_tasks
	lla	sp, boot_stack_top
	mv	a0, s0
	mv	a1, s1
	mv	a2, s2
	csrw	sscratch, zero
	mv	s0, zero
	call	start_kernel

	/* Another hart: hart_start (hart.c) has its root table (pa), its task (va) and
	 * its stack's top (va), as soon as it says that it is ready. */
join:
	lla	t0, hart_start
2:	ld	t1, 0(t0)
	beqz	t1, 2b
	fence	r, rw
	ld	a0, 8(t0)
	ld	s1, 16(t0)
	ld	s2, 24(t0)
	call	paging_on
	mv	tp, s1
	mv	sp, s2
	csrw	sscratch, zero
	mv	s0, zero
	call	start_secondary

	/* Switch paging on with the root table at physical a0, and return to the
	 * virtual twin of the return address. */
	.balign 4
paging_on:
	ld	t1, image_start_va
	lla	t0, image_start
	sub	t1, t1, t0		/* virtual - physical */
	add	ra, ra, t1
	lla	t0, 1f
	add	t0, t0, t1
	csrw	stvec, t0
	srli	t0, a0, 12
	li	t1, SATP_MODE_SV39
	or	t0, t0, t1
	sfence.vma
	csrw	satp, t0
	nop
	.balign 4
1:	lla	t0, trap_entry
	csrw	stvec, t0
	ret

	.balign 8
image_start_va:
	.dword	image_start

	.section .init.data, "aw"
	.balign 4
boot_lottery:			/* not in bss, which the winner clears */
	.word	0

	.balign 4096
early_root:
	.zero	4096
early_image:
	.zero	4096
	/* The boot stack goes back to the allocator with the rest of init; it is
	 * aligned as every kernel stack is (proc/task.h). */
	.balign THREAD_SIZE * 2
	.globl boot_stack
boot_stack:
	.zero	THREAD_SIZE
	.globl boot_stack_top
boot_stack_top:
