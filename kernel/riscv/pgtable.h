// SPDX-License-Identifier: MIT
/*
 * pgtable.h - Sv39 page tables (RISC-V Privileged Architecture, section 4.4).
 *
 * Three levels of 512 entries: level 2 is the root (an entry spans 1 GiB),
 * level 1 (2 MiB), level 0 (4 KiB).  An entry with V set and R, W, X clear points
 * to the next table; any of the three set makes it a leaf.
 *
 * The names of the bits and how an entry is made of them stand here and nowhere else.
 * The upper floors pass rights as PTE_R, PTE_W, PTE_X, PTE_U and ask by pte_*().
 */
#ifndef RISCV_PGTABLE_H
#define RISCV_PGTABLE_H

#include "lib/types.h"

typedef struct { u64 v; } pte_t;

#define PTE_V	BIT(0)		/* valid */
#define PTE_R	BIT(1)
#define PTE_W	BIT(2)
#define PTE_X	BIT(3)
#define PTE_U	BIT(4)		/* user */
#define PTE_G	BIT(5)		/* global: the same in every address space */
#define PTE_A	BIT(6)		/* accessed */
#define PTE_D	BIT(7)		/* dirty */
/* Bits 8 and 9 are the supervisor's own: the hardware ignores them.  9 is free. */
#define PTE_SPECIAL BIT(8)	/* no struct page is counted for it: the zero frame */

#define PTE_PFN_SHIFT	10
#define PTE_FLAGS	0x3ffUL
#define PTES_PER_TABLE	512

#define PT_LEVELS	3
#define PT_SHIFT(level)	(PAGE_SHIFT + 9 * (level))
#define PT_SPAN(level)	(1UL << PT_SHIFT(level))	/* bytes one entry of the level maps */
#define PT_INDEX(va, level) (((va) >> PT_SHIFT(level)) & (PTES_PER_TABLE - 1))

/* The virtual memory map; kernel/README.md has it as a table, kmap.c fills it. */
#define USER_TOP	0x0000004000000000UL	/* first address no program has */
#define PAGE_OFFSET	0xffffffc000000000UL	/* direct map: va = pa + PAGE_OFFSET */
#define DIRECT_MAP_SIZE	GIB(128)
#define VMALLOC_START	0xffffffe000000000UL
#define VMALLOC_SIZE	GIB(64)
#define VMEMMAP_START	0xfffffff000000000UL	/* struct page of frame 0 */
#define KERNEL_BASE	0xffffffff80000000UL	/* the kernel image's link address */

#define __va(pa)	((void *)((paddr_t)(pa) + PAGE_OFFSET))
/* Only for direct-map addresses. */
#define __pa(va)	((paddr_t)((vaddr_t)(va) - PAGE_OFFSET))

static inline bool pte_none(pte_t e) { return e.v == 0; }
static inline bool pte_present(pte_t e) { return e.v & PTE_V; }
static inline bool pte_leaf(pte_t e) { return e.v & (PTE_R | PTE_W | PTE_X); }
static inline bool pte_table(pte_t e) { return (e.v & (PTE_V | PTE_R | PTE_W | PTE_X)) == PTE_V; }
static inline bool pte_writable(pte_t e) { return e.v & PTE_W; }
static inline bool pte_dirty(pte_t e) { return e.v & PTE_D; }
static inline bool pte_young(pte_t e) { return e.v & PTE_A; }
static inline bool pte_special(pte_t e) { return e.v & PTE_SPECIAL; }
/* Bits 54 to 63 (Svnapot, Svpbmt, reserved) are never set here. */
static inline pfn_t pte_pfn(pte_t e) { return e.v >> PTE_PFN_SHIFT; }
static inline u64 pte_flags(pte_t e) { return e.v & PTE_FLAGS; }
static inline pte_t pte_make(pfn_t pfn, u64 flags)
{
	return (pte_t){ (u64)pfn << PTE_PFN_SHIFT | flags };
}
/* The table an entry points to. => pte_table(e) */
static inline pte_t *pte_to_table(pte_t e) { return __va(pte_pfn(e) << PAGE_SHIFT); }

static inline pte_t pte_get(const pte_t *p) { return (pte_t){ READ_ONCE(p->v) }; }
static inline void pte_set(pte_t *p, pte_t e) { WRITE_ONCE(p->v, e.v); }
/* Exchange, for entries whose A and D bits the hardware may set meanwhile. */
static inline pte_t pte_xchg(pte_t *p, pte_t e)
{
	return (pte_t){ __atomic_exchange_n(&p->v, e.v, __ATOMIC_RELAXED) };
}
static inline u64 pte_set_bits(pte_t *p, u64 bits)	/* returns the old entry */
{
	return __atomic_fetch_or(&p->v, bits, __ATOMIC_RELAXED);
}
static inline u64 pte_clear_bits(pte_t *p, u64 bits)
{
	return __atomic_fetch_and(&p->v, ~bits, __ATOMIC_RELAXED);
}

/* A not-present entry that remembers a swap slot: V clear, bits 1.. hold the value. */
static inline bool pte_swap(pte_t e) { return e.v != 0 && !(e.v & PTE_V); }

extern pte_t kernel_root[PTES_PER_TABLE];	/* its upper half is every root's upper half */

/* --- kernel mappings (riscv/kmap.c): for vmalloc, vmemmap, ioremap --- */

/* Map [va, va+size) to pa on, with the largest leaves that fit unless small.
 * => flags are PTE_R|W|X; G, A, D and V are added.
 * => all aligned to PAGE_SIZE; no overlap with a mapping; -ENOMEM undoes nothing of
 *    the tables but maps none of the range. */
int kmap_range(vaddr_t va, paddr_t pa, size_t size, u64 flags, bool small);
int kmap_page(vaddr_t va, pfn_t pfn, u64 flags);
/* Clear the leaves of [va, va+size); splits a large leaf at the edge.  No flush. */
void kunmap_range(vaddr_t va, size_t size);
/* The leaf that maps va, its level in *level; NULL if none. */
pte_t *kmap_lookup(vaddr_t va, int *level);

/* --- TLB (riscv/tlb.c) --- */

struct mm;
/* Flush user addresses [start, end) of mm on every hart that may hold them. */
void tlb_flush_range(struct mm *mm, vaddr_t start, vaddr_t end);
void tlb_flush_page(struct mm *mm, vaddr_t va);
void tlb_flush_mm(struct mm *mm);
/* Only on this hart: an entry that gained a right. */
void tlb_flush_local_page(vaddr_t va);
/* Flush kernel addresses on every hart. */
void tlb_flush_kernel(vaddr_t start, vaddr_t end);
/* No hart executes what memory held before: after writing, before mapping, code. */
void icache_flush(void);
/* The same for what only mm executes. => mm is this hart's */
void icache_flush_mm(struct mm *mm);
/* Make mm the current address space of this hart. => preemption off. */
void mm_switch(struct mm *next);

#endif
