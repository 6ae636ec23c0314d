// SPDX-License-Identifier: MIT
/*
 * mprotect.c - change what a program may do with a range.
 *
 * Three things carry the rights: the area (what the program asked for), the leaf
 * entries (what the hardware checks) and the TLBs.  The area changes first, with
 * splits at the range's edges and joins where neighbours have become alike (V2).
 * In the entries, rights that the area no longer gives are taken, and the TLBs are
 * flushed if any was.  Rights that it newly gives are added, except W: whether a
 * private page may be written in place is for cow.c to say, and a shared one for
 * the file system, so W comes back by a fault.
 *
 * A leaf whose R, W and X are all clear would be a pointer to a table (vm_prot has
 * the answer), so bits are set before others are cleared.
 *
 * Locks: mmap_lock write-held; ptl a table.
 * Failure: -EACCES or -ENOMEM at some area; those before it are changed, as POSIX
 * allows.
 */
#include "mm/vm/fault.h"
#include "mm/vm/mmap.h"
#include "mm/vm/rmap.h"
#include "uapi/errno.h"

#define ACCESS (VM_READ | VM_WRITE | VM_EXEC)
#define RIGHTS (PTE_R | PTE_W | PTE_X | PTE_U)

/* Entries of one table; true if one lost a right. => ptl held */
static bool protect_run(pte_t *pte, size_t n, unsigned left, u64 rights, bool alone)
{
	bool lost = false;

	for (; n > 0 && left > 0; n--, pte++) {
		pte_t e = pte_get(pte);
		u64 keep, add, take;

		if (pte_none(e))
			continue;
		left--;
		if (unlikely(!pte_present(e)))
			continue;
		keep = rights & (~PTE_W | e.v);
		add = keep & ~e.v;
		take = e.v & RIGHTS & ~keep;
		if ((add | take) == 0)
			continue;
		lost |= take != 0;
		if (alone) {
			pte_set(pte, (pte_t){ (e.v | add) & ~take });
		} else {		/* another hart may be setting A or D */
			pte_set_bits(pte, add);
			pte_clear_bits(pte, take);
		}
	}
	return lost;
}

/* All that is mapped in [start, end) gets flags' rights. */
static void protect_range(struct mm *mm, vaddr_t start, vaddr_t end, u32 flags)
{
	u64 rights = vm_prot(flags) & RIGHTS;
	bool alone = mm == current->mm && mm_private(mm), lost = false;
	vaddr_t va = start, stop;
	pte_t *pte;

	while ((pte = pt_next(mm, &va, end, &stop)) != NULL) {
		struct page *table = pt_page(pte);

		ptl_lock(table);
		lost |= protect_run(pte, (stop - va) >> PAGE_SHIFT, table->index, rights, alone);
		ptl_unlock(table);
		va = stop;
	}
	if (lost)
		tlb_flush_range(mm, start, end);
}

int vma_set_flags(struct mm *mm, vaddr_t start, vaddr_t end, u32 set, u32 clear)
{
	struct vma *v = vma_find(mm, start);

	for (; v != NULL && v->start < end; v = vma_next(v)) {
		u32 flags = (v->flags & ~clear) | set;

		if (flags == v->flags)
			continue;
		if (v->start < start || v->end > end) {
			vaddr_t at = v->start < start ? start : v->start;
			int err = vma_cut(mm, at, MIN(v->end, end));

			if (err != 0)
				return err;
			v = vma_find(mm, at);
		}
		v->flags = flags;
		v = vma_coalesce(v);
	}
	return 0;
}

/* The part [lo, hi) of v. Returns the area that covers it then, or ERR_PTR. */
static struct vma *protect_part(struct vma *v, vaddr_t lo, vaddr_t hi, u32 access)
{
	struct mm *mm = v->mm;
	u32 flags = (v->flags & ~ACCESS) | access;
	s64 pages = (hi - lo) >> PAGE_SHIFT;
	bool charge = (access & VM_WRITE) && !(flags & (VM_SHARED | VM_ACCOUNT | VM_NORESERVE));
	int err = 0;

	if (access & ~(v->flags >> 4))		/* VM_MAYREAD is VM_READ << 4, and so on */
		return ERR_PTR(-EACCES);
	if (flags == v->flags)
		return v;
	if (charge && vm_commit(mm, pages) != 0)
		return ERR_PTR(-ENOMEM);
	if (lo != v->start || hi != v->end) {
		err = vma_cut(mm, lo, hi);
		if (err != 0) {
			if (charge)
				vm_commit(mm, -pages);
			return ERR_PTR(err);
		}
		v = vma_find(mm, lo);
	}
	vma_account(mm, v, -pages);
	v->flags = flags | (charge ? VM_ACCOUNT : 0);
	vma_account(mm, v, pages);
	return vma_coalesce(v);
}

int do_mprotect(struct mm *mm, vaddr_t start, vaddr_t end, int prot)
{
	u32 access = prot & ACCESS;
	vaddr_t lo = start;

	if (access & VM_EXEC)
		icache_flush_mm(mm);	/* what was written there becomes code */
	while (lo < end) {
		struct vma *v = vma_find(mm, lo);
		vaddr_t hi;

		if (v == NULL || v->start > lo)
			return -ENOMEM;
		hi = MIN(v->end, end);
		v = protect_part(v, lo, hi, access);
		if (IS_ERR(v))
			return PTR_ERR(v);
		protect_range(mm, lo, hi, v->flags);
		lo = hi;
	}
	return 0;
}
