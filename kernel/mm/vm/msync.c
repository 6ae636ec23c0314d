// SPDX-License-Identifier: MIT
/*
 * msync.c - what was stored through shared mappings goes to the disk.
 *
 * The stores are in the page cache already, and file_mkwrite made their pages dirty,
 * so MS_ASYNC has nothing to do: write-back will come.  MS_SYNC writes and waits as
 * fsync does.  MS_INVALIDATE asks that other mappings see the stores, which they always
 * do; on a locked area it is refused.
 *
 * Locks: mmap_lock is not held while the disk works; each area's file is, and then the
 * search goes on from the address reached.
 */
#include "fs/vfs.h"
#include "mm/vm/madvise.h"
#include "mm/vm/mmap.h"
#include "uapi/errno.h"

static int sync_file_part(struct file *f, u64 first, u64 last)
{
	int err = filemap_write(f->inode->mapping, first, last, true);
	int sync = vfs_fsync(f);

	file_put(f);
	return err != 0 ? err : sync;
}

int do_msync(struct mm *mm, vaddr_t start, size_t len, int flags)
{
	vaddr_t va = start, end;
	int err, hole = 0;

	if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
	    (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	err = user_range(start, len, &end);
	while (err == 0 && va < end) {
		struct file *f = NULL;
		struct vma *v;
		u64 first = 0, last = 0;

		down_read(&mm->mmap_lock);
		v = vma_find(mm, va);
		if (v == NULL || v->start > va)
			hole = -ENOMEM;
		if (v == NULL || v->start >= end) {
			up_read(&mm->mmap_lock);
			break;
		}
		va = MAX(va, v->start);
		if ((flags & MS_INVALIDATE) && (v->flags & VM_LOCKED))
			err = -EBUSY;
		else if ((flags & MS_SYNC) && v->file != NULL && (v->flags & VM_SHARED)) {
			f = file_get(v->file);
			first = vma_index(v, va);
			last = vma_index(v, MIN(v->end, end)) - 1;
		}
		va = v->end;
		up_read(&mm->mmap_lock);
		if (f != NULL)
			err = sync_file_part(f, first, last);
	}
	return err != 0 ? err : hole;
}
