// SPDX-License-Identifier: MIT
/*
 * mlock.c - memory that stays.
 *
 * VM_LOCKED on an area says that reclaim must leave its pages alone; the call then
 * faults them all in, so that none is missing from the start.  Each process may
 * lock rlimit_memlock bytes.  Locks do not nest and are not inherited by fork.
 *
 * Locks: mmap_lock for writing to mark, none while the pages come.
 */
#include "fs/vfs.h"
#include "mm/vm/fault.h"
#include "mm/vm/mlock.h"
#include "mm/vm/mmap.h"
#include "uapi/errno.h"

#define LOCK_FLAGS (VM_LOCKED | VM_LOCKONFAULT)

atomic64_t vm_locked_file;

/* Is what it locks in the page cache, where others think it could be dropped? */
static bool keeps_cache(const struct file *file)
{
	return file != NULL && !(file->inode->mapping->flags & AS_SHMEM);
}

void account_locked(struct mm *mm, const struct file *file, s64 pages)
{
	mm->locked_vm += pages;
	if (keeps_cache(file)) {
		mm->locked_file += pages;
		atomic_add(&vm_locked_file, pages);
	}
}

void mm_forget_locked(struct mm *mm)
{
	atomic_add(&vm_locked_file, -(s64)mm->locked_file);
	mm->locked_vm = mm->locked_file = 0;
}

static u64 locked_pages(struct mm *mm, vaddr_t start, vaddr_t end)
{
	u64 pages = 0;

	for (struct vma *v = vma_find(mm, start); v != NULL && v->start < end; v = vma_next(v))
		if (v->flags & VM_LOCKED)
			pages += (MIN(v->end, end) - MAX(v->start, start)) >> PAGE_SHIFT;
	return pages;
}

/* The locked areas' parts in the range come into the account (sign 1) or leave it (-1). */
static void account_range(struct mm *mm, vaddr_t start, vaddr_t end, int sign)
{
	for (struct vma *v = vma_find(mm, start); v != NULL && v->start < end; v = vma_next(v))
		if (v->flags & VM_LOCKED)
			account_locked(mm, v->file, sign * (s64)((MIN(v->end, end) -
								 MAX(v->start, start)) >> PAGE_SHIFT));
}

/* Mark the range; the account follows. => (w) */
static int mark(struct mm *mm, vaddr_t start, vaddr_t end, u32 set)
{
	int err;

	account_range(mm, start, end, -1);
	err = vma_set_flags(mm, start, end, set, LOCK_FLAGS & ~set);
	account_range(mm, start, end, 1);
	return err;
}

int do_mlock(struct mm *mm, vaddr_t start, size_t len)
{
	vaddr_t end;
	u64 pages;
	int err;

	err = user_range(start & PAGE_MASK, len + (start & ~PAGE_MASK), &end);
	if (err != 0 || len + (start & ~PAGE_MASK) < len)
		return err != 0 ? err : -EINVAL;
	start &= PAGE_MASK;
	if (start == end)
		return 0;
	if (mm->rlimit_memlock == 0)
		return -EPERM;
	pages = (end - start) >> PAGE_SHIFT;
	down_write(&mm->mmap_lock);
	if (!range_mapped(mm, start, end))
		err = -ENOMEM;
	else if (mm->locked_vm + pages - locked_pages(mm, start, end) >
		 mm->rlimit_memlock >> PAGE_SHIFT)
		err = -ENOMEM;
	else
		err = mark(mm, start, end, VM_LOCKED);
	up_write(&mm->mmap_lock);
	return err != 0 ? err : mm_populate(mm, start, end);
}

int do_munlock(struct mm *mm, vaddr_t start, size_t len)
{
	vaddr_t end;
	int err;

	err = user_range(start & PAGE_MASK, len + (start & ~PAGE_MASK), &end);
	if (err != 0 || len + (start & ~PAGE_MASK) < len)
		return err != 0 ? err : -EINVAL;
	start &= PAGE_MASK;
	down_write(&mm->mmap_lock);
	err = range_mapped(mm, start, end) ? mark(mm, start, end, 0) : -ENOMEM;
	up_write(&mm->mmap_lock);
	return err;
}

/* Every page that is there or can be had, of every area. */
static void populate_all(struct mm *mm)
{
	vaddr_t at = 0, end;

	for (;;) {
		struct vma *v;

		down_read(&mm->mmap_lock);
		v = vma_find(mm, at);
		at = v != NULL ? MAX(at, v->start) : 0;
		end = v != NULL ? v->end : 0;
		up_read(&mm->mmap_lock);
		if (v == NULL)
			return;
		mm_populate(mm, at, end);	/* mlockall does not say what it could not get */
		at = end;
	}
}

int do_mlockall(struct mm *mm, int flags)
{
	u32 set = VM_LOCKED | (flags & MCL_ONFAULT ? VM_LOCKONFAULT : 0);
	int err = 0;

	if (flags == 0 || flags == MCL_ONFAULT || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)))
		return -EINVAL;
	if (mm->rlimit_memlock == 0)
		return -EPERM;
	down_write(&mm->mmap_lock);
	if ((flags & MCL_CURRENT) && mm->total_vm > mm->rlimit_memlock >> PAGE_SHIFT)
		err = -ENOMEM;
	if (err == 0) {
		mm->def_flags = flags & MCL_FUTURE ? set : 0;
		if (flags & MCL_CURRENT)
			err = mark(mm, 0, USER_TOP, set);
	}
	up_write(&mm->mmap_lock);
	if (err == 0 && (flags & MCL_CURRENT) && !(flags & MCL_ONFAULT))
		populate_all(mm);
	return err;
}

int do_munlockall(struct mm *mm)
{
	int err;

	down_write(&mm->mmap_lock);
	mm->def_flags = 0;
	err = mark(mm, 0, USER_TOP, 0);
	up_write(&mm->mmap_lock);
	return err;
}
