// SPDX-License-Identifier: MIT
/* riscv.h - pages, and the registers that a program may read. */
#ifndef COMPAT_RISCV_H
#define COMPAT_RISCV_H

#define PGSIZE		4096
#define PGSHIFT		12
#define PGROUNDUP(sz)	(((sz) + PGSIZE - 1) & ~(PGSIZE - 1))
#define PGROUNDDOWN(a)	((a) & ~(PGSIZE - 1))
#define SUPERPGSIZE	(2 * (1 << 20))
#define SUPERPGROUNDUP(sz) (((sz) + SUPERPGSIZE - 1) & ~(SUPERPGSIZE - 1))

/* One beyond the highest address a program can have. */
#define MAXVA		(1L << (9 + 9 + 9 + 12 - 1))

#define PTE_V		(1L << 0)
#define PTE_R		(1L << 1)
#define PTE_W		(1L << 2)
#define PTE_X		(1L << 3)
#define PTE_U		(1L << 4)
#define PTE2PA(pte)	(((pte) >> 10) << 12)
#define PA2PTE(pa)	((((unsigned long)(pa)) >> 12) << 10)
#define PTE_FLAGS(pte)	((pte) & 0x3ff)

typedef unsigned long pte_t;
typedef unsigned long *pagetable_t;

static inline unsigned long r_sp(void)
{
	unsigned long x;

	__asm__ volatile("mv %0, sp" : "=r"(x));
	return x;
}

static inline unsigned long r_fp(void)
{
	unsigned long x;

	__asm__ volatile("mv %0, s0" : "=r"(x));
	return x;
}

static inline unsigned long r_ra(void)
{
	unsigned long x;

	__asm__ volatile("mv %0, ra" : "=r"(x));
	return x;
}

static inline unsigned long r_time(void)
{
	unsigned long x;

	__asm__ volatile("rdtime %0" : "=r"(x));
	return x;
}

#endif
