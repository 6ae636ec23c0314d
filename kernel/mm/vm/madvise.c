// SPDX-License-Identifier: MIT
/*
 * madvise.c - what a program knows about its future use of memory.
 *
 *	NORMAL, SEQUENTIAL, RANDOM  how far to read ahead: flags of the area and the file
 *	WILLNEED	start reading the file's pages
 *	DONTNEED	contents are no longer wanted: pages go now; the next touch finds
 *			zeroes (anonymous, private) or the file
 *	FREE		the same, when memory is short: pages become clean and join the
 *			page cache's list of what to give back; a write makes such a page
 *			dirty and so keeps it (drop_lazyfree).  Private anonymous memory only.
 *	COLD		not used soon: forget that pages were used
 *	PAGEOUT		not used at all: file pages are unmapped, written if dirty, and leave
 *			the page cache if nobody else maps them; anonymous ones, and all of an
 *			area that can make private copies, have no other home and are COLD
 *
 * Locks: mmap_lock for writing where flags change, for reading else: the areas stay,
 * tables stay (zap without T2's right frees none), and entries are under ptl.
 */
#include "fs/vfs.h"
#include "mm/phys/vmstat.h"
#include "mm/vm/madvise.h"
#include "mm/vm/mmap.h"
#include "mm/vm/pgwalk.h"
#include "mm/vm/zap.h"
#include "uapi/errno.h"

/* Take bits from every present entry of [start, end); lazy: only where nobody else uses
 * the page, which reclaim may then have. */
static void clear_range(struct vma *v, vaddr_t start, vaddr_t end, u64 bits, bool lazy)
{
	unsigned given = 0;
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
			if (lazy && (!(pte_page(e)->anon & PAGE_ANON) ||
				     !lru_add_lazyfree(pte_page(e))))
				continue;
			given += lazy;
			pte_clear_bits(pte, bits);
			any = true;
		}
		ptl_unlock(table);
	}
	if (any)
		tlb_flush_range(v->mm, start, end);
	count_vm_events(PGLAZYFREE, given);
}

static void zap_part(struct vma *v, vaddr_t lo, vaddr_t hi)
{
	struct zap z;

	zap_begin(&z, v->mm, false);
	zap_range(&z, v, lo, hi);
	zap_end(&z);
}

/* Nor will it hold others while mmap_lock is read-held: a fault that is going on just now may
 * make a private copy where there was none. */
static bool only_file_pages(const struct vma *v)
{
	return v->file != NULL && v->anon_vma == NULL &&
	       (v->flags & (VM_SHARED | VM_WRITE)) != VM_WRITE;
}

/* Unmap a file's pages here and let go of what nobody else maps. */
static void page_out(struct vma *v, vaddr_t lo, vaddr_t hi)
{
	struct address_space *m = v->file->inode->mapping;
	u64 first = vma_index(v, lo), last = vma_index(v, hi) - 1;

	zap_part(v, lo, hi);
	filemap_write(m, first, last, false);
	invalidate_pages(m, first, last);
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
		if (advice == MADV_PAGEOUT && only_file_pages(v))
			page_out(v, lo, hi);
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
