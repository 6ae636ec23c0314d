// SPDX-License-Identifier: MIT
/*
 * madvise.c - what a program knows about its future use of memory.
 *
 *	NORMAL, SEQUENTIAL, RANDOM  how far to read ahead: flags of the area and the file
 *	WILLNEED	start reading the file's pages
 *	DONTNEED	contents are no longer wanted: pages go now; the next touch finds
 *			zeroes (anonymous, private) or the file
 *	FREE		the same, when memory is short: pages become clean, and a clean
 *			anonymous page may be dropped by reclaim; a write makes it dirty
 *			and so keeps it.  Private anonymous memory only.
 *	COLD		not used soon: forget that pages were used
 *	PAGEOUT		not used at all: COLD, and file pages that nobody else maps leave
 *			this address space (anonymous ones wait for swap)
 *
 * Locks: mmap_lock for writing where flags change, for reading else: the areas stay,
 * tables stay (zap without T2's right frees none), and entries are under ptl.
 */
#include "fs/vfs.h"
#include "mm/vm/madvise.h"
#include "mm/vm/mmap.h"
#include "mm/vm/pgwalk.h"
#include "mm/vm/zap.h"
#include "uapi/errno.h"

/* Take bits from every present entry of [start, end) that keep() allows. */
static void clear_range(struct vma *v, vaddr_t start, vaddr_t end, u64 bits, bool own_only)
{
	vaddr_t va = start, stop;
	bool any = false;
	pte_t *pte;

	while ((pte = pt_next(v->mm, &va, end, &stop)) != NULL) {
		struct page *table = pt_page(pte);

		ptl_lock(table);
		for (; va < stop; va += PAGE_SIZE, pte++) {
			pte_t e = pte_get(pte);

			if (!pte_present(e) || pte_special(e) || !(e.v & bits))
				continue;
			if (own_only && (!(pte_page(e)->anon & PAGE_ANON) || page_refs(pte_page(e)) != 1))
				continue;
			pte_clear_bits(pte, bits);
			any = true;
		}
		ptl_unlock(table);
	}
	if (any)
		tlb_flush_range(v->mm, start, end);
}

static void zap_part(struct vma *v, vaddr_t lo, vaddr_t hi)
{
	struct zap z;

	zap_begin(&z, v->mm, false);
	zap_range(&z, v, lo, hi);
	zap_end(&z);
}

/* One area's part. => mmap_lock read-held */
static int advise_part(struct vma *v, vaddr_t lo, vaddr_t hi, int advice)
{
	switch (advice) {
	case MADV_DONTNEED:
		if (v->flags & VM_LOCKED)
			return -EINVAL;
		zap_part(v, lo, hi);
		return 0;
	case MADV_FREE:
		if (v->file != NULL || (v->flags & (VM_SHARED | VM_LOCKED)))
			return -EINVAL;
		clear_range(v, lo, hi, PTE_A | PTE_D, true);
		return 0;
	case MADV_WILLNEED:
		if (v->file != NULL)
			filemap_willneed(v->file, vma_index(v, lo), vma_index(v, hi) - 1);
		return 0;
	case MADV_COLD:
	case MADV_PAGEOUT:
		if (v->flags & VM_LOCKED)
			return -EINVAL;
		if (advice == MADV_PAGEOUT && v->file != NULL && v->anon_vma == NULL)
			zap_part(v, lo, hi);
		else
			clear_range(v, lo, hi, PTE_A, false);
		return 0;
	}
	return -EINVAL;
}

/* NORMAL, SEQUENTIAL, RANDOM. => mmap_lock write-held */
static int advise_pattern(struct mm *mm, vaddr_t start, vaddr_t end, int advice)
{
	u32 set = advice == MADV_SEQUENTIAL ? VM_SEQ_READ :
		  advice == MADV_RANDOM ? VM_RAND_READ : 0;
	struct vma *v;

	for (v = vma_find(mm, start); v != NULL && v->start < end; v = vma_next(v))
		if (v->file != NULL)
			filemap_advise(v->file, advice);
	return vma_set_flags(mm, start, end, set, (VM_SEQ_READ | VM_RAND_READ) & ~set);
}

static bool known(int advice)
{
	return (advice >= MADV_NORMAL && advice <= MADV_DONTNEED) || advice == MADV_FREE ||
	       advice == MADV_COLD || advice == MADV_PAGEOUT;
}

/* What needs no more than looking at each area. => mmap_lock read-held */
static int advise_each(struct mm *mm, vaddr_t start, vaddr_t end, int advice)
{
	struct vma *v = vma_find(mm, start);
	vaddr_t at = start;
	int err = 0;

	/* A hole is told with -ENOMEM, but the areas around it are served first. */
	for (; v != NULL && v->start < end; v = vma_next(v)) {
		int e;

		if (v->start > at)
			err = -ENOMEM;
		e = advise_part(v, MAX(v->start, start), MIN(v->end, end), advice);
		if (e != 0)
			return e;
		at = v->end;
	}
	return at < end ? -ENOMEM : err;
}

int do_madvise(struct mm *mm, vaddr_t start, size_t len, int advice)
{
	vaddr_t end;
	int err;

	if (!known(advice))
		return -EINVAL;
	err = user_range(start, len, &end);
	if (err != 0 || start == end)
		return err;
	if (advice <= MADV_SEQUENTIAL) {
		down_write(&mm->mmap_lock);
		err = advise_pattern(mm, start, end, advice);
		if (err == 0 && !range_mapped(mm, start, end))
			err = -ENOMEM;
		up_write(&mm->mmap_lock);
	} else {
		down_read(&mm->mmap_lock);
		err = advise_each(mm, start, end, advice);
		up_read(&mm->mmap_lock);
	}
	return err;
}
