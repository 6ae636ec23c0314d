// SPDX-License-Identifier: MIT
/*
 * stack.c - the stack grows by being touched.
 *
 * A stack area (VM_GROWSDOWN) begins small.  A fault below it, wherever in the hole,
 * grows it down to that page: compilers touch locals in any order, so demanding
 * that faults come near the stack pointer breaks programs with large frames.
 *
 * What keeps a runaway recursion from growing into something else is the guard gap:
 * STACK_GUARD bytes (1 MiB, larger than any frame that does not probe) between a
 * stack and the area below it stay unmapped, and vma_gap keeps new areas out.
 *
 * Growth happens in a fault, which holds mmap_lock only for reading and trades it for
 * the write lock (fault.c): start and pgoff change together, and other faults compute
 * the index of a page from both.  The reverse map does so without mmap_lock; it is kept
 * out by anon_vma->lock.
 *
 * Failure: -EFAULT (limit or guard: SIGSEGV), -ENOMEM (commit limit).
 */
#include "lib/printk.h"
#include "mm/vm/fault.h"
#include "mm/vm/mmap.h"
#include "mm/vm/rmap.h"
#include "uapi/errno.h"

#define STACK_INITIAL (32 * PAGE_SIZE)	/* room for argv and the first calls */

/* May v's start move down to start? */
static int may_grow(struct mm *mm, const struct vma *v, vaddr_t start)
{
	const struct vma *prev = vma_prev(v);
	u64 pages = (v->start - start) >> PAGE_SHIFT;

	if (v->end - start > mm->rlimit_stack || start < MMAP_MIN)
		return -EFAULT;
	if (prev != NULL && !(prev->flags & VM_GROWSDOWN) && start - prev->end < STACK_GUARD)
		return -EFAULT;
	if (prev != NULL && prev->end > start)
		return -EFAULT;
	if ((mm->total_vm + pages) > mm->rlimit_as >> PAGE_SHIFT)
		return -EFAULT;
	if ((v->flags & VM_LOCKED) && mm->locked_vm + pages > mm->rlimit_memlock >> PAGE_SHIFT)
		return -EFAULT;
	return 0;
}

int stack_grow(struct mm *mm, struct vma *v, vaddr_t addr)
{
	vaddr_t start = addr & PAGE_MASK;
	u64 pages = (v->start - start) >> PAGE_SHIFT;
	int err = may_grow(mm, v, start);

	if (err == 0 && (v->flags & VM_ACCOUNT))
		err = vm_commit(mm, pages);
	if (err != 0)
		return err;
	rmap_begin(v, NULL);
	v->pgoff -= pages;
	v->start = start;		/* no gap changes: a stack offers none (A1) */
	rmap_end(v, NULL);
	vma_account(mm, v, pages);
	return 0;
}

int mm_setup_stack(struct mm *mm, vaddr_t top)
{
	struct vma *v = vma_alloc();

	if (v == NULL)
		return -ENOMEM;
	if (vm_commit(mm, STACK_INITIAL >> PAGE_SHIFT) != 0) {
		vma_free_fresh(v);
		return -ENOMEM;
	}
	vma_init(v, mm, top - STACK_INITIAL, top, VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE |
		 VM_MAYEXEC | VM_GROWSDOWN | VM_STACK | VM_ACCOUNT);
	vma_insert(mm, v);
	vma_account(mm, v, vma_pages(v));
	mm->start_stack = top;
	return 0;
}
