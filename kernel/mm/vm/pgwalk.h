// SPDX-License-Identifier: MIT
/*
 * pgwalk.h - the user half of the page tables: walk, locks, ranges.
 *
 * Locks: the entries of a leaf table (level 0) are guarded by ptl in that table's
 * struct page; those of upper tables by mm->page_table_lock.  Order:
 * page_table_lock, then ptl; two ptl only in fork (parent, then child) and in mremap
 * (the old table's, then the new one's; mmap_lock is write-held).
 *
 *   T1  a table page's index counts its entries that are not zero.
 *   T2  a table is freed only with mmap_lock write-held (or an mm of one's own), and
 *       under page_table_lock and the table's ptl.  So whoever holds mmap_lock for
 *       reading walks without locks; the reverse map, which does not hold it, walks
 *       under page_table_lock (pt_find_lock).
 *   T3  a free table page is all zero, and goes back to a list of such.
 */
#ifndef MM_PGWALK_H
#define MM_PGWALK_H

#include "mm/vm/mm.h"
#include "riscv/hart.h"

/* The page of the table that a table entry lies in. */
static __always_inline struct page *pt_page(const pte_t *entry)
{
	/* virt_to_page, shorter: PAGE_OFFSET is the bits from 38 up, all set. */
	return pfn_to_page((vaddr_t)entry << 26 >> (26 + PAGE_SHIFT));
}

/* A lock in one word.  Preemption is off while it is held; nothing in between may sleep. */
static __always_inline void bit_lock(u32 *word)
{
	preempt_disable();
	while (unlikely(test_and_set(word)))
		call_rarely(spin_wait, word);	/* sync/spinlock.c */
}
static __always_inline void bit_unlock(u32 *word)
{
	__asm__ volatile("fence rw, w" ::: "memory");	/* gcc's release store is dearer */
	WRITE_ONCE(*word, 0);
	preempt_enable();
}
static __always_inline void ptl_lock(struct page *table) { bit_lock(&table->ptl); }
static __always_inline void ptl_unlock(struct page *table) { bit_unlock(&table->ptl); }

/* The leaf entry for va, or NULL when a table on the way is missing.
 * => T2: mmap_lock held, or nobody else runs in mm. */
static __always_inline pte_t *pt_walk(struct mm *mm, vaddr_t va)
{
	pte_t e = pte_get(&mm->root[PT_INDEX(va, 2)]);

	if (unlikely(!pte_present(e)))
		return NULL;
	e = pte_get(&pte_to_table(e)[PT_INDEX(va, 1)]);
	if (unlikely(!pte_present(e)))
		return NULL;
	return &pte_to_table(e)[PT_INDEX(va, 0)];
}

/* The same, making what is missing; NULL: no memory. => may sleep */
pte_t *pt_walk_alloc(struct mm *mm, vaddr_t va);

/* An entry of mm at va has changed and some TLB may hold the old one.  In line for the mm
 * that has run on this hart alone. => preemption off */
static __always_inline void flush_page_locked(struct mm *mm, vaddr_t va)
{
	smp_mb();	/* the entry before the look at who runs the mm: see riscv/tlb.c */
	if (likely(mm == current->mm && READ_ONCE(mm->harts) == 1U << hart_id()))
		tlb_flush_local_page(va);
	else
		tlb_flush_page(mm, va);
}

/* For the reverse map: the leaf entry of va with its table's ptl held, or NULL. */
pte_t *pt_find_lock(struct mm *mm, vaddr_t va);

/* Range walks: the entry for the first address at or after *va whose leaf table exists, or
 * NULL when there is none below end.  *va becomes that address; the entries up to *stop
 * (end, or the end of what the table maps) follow it in the array. */
pte_t *pt_next(struct mm *mm, vaddr_t *va, vaddr_t end, vaddr_t *stop);

/* Is nothing mapped in [start, end), nor an empty table left there that could go? */
bool pt_range_empty_slow(struct mm *mm, vaddr_t start, vaddr_t end);
static inline bool pt_range_empty(struct mm *mm, vaddr_t start, vaddr_t end)
{
	if (((start ^ (end - 1)) >> PT_SHIFT(1)) == 0) {	/* one table at most */
		pte_t *pte = pt_walk(mm, start);

		if (pte == NULL)
			return true;
		if (end - start == PAGE_SIZE && pt_page(pte)->index != 0)
			return pte_none(pte_get(pte));
	}
	return pt_range_empty_slow(mm, start, end);
}

/* Free the leaf table that mapped va if it is empty, and then the upper one.
 * => T2's right; the freed pages are added to list (NULL: given back at once). */
void pt_free_empty(struct mm *mm, vaddr_t va, struct list *freed);
void pt_free_list(struct list *freed);

/* Roots and tables from and to the zeroed lists. */
pte_t *pt_root_alloc(struct mm *mm);		/* NULL: no memory */
void pt_root_free(pte_t *root);			/* => user half empty */

/* The PTE bits for an area with these flags: VM_READ, WRITE, EXEC are R, W, X one bit up.
 * W alone is reserved in Sv39, so W brings R.  No right at all would make the leaf a
 * pointer to a table: such a page is mapped readable without U, which no program can use. */
static inline u64 vm_prot(u32 vm_flags)
{
	u64 rwx = (vm_flags & (VM_READ | VM_WRITE | VM_EXEC)) << 1;

	if (unlikely(rwx == 0))
		return PTE_V | PTE_R;
	return PTE_V | PTE_U | rwx | (rwx & PTE_W) >> 1;
}

/* Is e still the entry that was seen, but for what the hardware may set in it? */
static inline bool same_entry(pte_t e, pte_t seen)
{
	return ((e.v ^ seen.v) & ~(PTE_A | PTE_D)) == 0;
}

/* True if nobody else runs in mm, so that its tables change by our own hand alone. */
static inline bool mm_private(const struct mm *mm)
{
	return atomic_read(&mm->users) <= 1;
}

#endif
