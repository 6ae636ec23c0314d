// SPDX-License-Identifier: MIT
/*
 * munmap.c - take areas away, whole or in part.
 *
 * The range may cover holes, many areas, and parts of the first and last.  A
 * part at an area's edge only moves its bound; a part from the middle leaves two
 * areas, so one object is needed, and it is had before anything is changed.
 *
 * Pages first, all of them and counts included, then the areas: as long as a page's
 * mapcount says that it is mapped its anon_vma must be there (R2), and the pages of a
 * batch are counted until the TLBs are flushed.
 *
 * Locks: mmap_lock write-held.  Failure: -ENOMEM before anything is done.
 */
#include "mm/vm/mmap.h"
#include "mm/vm/pgwalk.h"
#include "mm/vm/rmap.h"
#include "mm/vm/zap.h"
#include "uapi/errno.h"

/* Take [lo, hi) off v, at one of its edges. */
static void trim(struct vma *v, vaddr_t lo, vaddr_t hi)
{
	struct vma *above = v, *known = v->mm->hole_above;

	if (lo != v->start) {
		vma_move_end(v, lo);
		above = vma_next(v);
	} else {
		rmap_begin(v, NULL);
		v->pgoff = vma_index(v, hi);
		vma_resize(v, hi, v->end);
		rmap_end(v, NULL);
	}
	if (known != NULL && above != NULL && above->start > known->start)
		v->mm->hole_above = above;	/* mmap fills the highest hole first */
}

/* Take [lo, hi) off area v, or v away. => nothing is mapped there any more */
static void drop_part(struct vma *v, vaddr_t lo, vaddr_t hi)
{
	s64 pages = (hi - lo) >> PAGE_SHIFT;

	vma_account(v->mm, v, -pages);
	if (v->flags & VM_ACCOUNT)
		vm_uncharge(pages);
	if (lo != v->start || hi != v->end) {
		trim(v, lo, hi);
		return;
	}
	vma_remove(v);
	if (!vma_untouched(v))
		rmap_unlink(v);
	vma_free(v);
}

static __noinline void unmap_areas(struct vma *first, vaddr_t addr, vaddr_t end)
{
	struct vma *v, *next;
	struct zap z;

	zap_begin(&z, first->mm, true);
	for (v = first; v != NULL && v->start < end; v = vma_next(v))
		zap_range(&z, v, MAX(v->start, addr), MIN(v->end, end));
	zap_end(&z);
	for (v = first; v != NULL && v->start < end; v = next) {
		next = vma_next(v);
		drop_part(v, MAX(v->start, addr), MIN(v->end, end));
	}
}

int do_munmap(struct mm *mm, vaddr_t addr, size_t len)
{
	vaddr_t end;
	struct vma *v;

	if (len == 0 || user_range(addr, len, &end) != 0)
		return -EINVAL;
	v = vma_find(mm, addr);
	if (v == NULL || v->start >= end)
		return 0;
	/* Memory that was never touched, part of one area: nothing to flush or to free. */
	if (likely(v->start >= addr && v->end == end && vma_untouched(v))) {
		drop_part(v, v->start, end);
		return 0;
	}
	if (v->start < addr && v->end > end) {
		int err = vma_split(v, end);

		if (err != 0)
			return err;
	}
	if (v->end >= end && (vma_untouched(v) || pt_range_empty(mm, addr, end)))
		drop_part(v, MAX(v->start, addr), end);
	else
		unmap_areas(v, addr, end);
	return 0;
}
