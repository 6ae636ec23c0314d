// SPDX-License-Identifier: MIT
/*
 * mmap.c - make an area.
 *
 * Nothing is mapped here in the hardware's sense: an area is a promise, kept by
 * faults.  What remains is to check the request, to find a place for it, and to
 * let a neighbour that is alike in everything take it over, so that a program that
 * maps its memory page by page still has one area.
 *
 * Places are given from the top down, below mmap_base, so that the heap below and
 * the stack above keep room to grow.  exec makes the base random per program, unless
 * bootargs say norandmaps.
 *
 * Order of steps: check the request, remove what MAP_FIXED covers (its pages and
 * promises count no longer), check the limits, charge the promise, make the area.  After
 * a failure of the last three the old contents are gone, which POSIX allows.
 *
 * Locks: mmap_lock write-held.
 */
#include "fs/vfs.h"
#include "mm/cache/pagecache.h"
#include "mm/kmem/slab.h"
#include "mm/vm/fault.h"
#include "mm/vm/mmap.h"
#include "mm/vm/rmap.h"
#include "proc/sched.h"
#include "uapi/errno.h"
#include "uapi/signal.h"

void vma_free_fresh(struct vma *v)
{
	v->file = NULL;
	vma_free(v);
}

bool range_mapped(struct mm *mm, vaddr_t start, vaddr_t end)
{
	struct vma *v = vma_find(mm, start);

	for (; v != NULL && v->start <= start; v = vma_next(v)) {
		if (v->end >= end)
			return true;
		start = v->end;
	}
	return start >= end;
}

int vma_cut(struct mm *mm, vaddr_t start, vaddr_t end)
{
	struct vma *v = vma_find(mm, start);
	int err;

	if (v != NULL && v->start < start) {
		err = vma_split(v, start);
		if (err != 0)
			return err;
	}
	v = vma_find(mm, end);
	if (v == NULL || v->start >= end)
		return 0;
	err = vma_split(v, end);
	if (err != 0)
		vma_coalesce(vma_find(mm, start));	/* V2: the first cut as if it had not been */
	return err;
}

/* The highest hole usually is where the last mapping went, or below the one made last. */
static vaddr_t try_known_hole(struct mm *mm, size_t len, struct vma **next)
{
	struct vma *v = mm->hole_above;
	vaddr_t at = 0;

	for (int i = 0; i < 2 && v != NULL; i++, v = vma_prev(v)) {
		at = vma_gap_below(v, len, MMAP_MIN, mm->mmap_base);
		if (at != 0) {
			mm->hole_above = *next = v;
			break;
		}
	}
	return at;
}

vaddr_t mmap_find(struct mm *mm, vaddr_t hint, size_t len, struct vma **next)
{
	vaddr_t at;

	hint = PAGE_ALIGN(hint);
	if (hint >= MMAP_MIN && hint <= USER_TOP - len) {
		struct vma *v = vma_find(mm, hint);

		if (v == NULL || hint + len + (v->flags & VM_GROWSDOWN ? STACK_GUARD : 0) <= v->start) {
			*next = v;
			return hint;
		}
	}
	at = try_known_hole(mm, len, next);
	if (likely(at != 0))
		return at;
	at = vma_gap(mm, len, MMAP_MIN, mm->mmap_base);
	if (at == 0)			/* the rest: between the base and the stack */
		at = vma_gap(mm, len, MMAP_MIN, USER_TOP);
	mm->hole_above = *next = vma_find(mm, at);
	return at;
}

/* The area flags that prot and flags ask for. => 0 or -errno for a file that forbids it */
static int request_flags(const struct mm *mm, int prot, int flags, const struct file *file,
			 u32 *vm_flags)
{
	u32 vf = (prot & (PROT_READ | PROT_WRITE | PROT_EXEC)) | mm->def_flags |
		 VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
	bool shared = (flags & MAP_TYPE) == MAP_SHARED;

	if (shared)
		vf |= VM_SHARED;
	if (flags & MAP_GROWSDOWN) {
		if (file != NULL || shared)
			return -EINVAL;
		vf |= VM_GROWSDOWN;
	}
	if (flags & MAP_LOCKED)
		vf |= VM_LOCKED;
	if ((flags & MAP_NORESERVE) && overcommit_memory != OVERCOMMIT_NEVER)
		vf |= VM_NORESERVE;
	else if (shared ? file == NULL : (prot & PROT_WRITE) != 0)
		vf |= VM_ACCOUNT;
	if (file != NULL) {
		u32 mode = file->flags & O_ACCMODE;

		if (mode == O_WRONLY || (shared && (prot & PROT_WRITE) && mode != O_RDWR))
			return -EACCES;
		if (shared && mode != O_RDWR)
			vf &= ~VM_MAYWRITE;
	}
	*vm_flags = vf;
	return 0;
}

static int check_request(vaddr_t addr, size_t len, int prot, int flags, const struct file *file,
			 u64 pgoff)
{
	int type = flags & MAP_TYPE;

	if (len == 0 || (type != MAP_SHARED && type != MAP_PRIVATE) ||
	    (prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC)))
		return -EINVAL;
	if (PAGE_ALIGN(len) == 0 || PAGE_ALIGN(len) > USER_TOP - PAGE_SIZE)
		return -ENOMEM;
	if (pgoff + (PAGE_ALIGN(len) >> PAGE_SHIFT) < pgoff)
		return -EOVERFLOW;
	if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		if (!IS_ALIGNED(addr, PAGE_SIZE))
			return -EINVAL;
		if (addr > USER_TOP - PAGE_ALIGN(len))
			return -ENOMEM;
		if (addr < PAGE_SIZE)		/* null pointers must stay wild */
			return -EPERM;
	}
	if (file != NULL && file->ops->mmap == NULL &&
	    (file->inode->mapping == NULL || !S_ISREG(file->inode->mode)))
		return -ENODEV;
	return 0;
}

/* The address for the request, what was there removed. 0..USER_TOP or -errno */
static long place_request(struct mm *mm, vaddr_t addr, size_t len, int flags, struct vma **next)
{
	if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))) {
		addr = mmap_find(mm, addr, len, next);
		return addr != 0 ? (long)addr : -ENOMEM;
	}
	*next = vma_find(mm, addr);
	if (*next != NULL && (*next)->start < addr + len) {
		int err = flags & MAP_FIXED_NOREPLACE ? -EEXIST : do_munmap(mm, addr, len);

		if (err != 0)
			return err;
		*next = vma_find(mm, addr);
	}
	return addr;
}

/* Link a new area for want, below next, or let a neighbour have it. Returns 0 or -errno.
 * => want->file's reference is used up on success */
static int make_area(struct mm *mm, struct vma *want, struct vma *next)
{
	struct file *file = want->file;
	struct vma *v;
	int err = 0;

	if (vma_borders(mm, want, next) && (file == NULL || file->ops->mmap == NULL)) {
		v = vma_extend(mm, want, next);
		if (v != NULL) {
			if (file != NULL)
				file_put(file);
			return 0;
		}
	}
	if (mm->nr_vmas >= MAX_MAP_COUNT)
		return -ENOMEM;
	v = vma_alloc();
	if (v == NULL)
		return -ENOMEM;
	vma_init(v, mm, want->start, want->end, want->flags);
	v->file = file;
	v->pgoff = want->pgoff;
	if (file != NULL && file->ops->mmap != NULL)
		err = file->ops->mmap(file, v);
	if (err != 0) {
		vma_free_fresh(v);
		return err;
	}
	if (unlikely(v->file != file)) {	/* /dev/zero: really anonymous */
		v->pgoff = v->file != NULL ? 0 : v->start >> PAGE_SHIFT;
		file_put(file);
	}
	vma_insert_before(mm, v, next);
	if (v->file != NULL)
		rmap_link(v);
	if (unlikely(v->file != file))
		vma_coalesce(v);
	return 0;
}

long do_mmap(struct mm *mm, vaddr_t addr, size_t len, int prot, int flags, struct file *file,
	     u64 pgoff)
{
	int err = check_request(addr, len, prot, flags, file, pgoff);
	struct vma want, *next;
	u32 vm_flags;
	s64 pages;
	long at;

	if (err == 0)
		err = request_flags(mm, prot, flags, file, &vm_flags);
	if (err != 0)
		return err;
	len = PAGE_ALIGN(len);
	pages = len >> PAGE_SHIFT;
	at = place_request(mm, addr, len, flags, &next);
	if (at < 0)
		return at;
	err = mm_may_add(mm, pages, vm_flags);
	if (err == 0 && (vm_flags & VM_ACCOUNT))
		err = vm_charge(mm, pages);
	if (err != 0)
		return err;
	vma_init(&want, mm, at, at + len, vm_flags);
	if (file != NULL) {
		want.file = file_get(file);
		want.pgoff = pgoff;
	} else if (vm_flags & VM_SHARED) {
		want.file = shmem_file(len);
		want.pgoff = 0;
		if (IS_ERR(want.file)) {
			err = PTR_ERR(want.file);
			want.file = NULL;
		}
	}
	if (err == 0)
		err = make_area(mm, &want, next);
	if (err != 0) {
		if (want.file != NULL)
			file_put(want.file);
		if (vm_flags & VM_ACCOUNT)
			vm_uncharge(pages);
		return err;
	}
	vma_account(mm, &want, pages);
	return at;
}

/* Access that makes every page of v present as its program would: writes where it may, so
 * that private pages are its own. */
static int populate_area(struct mm *mm, const struct vma *v, vaddr_t va)
{
	int access = (v->flags & (VM_WRITE | VM_SHARED)) == VM_WRITE ? FAULT_WRITE :
		     v->flags & (VM_READ | VM_WRITE) ? FAULT_READ : FAULT_EXEC;
	pte_t *pte = pt_walk(mm, va);
	pte_t e = pte != NULL ? pte_get(pte) : (pte_t){ 0 };

	if (!(v->flags & (VM_READ | VM_WRITE | VM_EXEC)))
		return -1;			/* PROT_NONE: nothing to make present */
	if (pte_present(e) && (access != FAULT_WRITE || pte_writable(e)))
		return -1;
	return access;
}

int mm_populate(struct mm *mm, vaddr_t start, vaddr_t end)
{
	unsigned until_look = 0;
	int sig, code;

	for (vaddr_t va = start; va < end;) {
		struct vma *v;
		int access;

		if (unlikely(IS_ALIGNED(va, MIB(1))) && fatal_signal_pending())
			return -EINTR;
		down_read(&mm->mmap_lock);
		v = vma_at(mm, va);
		access = v != NULL ? populate_area(mm, v, va) : -ENOMEM;
		up_read(&mm->mmap_lock);
		if (access == -ENOMEM)
			return -ENOMEM;
		/* Whoever asks for pages before he needs them leaves some to the others: more
		 * than pipes and files need to go on, which stop at a sixteenth. */
		if (access >= 0 && until_look-- == 0) {
			if (memory_short(8))
				return -ENOMEM;
			until_look = 15;
		}
		if (access >= 0 && handle_mm_fault(mm, va, access, &sig, &code) != 0)
			return sig == SIGKILL ? -ENOMEM : -EAGAIN;
		if (access < 0 || current->tgid != 1)	/* that one may only have waited */
			va += PAGE_SIZE;
	}
	return 0;
}
