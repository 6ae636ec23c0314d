// SPDX-License-Identifier: MIT
/*
 * zap.c - remove mappings of a range: munmap, exit, MADV_DONTNEED, truncate.
 *
 * Three things must happen to a mapped page, in this order: its PTE goes, every
 * TLB that may hold the PTE forgets it, its frame's count drops (and at zero the
 * frame goes back to the allocator).  Were the frame reused before the TLBs
 * forget, a thread could still write into a stranger's page.
 *
 * A flush costs more than a hundred pages' other work, so pages are gathered in
 * batches.  Z1 is the general case; Z2 and Z3 need no flush between batches:
 *
 *   Z1  in general: PTEs go, pages wait in z->page[]; when it is full, flush, then
 *       drop the counts.
 *   Z2  early: nobody but the current task runs in mm.  No user instruction runs
 *       there until this call returns, so counts drop and frames go at once, and
 *       one flush at the end is enough.  Tables wait for it all the same, since a
 *       hart may walk them without being told to.
 *   Z3  dying: the last user has gone.  The address space is never entered again
 *       and its ASID is not given to another before a full flush: no flush.
 *
 * Locks: mmap_lock held (for writing where tables are freed), or the mm is
 * private; per table its ptl.  From unmap_mapping_range instead: i_mmap_lock, and no
 * table is freed (T2).
 * Failure: none; nothing is allocated.
 */
#include "fs/vfs.h"
#include "mm/phys/gfp.h"
#include "mm/vm/pgwalk.h"
#include "mm/vm/rmap.h"
#include "mm/vm/zap.h"

static void zap_init(struct zap *z, struct mm *mm)
{
	z->mm = mm;
	z->lo = ~0UL;
	z->hi = 0;
	z->n = 0;
	for (int i = 0; i < NR_MM_COUNTERS; i++)
		z->rss[i] = 0;
	list_init(&z->freed);
}

void zap_begin(struct zap *z, struct mm *mm, bool tables)
{
	zap_init(z, mm);
	z->early = mm == current->mm && mm_private(mm);
	z->dying = false;
	z->tables = tables;
}

void zap_begin_dying(struct zap *z, struct mm *mm)
{
	zap_init(z, mm);
	z->early = true;
	z->dying = true;
	z->tables = true;
}

void zap_begin_foreign(struct zap *z, struct mm *mm)
{
	zap_init(z, mm);
	z->early = z->dying = z->tables = false;
}

/* One mapping of p has gone and no TLB matters any more.
 * => true if that was the last use and the frame is ready for free_pages_bulk. */
static __always_inline bool drop_mapping(struct page *p)
{
	if ((u32)page_unmap(p) != 0)
		return false;
	if (unlikely(page_test(p, PG_LRU | PG_SWAPCACHE))) {
		put_page_last(p);
		return false;
	}
	p->anon = 0;
	return true;
}

static __noinline void flush_batch(struct zap *z)
{
	unsigned n = 0;

	if (z->early) {
		free_pages_bulk(z->page, z->n);
		z->n = 0;
		return;
	}
	if (z->lo < z->hi)
		tlb_flush_range(z->mm, z->lo, z->hi);
	z->lo = ~0UL;
	z->hi = 0;
	for (unsigned i = 0; i < z->n; i++)
		if (drop_mapping(z->page[i]))
			z->page[n++] = z->page[i];
	free_pages_bulk(z->page, n);
	z->n = 0;
}

/* A shared file page that was written through this PTE.  Usually it is dirty already:
 * its first write was announced (file_mkwrite). */
static __noinline void keep_dirty(struct page *p)
{
	if (!page_test(p, PG_DIRTY) && p->mapping != NULL)
		mark_page_dirty(p);
}

static __always_inline void zap_page(struct zap *z, pte_t e, int file_kind)
{
	struct page *p = pte_page(e);

	if (p->anon & PAGE_ANON) {
		z->rss[MM_ANONPAGES]++;
	} else {
		z->rss[file_kind]++;
		if (unlikely(pte_dirty(e)))
			keep_dirty(p);
	}
	if (z->early && !drop_mapping(p))
		return;
	z->page[z->n++] = p;
	if (unlikely(z->n == ZAP_BATCH))
		flush_batch(z);
}

/* The entries of one leaf table from va to stop. => its ptl held */
static unsigned zap_run(struct zap *z, pte_t *pte, vaddr_t va, vaddr_t stop, unsigned left,
			int file_kind)
{
	for (; va < stop && left > 0; va += PAGE_SIZE, pte++) {
		pte_t e = pte_get(pte);

		if (pte_none(e))
			continue;
		if (z->early)
			pte_set(pte, (pte_t){ 0 });
		else
			e = pte_xchg(pte, (pte_t){ 0 });
		left--;
		if (va < z->lo)
			z->lo = va;
		z->hi = va + PAGE_SIZE;
		if (likely(pte_present(e) && !pte_special(e)))
			zap_page(z, e, file_kind);
	}
	return left;
}

void zap_entry(struct zap *z, struct vma *v, pte_t *pte, vaddr_t va)
{
	pte_t e = pte_xchg(pte, (pte_t){ 0 });

	pt_page(pte)->index--;
	z->lo = MIN(z->lo, va);
	z->hi = MAX(z->hi, va + PAGE_SIZE);
	zap_page(z, e, vma_file_kind(v));
}

void zap_range(struct zap *z, struct vma *v, vaddr_t start, vaddr_t end)
{
	int file_kind = vma_file_kind(v);
	vaddr_t va = start, stop;
	pte_t *pte;

	while ((pte = pt_next(z->mm, &va, end, &stop)) != NULL) {
		struct page *table = pt_page(pte);
		unsigned left;

		ptl_lock(table);
		left = zap_run(z, pte, va, stop, table->index, file_kind);
		table->index = left;
		ptl_unlock(table);
		if (left == 0 && z->tables) {
			pt_free_empty(z->mm, va, z->dying ? NULL : &z->freed);
			/* Upper entries may be cached too, and a flush by page leaves those. */
			z->lo = 0;
			z->hi = USER_TOP;
		}
		va = stop;
	}
}

void zap_end(struct zap *z)
{
	bool removed = z->lo < z->hi;

	if (!z->early) {
		if (z->n > 0 || removed)
			flush_batch(z);
	} else {
		if (removed && !z->dying)
			tlb_flush_range(z->mm, z->lo, z->hi);
		if (z->n > 0)
			flush_batch(z);
	}
	if (z->dying)
		return;
	if (!list_empty(&z->freed))
		pt_free_list(&z->freed);
	for (int i = 0; i < NR_MM_COUNTERS; i++)
		if (z->rss[i] != 0)
			atomic_add(&z->mm->counters[i], -z->rss[i]);
}
