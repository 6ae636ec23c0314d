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
 * Locks: mmap_lock write-held; the system calls at the end take it.
 * Failure: -ENOMEM, nothing changed.
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

/* The flags that account_pages() looks at; naming them lets the compiler fold its tests. */
static __always_inline u32 heap_accounted(const struct mm *mm)
{
	return HEAP_FLAGS | (mm->def_flags & VM_LOCKED);
}

/* The area that ends at end and contains the byte below addr, if it is like the heap. */
static __always_inline struct vma *heap_area(struct mm *mm, vaddr_t addr, vaddr_t end)
{
	struct vma *v = vma_at(mm, addr - 1);

	return likely(v != NULL && v->end == end && v->file == NULL &&
		      v->flags == (HEAP_FLAGS | mm->def_flags)) ? v : NULL;
}

/* There is no area that could simply be longer. => room is there and charged */
static __noinline int make_heap(struct mm *mm, vaddr_t start, vaddr_t end, struct vma *next)
{
	u32 flags = HEAP_FLAGS | mm->def_flags;
	s64 pages = (end - start) >> PAGE_SHIFT;
	struct vma *fresh, want;

	vma_init(&want, mm, start, end, flags);
	if (vma_extend(mm, &want, next) == NULL) {
		fresh = mm->nr_vmas < MAX_MAP_COUNT ? vma_alloc() : NULL;
		if (fresh == NULL) {
			vm_uncharge(pages);
			account_pages(mm, flags, NULL, -pages);
			return -ENOMEM;
		}
		vma_init(fresh, mm, start, end, flags);
		vma_insert_before(mm, fresh, next);
	}
	return 0;
}

static __always_inline int grow(struct mm *mm, vaddr_t old_end, vaddr_t new_end)
{
	u32 flags = heap_accounted(mm);
	u64 pages = (new_end - old_end) >> PAGE_SHIFT;
	struct vma *v = heap_area(mm, old_end, old_end), *next;

	next = likely(v != NULL) ? vma_next(v) : vma_find(mm, old_end);
	if (next != NULL && next->start < new_end + (next->flags & VM_GROWSDOWN ? STACK_GUARD : 0))
		return -ENOMEM;
	if (mm_may_add(mm, pages, flags) != 0 || vm_charge(mm, pages) != 0)
		return -ENOMEM;
	account_pages(mm, flags, NULL, pages);
	if (unlikely(v == NULL || (next != NULL && next->start == new_end)))
		return make_heap(mm, old_end, new_end, next);
	vma_move_end(v, new_end);
	return 0;
}

/* [new_end, old_end) goes; often it was never touched. */
static __always_inline int shrink(struct mm *mm, vaddr_t new_end, vaddr_t old_end)
{
	s64 pages = (old_end - new_end) >> PAGE_SHIFT;
	struct vma *v = heap_area(mm, new_end, old_end);

	if (unlikely(v == NULL || !pt_range_empty(mm, new_end, old_end)))
		return do_munmap(mm, new_end, old_end - new_end);
	account_pages(mm, heap_accounted(mm), NULL, -pages);
	vm_uncharge(pages);
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

/* As Linux's: the break that holds afterwards, moved or not, so that 0 asks for it.  The
 * library's brk() compares.  malloc calls it again and again: all of the above in one. */
__attribute__((flatten)) long sys_brk(vaddr_t brk)
{
	struct mm *mm = current->mm;
	vaddr_t old, now;

	down_write(&mm->mmap_lock);
	old = mm->brk;
	mm_move_brk(mm, brk);
	now = mm->brk;
	up_write(&mm->mmap_lock);
	populate_locked(mm, old, now);
	return now;
}

long sys_sbrk(long increment)
{
	struct mm *mm = current->mm;
	vaddr_t old;
	int err = 0;

	down_write(&mm->mmap_lock);
	old = mm->brk;
	if (increment != 0)
		err = mm_move_brk(mm, old + increment);
	up_write(&mm->mmap_lock);
	if (err != 0)
		return err;
	populate_locked(mm, old, old + increment);
	return old;
}
