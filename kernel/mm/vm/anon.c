// SPDX-License-Identifier: MIT
/*
 * anon.c - memory that no file stands behind: heap, stack, bss, MAP_ANONYMOUS.
 *
 * It begins as zeroes, and nothing is there until it is touched.  A first read
 * needs only zeroes, and all zeroes are alike: one frame, read-only, serves
 * every such page of every process.  A first write needs a frame of its own.
 *
 * The zero frame's entries carry PTE_SPECIAL: nobody counts them, so that eight
 * harts reading fresh memory do not fight for one counter (P6).
 *
 * A frame is cleared before the table's lock is taken, and thrown away if another
 * thread was first: the lock is held for a few stores only.
 */
#include "mm/vm/fault.h"
#include "mm/vm/rmap.h"
#include "uapi/errno.h"

u64 zero_entry;

int zero_fault(struct vma *v, pte_t *pte)
{
	struct page *table = pt_page(pte);
	int kind = FK_SPURIOUS;

	ptl_lock(table);
	if (likely(pte_none(pte_get(pte)))) {
		pte_set(pte, (pte_t){ zero_entry | (vm_prot(v->flags) & ~PTE_W) });
		table->index++;
		kind = FK_ZERO;
	}
	ptl_unlock(table);
	return kind;
}

int anon_fault(struct vma *v, vaddr_t va, pte_t *pte)
{
	struct page *p = anon_page_alloc(v, va, true), *table;

	if (unlikely(p == NULL))
		return -ENOMEM;
	table = pt_page(pte);
	ptl_lock(table);
	if (unlikely(!pte_none(pte_get(pte)))) {
		ptl_unlock(table);
		anon_page_discard(p);
		return FK_SPURIOUS;
	}
	anon_page_map(v, pte, p);
	table->index++;
	rss_add(v->mm, MM_ANONPAGES, 1);
	ptl_unlock(table);
	return FK_ANON;
}
