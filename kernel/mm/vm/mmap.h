// SPDX-License-Identifier: MIT
/* mmap.h - what the system calls on areas share. */
#ifndef MM_MMAP_H
#define MM_MMAP_H

#include "mm/vm/overcommit.h"
#include "mm/vm/vma.h"

/* Fill a new anonymous area; the caller sets file and pgoff if it is not. */
static inline void vma_init(struct vma *v, struct mm *mm, vaddr_t start, vaddr_t end, u32 flags)
{
	v->mm = mm;
	v->start = start;
	v->end = end;
	v->flags = flags;
	v->file = NULL;
	v->pgoff = start >> PAGE_SHIFT;
	v->anon_vma = NULL;
}
/* An object that vma_init has not seen. */
void vma_free_fresh(struct vma *v);

/* pages of v's kind came (or went, negative) in mm's statistics. => (w) */
void vma_account(struct mm *mm, const struct vma *v, s64 pages);
/* Would pages more break the limits? 0 or -ENOMEM. => (w) */
int mm_may_add(const struct mm *mm, u64 pages, u32 flags);
/* The areas of [start, end) end and begin there: split at the edges. => 0 or -ENOMEM */
int vma_cut(struct mm *mm, vaddr_t start, vaddr_t end);
/* The range as system calls take it: aligned start, length rounded up, below USER_TOP.
 * => *end; 0 or -EINVAL, -ENOMEM (wraps or leaves user space) */
int user_range(vaddr_t start, size_t len, vaddr_t *end);
/* Is all of [start, end) covered by areas? */
bool range_mapped(struct mm *mm, vaddr_t start, vaddr_t end);
/* Where a new mapping of len bytes goes: at hint if free, else the highest hole. 0: none */
vaddr_t mmap_find(struct mm *mm, vaddr_t hint, size_t len);

/* Fault in all of [start, end) of the current mm as far as areas allow; mlock, MAP_POPULATE.
 * => no lock held; 0, -ENOMEM (a hole), -EAGAIN (a page could not be had) */
int mm_populate(struct mm *mm, vaddr_t start, vaddr_t end);
/* Give [start, end) other access rights. => (w); 0, -ENOMEM, -EACCES */
int do_mprotect(struct mm *mm, vaddr_t start, vaddr_t end, int prot);
/* Set and clear flags of the areas in [start, end), splitting and joining. => (w) */
int vma_set_flags(struct mm *mm, vaddr_t start, vaddr_t end, u32 set, u32 clear);

#endif
