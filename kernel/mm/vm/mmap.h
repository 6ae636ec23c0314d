// SPDX-License-Identifier: MIT
/* mmap.h - what the system calls on areas share. */
#ifndef MM_MMAP_H
#define MM_MMAP_H

#include "mm/vm/overcommit.h"
#include "mm/vm/vma.h"
#include "uapi/errno.h"

/* Fill a new anonymous area; the caller sets file and pgoff if it is not. */
static inline void vma_init(struct vma *v, struct mm *mm, vaddr_t start, vaddr_t end, u32 flags)
{
	v->mm = mm;
	v->start = start;
	v->end = end;
	v->flags = flags;
	v->touched = false;
	v->file = NULL;
	v->pgoff = start >> PAGE_SHIFT;
	v->anon_vma = NULL;
}
/* An area that was never linked, and whose file is not its own. */
void vma_free_fresh(struct vma *v);

/* pages of a locked area came (or went). => (w) */
void account_locked(struct mm *mm, const struct file *file, s64 pages);
/* pages of an area with these flags came (or went, negative) in mm's statistics. => (w) */
static inline void account_pages(struct mm *mm, u32 flags, const struct file *file, s64 pages)
{
	mm->total_vm += pages;
	if (flags & VM_STACK)
		mm->stack_vm += pages;
	else if ((flags & (VM_WRITE | VM_SHARED)) == VM_WRITE)
		mm->data_vm += pages;
	else if ((flags & VM_EXEC) && file != NULL)
		mm->exec_vm += pages;
	if (unlikely(flags & VM_LOCKED))
		account_locked(mm, file, pages);
	if (mm->total_vm > mm->hiwater_vm)
		mm->hiwater_vm = mm->total_vm;
}
static inline void vma_account(struct mm *mm, const struct vma *v, s64 pages)
{
	account_pages(mm, v->flags, v->file, pages);
}
/* Would pages more break the limits? 0, -ENOMEM, -EAGAIN (locked). => (w) */
static inline int mm_may_add(const struct mm *mm, u64 pages, u32 flags)
{
	if (mm->total_vm + pages > mm->rlimit_as >> PAGE_SHIFT)
		return -ENOMEM;
	if ((flags & (VM_WRITE | VM_SHARED | VM_STACK)) == VM_WRITE &&
	    mm->data_vm + pages > mm->rlimit_data >> PAGE_SHIFT)
		return -ENOMEM;
	if (unlikely(flags & VM_LOCKED) && mm->locked_vm + pages > mm->rlimit_memlock >> PAGE_SHIFT)
		return -EAGAIN;
	return 0;
}
/* The range as system calls take it: aligned start, length rounded up, below USER_TOP.
 * => *end; 0 or -EINVAL, -ENOMEM (wraps or leaves user space) */
static inline int user_range(vaddr_t start, size_t len, vaddr_t *end)
{
	size_t size = PAGE_ALIGN(len);

	if (!IS_ALIGNED(start, PAGE_SIZE))
		return -EINVAL;
	if (size < len || start > USER_TOP || size > USER_TOP - start)
		return -ENOMEM;
	*end = start + size;
	return 0;
}

/* The areas of [start, end) end and begin there: split at the edges. => 0 or -ENOMEM */
int vma_cut(struct mm *mm, vaddr_t start, vaddr_t end);
/* Is all of [start, end) covered by areas? */
bool range_mapped(struct mm *mm, vaddr_t start, vaddr_t end);
/* Where a new mapping of len bytes goes: at hint if free, else the highest hole that is known
 * or found. 0: none.  *next: the area above that place, or NULL */
vaddr_t mmap_find(struct mm *mm, vaddr_t hint, size_t len, struct vma **next);

/* Fault in all of [start, end) of the current mm as far as areas allow; mlock, MAP_POPULATE.
 * => no lock held; 0, -ENOMEM (a hole), -EAGAIN (a page could not be had) */
int mm_populate(struct mm *mm, vaddr_t start, vaddr_t end);
/* After a change that made new memory: mlockall(MCL_FUTURE) wants it present. => no lock held */
static __always_inline void populate_locked(struct mm *mm, vaddr_t start, vaddr_t end)
{
	if (unlikely(mm->def_flags & VM_LOCKED) && !(mm->def_flags & VM_LOCKONFAULT) && start < end)
		mm_populate(mm, start & PAGE_MASK, end);
}
/* Give [start, end) other access rights. => (w); 0, -ENOMEM, -EACCES */
int do_mprotect(struct mm *mm, vaddr_t start, vaddr_t end, int prot);
/* Set and clear flags of the areas in [start, end), splitting and joining. => (w) */
int vma_set_flags(struct mm *mm, vaddr_t start, vaddr_t end, u32 set, u32 clear);

#endif
