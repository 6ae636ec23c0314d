// SPDX-License-Identifier: MIT
/*
 * mremap.c - make a mapping longer, shorter, or move it, pages and all.
 *
 * Shorter is munmap.  Longer in place, if the hole above is large enough, moves a
 * bound.  Else the mapping moves: a new area elsewhere, the leaf entries carried
 * over one by one (no page is copied or touched), the old area unmapped.
 *
 * An anonymous page is found again through index - pgoff (rmap.c), so the moved
 * area keeps its pgoff; only an area that has no pages yet is renumbered for its
 * new place, where it may then merge.
 *
 * While an entry is on its way the reverse map could look at the new place before
 * it arrives and at the old one after it left.  So the locks that a walker needs,
 * i_mmap_lock or anon_vma->lock, are held while entries move, and the TLBs forget
 * the old address before ptl is released: whoever takes the page away through its
 * new entry flushes only the new address.
 *
 * Locks: mmap_lock write-held; both tables' ptl, which nobody else nests in this mm.
 * Failure: -ENOMEM with everything where it was (the entries go back), but for what
 * MREMAP_FIXED has unmapped at the new place, as in Linux.
 */
#include "fs/vfs.h"
#include "mm/vm/mmap.h"
#include "mm/vm/mremap.h"
#include "mm/vm/pgwalk.h"
#include "mm/vm/rmap.h"
#include "uapi/errno.h"

/* The n entries at src go to dst. => both ptl held; how many went */
static unsigned move_run(pte_t *src, pte_t *dst, size_t n, unsigned left)
{
	unsigned moved = 0;

	for (; n > 0 && left > 0; n--, src++, dst++) {
		if (pte_none(pte_get(src)))
			continue;
		left--;
		pte_set(dst, pte_xchg(src, (pte_t){ 0 }));
		moved++;
	}
	return moved;
}

static void move_locked(struct mm *mm, pte_t *src, vaddr_t va, pte_t *dst, size_t n)
{
	struct page *from = pt_page(src), *to = pt_page(dst);
	unsigned moved;

	ptl_lock(from);
	if (to != from)
		ptl_lock(to);
	moved = move_run(src, dst, n, from->index);
	from->index -= moved;
	to->index += moved;
	if (moved != 0)
		tlb_flush_range(mm, va, va + n * PAGE_SIZE);
	if (to != from)
		ptl_unlock(to);
	ptl_unlock(from);
}

/* What a walker of the reverse map needs to look at v. */
static void hold_off_walkers(struct vma *v)
{
	if (v->file != NULL)
		down_write(&v->file->inode->mapping->i_mmap_lock);
	if (v->anon_vma != NULL)
		spin_lock(&v->anon_vma->lock);
}

static void admit_walkers(struct vma *v)
{
	if (v->anon_vma != NULL)
		spin_unlock(&v->anon_vma->lock);
	if (v->file != NULL)
		up_write(&v->file->inode->mapping->i_mmap_lock);
}

/* All entries of [va, end) of area v to the same place after to. => -ENOMEM: some moved */
static int move_entries(struct vma *v, vaddr_t va, vaddr_t end, vaddr_t to)
{
	const vaddr_t start = va;
	vaddr_t stop;
	pte_t *src, *dst;

	while ((src = pt_next(v->mm, &va, end, &stop)) != NULL) {
		vaddr_t new = to + (va - start);
		vaddr_t table_end = (new | (PT_SPAN(1) - 1)) + 1;
		size_t n = MIN(stop - va, table_end - new) >> PAGE_SHIFT;

		dst = pt_walk_alloc(v->mm, new);
		if (dst == NULL)
			return -ENOMEM;
		hold_off_walkers(v);
		move_locked(v->mm, src, va, dst, n);
		admit_walkers(v);
		va += n * PAGE_SIZE;
	}
	return 0;
}

/* The area that will hold v's pages at [at, at+len). NULL: no memory */
static struct vma *twin(struct vma *v, vaddr_t at, size_t len)
{
	struct vma *new = vma_alloc();

	if (new == NULL)
		return NULL;
	*new = *v;
	new->start = at;
	new->end = at + len;
	new->anon_vma = NULL;
	new->touched = true;		/* it will have v's tables */
	if (v->file != NULL)
		file_get(v->file);
	else if (v->anon_vma == NULL)
		new->pgoff = at >> PAGE_SHIFT;
	vma_insert(v->mm, new);
	rmap_fork(new, v);
	return new;
}

/* Move all of v to [at, at+len). => at is free; v is exactly what moves */
static long move_area(struct vma *v, vaddr_t at, size_t len)
{
	struct mm *mm = v->mm;
	vaddr_t start = v->start, end = v->end;
	struct vma *new;
	s64 pages = len >> PAGE_SHIFT;

	if ((v->flags & VM_ACCOUNT) && vm_commit(mm, pages) != 0)
		return -ENOMEM;
	new = mm->nr_vmas < MAX_MAP_COUNT ? twin(v, at, len) : NULL;
	if (new == NULL) {
		if (v->flags & VM_ACCOUNT)
			vm_commit(mm, -pages);
		return -ENOMEM;
	}
	vma_account(mm, new, pages);
	if (move_entries(v, start, end, at) != 0) {
		/* Back again: the tables that they came from are still there. */
		move_entries(new, at, at + (end - start), start);
		do_munmap(mm, at, len);
		return -ENOMEM;
	}
	do_munmap(mm, start, end - start);
	vma_coalesce(new);
	return at;
}

/* Longer in place, if there is room. => 0, or -ENOMEM */
static int grow_in_place(struct vma *v, vaddr_t end)
{
	struct mm *mm = v->mm;
	struct vma *next = vma_next(v);
	s64 pages = (end - v->end) >> PAGE_SHIFT;

	if (end > USER_TOP || (next != NULL && next->start < end +
			       (next->flags & VM_GROWSDOWN ? STACK_GUARD : 0)))
		return -ENOMEM;
	if ((v->flags & VM_ACCOUNT) && vm_commit(mm, pages) != 0)
		return -ENOMEM;
	vma_move_end(v, end);
	vma_account(mm, v, pages);
	vma_coalesce(v);
	return 0;
}

/* Old length 0 of a shared mapping: a second mapping of the same file pages. */
static long duplicate(struct vma *v, vaddr_t addr, vaddr_t to, size_t len, int flags)
{
	int prot = v->flags & (VM_READ | VM_WRITE | VM_EXEC);

	if (!(v->flags & VM_SHARED))
		return -EINVAL;
	if (!(flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	return do_mmap(v->mm, to, len, prot, MAP_SHARED | (flags & MREMAP_FIXED ? MAP_FIXED : 0),
		       v->file, vma_index(v, addr));
}

static int check(vaddr_t addr, size_t old_len, size_t new_len, int flags, vaddr_t to)
{
	if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED)) || !IS_ALIGNED(addr, PAGE_SIZE) || new_len == 0 ||
	    new_len > USER_TOP || old_len > USER_TOP || addr > USER_TOP - old_len)
		return -EINVAL;
	if (!(flags & MREMAP_FIXED))
		return 0;
	if (!(flags & MREMAP_MAYMOVE) || !IS_ALIGNED(to, PAGE_SIZE) || to > USER_TOP - new_len ||
	    to < PAGE_SIZE || (addr < to + new_len && to < addr + old_len))
		return -EINVAL;
	return 0;
}

/* Everything that asks for more than shortening in place. */
static long grow_or_move(struct mm *mm, vaddr_t addr, size_t old_len, size_t new_len, int flags,
			 vaddr_t to)
{
	struct vma *v = vma_at(mm, addr), *next;
	u64 more = new_len > old_len ? (new_len - old_len) >> PAGE_SHIFT : 0;
	long moved;
	int err;

	if (v == NULL)
		return -EFAULT;
	if (old_len == 0)
		return duplicate(v, addr, to, new_len, flags);
	if (addr + old_len > v->end)
		return -EFAULT;
	if (v->file != NULL && vma_index(v, addr) + (new_len >> PAGE_SHIFT) < vma_index(v, addr))
		return -EINVAL;
	err = mm_may_add(mm, more, v->flags);
	if (err != 0)
		return err;
	if (!(flags & MREMAP_FIXED) && addr + old_len == v->end &&
	    grow_in_place(v, addr + new_len) == 0)
		return addr;
	if (!(flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	if (flags & MREMAP_FIXED)
		err = do_munmap(mm, to, new_len);
	else if ((to = mmap_find(mm, 0, new_len, &next)) == 0)
		err = -ENOMEM;
	if (err == 0)
		err = vma_cut(mm, addr, addr + old_len);
	if (err != 0)
		return err;
	moved = move_area(vma_at(mm, addr), to, new_len);
	if (moved < 0)
		vma_coalesce(vma_at(mm, addr));	/* V2: what was cut out is as its neighbours */
	return moved;
}

long do_mremap(struct mm *mm, vaddr_t addr, size_t old_len, size_t new_len, int flags, vaddr_t to)
{
	int err;

	old_len = PAGE_ALIGN(old_len);
	new_len = PAGE_ALIGN(new_len);
	err = check(addr, old_len, new_len, flags, to);
	if (err != 0)
		return err;
	if (old_len != 0 && new_len <= old_len) {
		if (!range_mapped(mm, addr, addr + old_len))
			return -EFAULT;
		if (new_len < old_len)
			err = do_munmap(mm, addr + new_len, old_len - new_len);
		if (err != 0 || !(flags & MREMAP_FIXED))
			return err != 0 ? err : (long)addr;
		old_len = new_len;
	}
	return grow_or_move(mm, addr, old_len, new_len, flags, to);
}
