// SPDX-License-Identifier: MIT
/* csr.h - control and status registers (RISC-V Privileged Architecture, chapter 4). */
#ifndef RISCV_CSR_H
#define RISCV_CSR_H

#ifdef __ASSEMBLER__
#define _UL(x)	x
#else
#define _UL(x)	x##UL
#endif

#define SSTATUS_SIE	_UL(0x2)		/* interrupts on in S-mode */
#define SSTATUS_SPIE	_UL(0x20)		/* ... before the trap */
#define SSTATUS_SPP	_UL(0x100)		/* the trap came from S-mode */
#define SSTATUS_FS	_UL(0x6000)	/* floating point: off, initial, clean, dirty */
#define SSTATUS_FS_OFF	_UL(0x0)
#define SSTATUS_FS_INITIAL _UL(0x2000)
#define SSTATUS_FS_CLEAN _UL(0x4000)
#define SSTATUS_FS_DIRTY _UL(0x6000)
/* SSTATUS_SUM, bit 18, is never set: see mm/vm/usercopy.c. */

#define SIE_SSIE	_UL(0x2)		/* software: IPI */
#define SIE_STIE	_UL(0x20)		/* timer */
#define SIE_SEIE	_UL(0x200)		/* external: PLIC */

#define SCAUSE_IRQ	(_UL(1) << 63)
#define IRQ_S_SOFT	1
#define IRQ_S_TIMER	5
#define IRQ_S_EXT	9

#define EXC_INST_MISALIGNED	0
#define EXC_INST_ACCESS		1
#define EXC_INST_ILLEGAL	2
#define EXC_BREAKPOINT		3
#define EXC_LOAD_MISALIGNED	4
#define EXC_LOAD_ACCESS		5
#define EXC_STORE_MISALIGNED	6
#define EXC_STORE_ACCESS	7
#define EXC_SYSCALL		8
#define EXC_INST_PAGE_FAULT	12
#define EXC_LOAD_PAGE_FAULT	13
#define EXC_STORE_PAGE_FAULT	15

#define SATP_MODE_SV39		(_UL(8) << 60)
#define SATP_ASID_SHIFT		44
#define SATP_ASID_BITS		16

#define CSR_STIMECMP		0x14d	/* of Sstc, which older assemblers do not know */

#ifndef __ASSEMBLER__
#define csr_read(csr) ({ unsigned long csr_v; \
	__asm__ volatile("csrr %0, " #csr : "=r"(csr_v) :: "memory"); csr_v; })
#define csr_write(csr, v) csr_write_named(csr, v)	/* csr may be a CSR_ name */
#define csr_write_named(csr, v) \
	__asm__ volatile("csrw " #csr ", %0" :: "rK"((unsigned long)(v)) : "memory")
#define csr_set(csr, v) \
	__asm__ volatile("csrs " #csr ", %0" :: "rK"((unsigned long)(v)) : "memory")
#define csr_clear(csr, v) \
	__asm__ volatile("csrc " #csr ", %0" :: "rK"((unsigned long)(v)) : "memory")
#define csr_read_clear(csr, v) ({ unsigned long csr_v; \
	__asm__ volatile("csrrc %0, " #csr ", %1" : "=r"(csr_v) \
			 : "rK"((unsigned long)(v)) : "memory"); csr_v; })
#endif

#endif
