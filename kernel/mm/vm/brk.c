// SPDX-License-Identifier: MIT
/*
 * brk.c - the heap: sbrk moves a number.
 *
 * The heap is an anonymous area from start_brk up to brk rounded to a page.  sbrk
 * upwards moves the area's end (or makes the area), and gives no memory: that is
 * what faults are for.  Downwards it unmaps what is beyond.  Byte-exact brk and
 * page-exact area differ by less than a page, so most calls of a malloc that asks
 * for little change nothing but the number.
 *
 * Locks: mmap_lock write-held.  Failure: -ENOMEM, nothing changed.
 */
#include "mm/vm/brk.h"
#include "mm/vm/mmap.h"
#include "mm/vm/pgwalk.h"
#include "mm/vm/rmap.h"
#include "uapi/errno.h"

#define HEAP_FLAGS (VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_ACCOUNT)

void mm_set_brk(struct mm *mm, vaddr_t start)
{
	mm->start_brk = mm->brk = start;
}

/* The heap's area if it ends at end and can simply be longer. */
static struct vma *growable(struct mm *mm, vaddr_t end, u32 flags)
{
	struct vma *v = vma_find(mm, end - 1);

	if (v == NULL || v->end != end || v->file != NULL || v->flags != flags)
		return NULL;
	return v;
}

static int grow(struct mm *mm, vaddr_t old_end, vaddr_t new_end)
{
	u32 flags = HEAP_FLAGS | mm->def_flags;
	u64 pages = (new_end - old_end) >> PAGE_SHIFT;
	struct vma *v = growable(mm, old_end, flags), *next, *fresh, want;

	next = v != NULL ? vma_next(v) : vma_find(mm, old_end);
	if (next != NULL && next->start < new_end + (next->flags & VM_GROWSDOWN ? STACK_GUARD : 0))
		return -ENOMEM;
	if (mm_may_add(mm, pages, flags) != 0 || vm_charge(mm, pages) != 0)
		return -ENOMEM;
	if (likely(v != NULL && (next == NULL || next->start > new_end))) {
		vma_move_end(v, new_end);
		vma_account(mm, v, pages);
		return 0;
	}
	vma_init(&want, mm, old_end, new_end, flags);
	if (vma_extend(mm, &want, next) == NULL) {
		fresh = mm->nr_vmas < MAX_MAP_COUNT ? vma_alloc() : NULL;
		if (fresh == NULL) {
			vm_charge(mm, -(s64)pages);
			return -ENOMEM;
		}
		vma_init(fresh, mm, old_end, new_end, flags);
		vma_insert_before(mm, fresh, next);
	}
	vma_account(mm, &want, pages);
	return 0;
}

/* [new_end, old_end) goes; often it was never touched. */
static int shrink(struct mm *mm, vaddr_t new_end, vaddr_t old_end)
{
	s64 pages = (old_end - new_end) >> PAGE_SHIFT;
	struct vma *v = vma_find(mm, new_end);

	if (v == NULL || v->start >= new_end || v->end != old_end || v->file != NULL ||
	    !(v->flags & VM_ACCOUNT) || !pt_range_empty(mm, new_end, old_end))
		return do_munmap(mm, new_end, old_end - new_end);
	vma_account(mm, v, -pages);
	vm_charge(mm, -pages);
	vma_move_end(v, new_end);
	return 0;
}

int mm_move_brk(struct mm *mm, vaddr_t brk)
{
	vaddr_t old_end = PAGE_ALIGN(mm->brk), new_end = PAGE_ALIGN(brk);
	int err = 0;

	if (brk < mm->start_brk || brk > USER_TOP)
		return -ENOMEM;
	if (brk > mm->brk && brk - mm->start_brk > mm->rlimit_data)
		return -ENOMEM;
	if (new_end > old_end)
		err = grow(mm, old_end, new_end);
	else if (new_end < old_end)
		err = shrink(mm, new_end, old_end);
	if (err == 0)
		mm->brk = brk;
	return err;
}
