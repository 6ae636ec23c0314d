// SPDX-License-Identifier: MIT
/*
 * cow.c - copy on write.
 *
 * fork promises two independent memories and delivers one, shared and write-
 * protected in both.  The promise is kept at the first write: the writer faults
 * and gets a copy.  The last one who still maps the frame has nobody left to
 * disturb and takes it as it is.
 *
 * Who is the last owner?  Every PTE holds one reference (P2), so a frame with
 * exactly one reference is reached by this PTE and nothing else: no other
 * process, no I/O under way, no walker of the reverse map.  The count is read
 * under ptl: it can rise only by our own fork (mmap_lock excludes that) or by
 * somebody who takes a reference to look at the page, which costs a copy too
 * many and never an error.
 *
 * The cases of a write to a read-only entry in a private writable area:
 *   zero    the zero frame: a fresh frame of zeroes;
 *   reuse   anonymous and one reference: W and D are set, no flush is needed
 *           since the entry only gains rights;
 *   copy    anything else: a file's frame, or one that is shared.
 *
 * Invariants:
 *   C1  a frame that two PTEs of private areas map is writable in neither;
 *   C2  the new frame is mapped, and the old one's count drops, only when no TLB of
 *       this mm can hold the old entry: another thread would read stale data.
 *
 * fork copies the entries of private areas that have an anon_vma, and of small
 * file areas (a program's text: cheaper to copy 16 entries than to fault once).
 * All other pages a fault brings back, from the page cache or the zero frame.
 *
 * Locks: fork holds the parent's mmap_lock for writing and both tables' ptl;
 * a break holds mmap_lock for reading, then ptl.
 * Failure: -ENOMEM; what has been shared is shared for good and breaks as usual.
 */
#include "lib/string.h"
#include "mm/phys/vmstat.h"
#include "mm/vm/cow.h"
#include "mm/vm/fault.h"
#include "uapi/errno.h"

#define SMALL_FILE_AREA 64		/* pages: fork copies its entries */

static bool fork_copies(const struct vma *v)
{
	if (v->flags & VM_SHARED)
		return false;
	return v->anon_vma != NULL || (v->file != NULL && vma_pages(v) <= SMALL_FILE_AREA);
}

/* n entries of one table, of which at most left exist. *anon and *file count them.
 * => both tables' ptl; returns how many were copied; true in *changed if one lost W */
static unsigned share_run(pte_t *src, pte_t *dst, size_t n, unsigned left, s64 *anon, s64 *file,
			  bool *changed)
{
	unsigned copied = 0;

	for (; n > 0 && left > 0; n--, src++, dst++) {
		pte_t e = pte_get(src);
		struct page *p;

		if (pte_none(e))
			continue;
		left--;
		if (likely(!pte_special(e))) {
			p = pte_page(e);
			page_map(p);
			if (p->anon & PAGE_ANON)
				++*anon;
			else
				++*file;
			if (pte_writable(e)) {		/* C1 */
				/* With what the hardware has set since: a D that got lost would
				 * let MADV_FREE take the child's page. */
				e.v = pte_clear_bits(src, PTE_W) & ~PTE_W;
				*changed = true;
			}
		}
		pte_set(dst, e);
		copied++;
	}
	return copied;
}

int cow_copy_area(struct mm *child, struct vma *v, bool *changed)
{
	vaddr_t va = v->start, stop;
	s64 anon = 0, file = 0;
	pte_t *src, *dst;
	int err = 0;

	if (!fork_copies(v))
		return 0;
	while ((src = pt_next(v->mm, &va, v->end, &stop)) != NULL) {
		struct page *from = pt_page(src), *to;

		if (from->index == 0) {
			va = stop;
			continue;
		}
		dst = pt_walk_alloc(child, va);
		if (dst == NULL) {
			err = -ENOMEM;
			break;
		}
		to = pt_page(dst);
		ptl_lock(from);
		ptl_lock(to);
		to->index += share_run(src, dst, (stop - va) >> PAGE_SHIFT, from->index, &anon,
				       &file, changed);
		ptl_unlock(to);
		ptl_unlock(from);
		va = stop;
	}
	if (anon != 0)
		rss_add(child, MM_ANONPAGES, anon);
	if (file != 0)
		rss_add(child, vma_file_kind(v), file);
	return err;
}

/* Case reuse, if it is one. => ptl held, *pte still what it was */
static bool take_as_last_owner(pte_t *pte, pte_t e)
{
	struct page *p = pte_page(e);

	if (!(p->anon & PAGE_ANON) || page_refs(p) != 1 || page_test(p, PG_SWAPCACHE))
		return false;
	pte_set(pte, (pte_t){ e.v | PTE_W | PTE_A | PTE_D });
	return true;
}

/* Map p where another frame was.  The entry is empty while the TLBs forget the old frame
 * (C2): were p there already, a third thread could store to it while a second one still
 * reads the old frame. => ptl held */
static __always_inline void replace_page(struct vma *v, vaddr_t va, pte_t *pte, struct page *p)
{
	pte_set(pte, (pte_t){ 0 });
	flush_page_locked(v->mm, va);
	anon_page_map(v, pte, p);
}

/* Case zero. */
static __noinline int break_zero(struct vma *v, vaddr_t va, pte_t *pte)
{
	struct page *table = pt_page(pte);
	struct page *p = anon_page_alloc(v, va, true);

	if (p == NULL)
		return -ENOMEM;
	ptl_lock(table);
	if (!pte_special(pte_get(pte))) {
		ptl_unlock(table);
		anon_page_discard(p);
		return FK_SPURIOUS;
	}
	replace_page(v, va, pte, p);	/* readers elsewhere still see the zero frame */
	rss_add(v->mm, MM_ANONPAGES, 1);
	ptl_unlock(table);
	return FK_COW_ZERO;
}

/* Case copy. */
static __noinline int break_copy(struct vma *v, vaddr_t va, pte_t *pte, pte_t seen)
{
	struct page *table = pt_page(pte), *old = pte_page(seen), *p;
	bool was_anon;
	pte_t e;

	p = anon_page_alloc(v, va, false);
	if (p == NULL)
		return -ENOMEM;
	ptl_lock(table);
	e = pte_get(pte);
	if (unlikely(!same_entry(e, seen))) {
		ptl_unlock(table);
		anon_page_discard(p);
		return FK_SPURIOUS;	/* the access will say whether it is still a fault */
	}
	if (unlikely(take_as_last_owner(pte, e))) {	/* the others left while we allocated */
		ptl_unlock(table);
		anon_page_discard(p);
		return FK_COW_REUSE;
	}
	/* Write-protected wherever it is mapped (C1), and our mapping keeps its owners from
	 * being the last: the contents stand still. */
	copy_page(page_address(p), page_address(old));
	replace_page(v, va, pte, p);
	ptl_unlock(table);
	count_vm_event(COW_COPY);
	was_anon = old->anon & PAGE_ANON;
	if ((u32)page_unmap(old) == 0)
		put_page_last(old);
	if (!was_anon) {
		rss_add(v->mm, vma_file_kind(v), -1);
		rss_add(v->mm, MM_ANONPAGES, 1);
	}
	return FK_COW_COPY;
}

/* Case reuse: it looked as if we were the last. */
static __noinline int break_reuse(struct vma *v, vaddr_t va, pte_t *pte, pte_t seen)
{
	struct page *table = pt_page(pte);
	bool taken;

	ptl_lock(table);
	taken = same_entry(pte_get(pte), seen) && take_as_last_owner(pte, pte_get(pte));
	ptl_unlock(table);
	return likely(taken) ? FK_COW_REUSE : break_copy(v, va, pte, seen);
}

/* Each case looks again under ptl. */
int cow_break(struct vma *v, vaddr_t va, pte_t *pte, pte_t seen)
{
	if (pte_special(seen))
		return break_zero(v, va, pte);
	if (page_refs(pte_page(seen)) == 1)
		return break_reuse(v, va, pte, seen);
	return break_copy(v, va, pte, seen);
}
