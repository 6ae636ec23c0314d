// SPDX-License-Identifier: MIT
/*
 * sys_mm.c - the system calls on memory: arguments in, locks taken, mm/vm does it.
 * sys_brk and sys_sbrk are in mm/vm/brk.c.
 */
#include "fs/vfs.h"
#include "lib/types.h"
#include "mm/vm/brk.h"
#include "mm/vm/madvise.h"
#include "mm/vm/mlock.h"
#include "mm/vm/mmap.h"
#include "mm/vm/mremap.h"
#include "riscv/hart.h"
#include "syscalls.h"
#include "uapi/errno.h"

long sys_mmap(vaddr_t addr, size_t len, int prot, int flags, int fd, s64 offset)
{
	struct mm *mm = current->mm;
	struct fd_ref f = { NULL, false };
	long at;

	if (offset < 0 || !IS_ALIGNED(offset, PAGE_SIZE))
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS)) {
		f = fdget(fd);
		if (f.file == NULL)
			return -EBADF;
	}
	down_write(&mm->mmap_lock);
	at = do_mmap(mm, addr, len, prot, flags, f.file, (u64)offset >> PAGE_SHIFT);
	up_write(&mm->mmap_lock);
	fdput(f);
	if (at > 0) {
		if (unlikely(flags & (MAP_POPULATE | MAP_LOCKED)))
			mm_populate(mm, at, at + PAGE_ALIGN(len));
		populate_locked(mm, at, at + PAGE_ALIGN(len));
	}
	return at;
}

long sys_munmap(vaddr_t addr, size_t len)
{
	struct mm *mm = current->mm;
	int err;

	down_write(&mm->mmap_lock);
	err = do_munmap(mm, addr, len);
	up_write(&mm->mmap_lock);
	return err;
}

long sys_mprotect(vaddr_t addr, size_t len, int prot)
{
	struct mm *mm = current->mm;
	vaddr_t end;
	int err;

	if (prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC))
		return -EINVAL;
	err = user_range(addr, len, &end);
	if (err != 0 || addr == end)
		return err;
	down_write(&mm->mmap_lock);
	err = do_mprotect(mm, addr, end, prot);
	up_write(&mm->mmap_lock);
	return err;
}

long sys_madvise(vaddr_t addr, size_t len, int advice)
{
	return do_madvise(current->mm, addr, len, advice);
}

long sys_mlock(vaddr_t addr, size_t len)
{
	return do_mlock(current->mm, addr, len);
}

long sys_munlock(vaddr_t addr, size_t len)
{
	return do_munlock(current->mm, addr, len);
}

long sys_mlockall(int flags)
{
	return do_mlockall(current->mm, flags);
}

long sys_munlockall(void)
{
	return do_munlockall(current->mm);
}

long sys_mremap(vaddr_t addr, size_t old_len, size_t new_len, int flags, vaddr_t to)
{
	struct mm *mm = current->mm;
	struct vma *v;
	bool locked = false;
	long at;

	down_write(&mm->mmap_lock);
	at = do_mremap(mm, addr, old_len, new_len, flags, to);
	if (at > 0 && new_len > old_len) {
		v = vma_at(mm, at);
		locked = v != NULL && (v->flags & (VM_LOCKED | VM_LOCKONFAULT)) == VM_LOCKED;
	}
	up_write(&mm->mmap_lock);
	if (locked)
		mm_populate(mm, at, at + PAGE_ALIGN(new_len));
	return at;
}

long sys_msync(vaddr_t addr, size_t len, int flags)
{
	return do_msync(current->mm, addr, len, flags);
}

long sys_mincore(vaddr_t addr, size_t len, vaddr_t vec)
{
	return do_mincore(current->mm, addr, len, vec);
}

/* Other pages of the same file in a part of a shared mapping.  It was made to do that
 * without areas; as in Linux now it is a mapping over the old one. */
long sys_remap_file_pages(vaddr_t addr, size_t size, int prot, u64 pgoff, int flags)
{
	struct mm *mm = current->mm;
	struct vma *v;
	vaddr_t end;
	long at = -EINVAL;

	(void)flags;
	addr &= PAGE_MASK;
	size &= PAGE_MASK;
	if (prot != 0 || size == 0 || user_range(addr, size, &end) != 0 ||
	    pgoff + (size >> PAGE_SHIFT) < pgoff)
		return -EINVAL;
	down_write(&mm->mmap_lock);
	v = vma_at(mm, addr);
	if (v != NULL && v->end >= end && (v->flags & VM_SHARED)) {
		struct file *f = file_get(v->file);

		at = do_mmap(mm, addr, size, v->flags & (VM_READ | VM_WRITE | VM_EXEC),
			     MAP_SHARED | MAP_FIXED, f, pgoff);
		file_put(f);
	}
	up_write(&mm->mmap_lock);
	if (at > 0)
		mm_populate(mm, addr, end);
	return at < 0 ? at : 0;
}

/* They come with the swap issue. */
__attribute__((weak)) long sys_swapon(vaddr_t path, int flags)
{
	(void)path;
	(void)flags;
	return -ENOSYS;
}

__attribute__((weak)) long sys_swapoff(vaddr_t path)
{
	(void)path;
	return -ENOSYS;
}
