// SPDX-License-Identifier: MIT
/*
 * filefault.c - memory that a file stands behind.
 *
 * The page cache holds the one copy of the file's page; a mapping is a PTE to that
 * frame.  Reading through a private or a shared mapping is the same thing.  A
 * write differs: a private one gets its own copy at once (no use in mapping the
 * file's page first), a shared one may store into the file's frame after the file
 * system was told, so that it has a place on disk for it (file_mkwrite).
 *
 * Programs touch files in order, and a fault costs more than the mapping of ten
 * pages: around a read fault, every page of the same aligned 64 KiB that happens
 * to be in the cache is mapped as well.  These get no A bit, so that the reverse
 * map still sees which pages were really used.
 *
 * Truncation: it detaches the page from the cache (page->mapping = NULL) and then
 * removes the PTEs.  We test mapping under ptl before setting an entry: if we saw
 * it attached, the removal, which needs the same ptl, comes after us and finds
 * the entry; if not, we let the page go and fault again.
 *
 * Locks: mmap_lock for reading; ptl around the entries; filemap_page_mkwrite
 * returns with the page locked, which is taken before ptl.
 * Failure: -ENOMEM, or -EFAULT for SIGBUS (behind the end, disk error).
 */
#include "fs/vfs.h"
#include "lib/string.h"
#include "mm/vm/fault.h"
#include "uapi/errno.h"

#define AROUND 16			/* pages, aligned */

static struct address_space *vma_mapping(const struct vma *v)
{
	return v->file->inode->mapping;
}

/* The caller's reference becomes the entry's. => ptl held, entry was zero */
static __always_inline void map_file_page(struct page *table, pte_t *pte, struct page *p, u64 bits)
{
	__atomic_fetch_add(&p->counts, PAGE_MAP_ONE, __ATOMIC_RELAXED);
	pte_set(pte, pte_make(page_to_pfn(p), bits));
	table->index++;
}

/* These pages are about to become code. (tlb.c) */
static __noinline void sync_icache(struct mm *mm, struct page **pages, unsigned n)
{
	bool clean = false, dirty = false;

	for (unsigned i = 0; i < n; i++)
		if (pages[i] != NULL && !page_test(pages[i], PG_ICACHE)) {
			clean |= !page_test(pages[i], PG_DIRTY);
			dirty |= page_test(pages[i], PG_DIRTY);
		}
	if (!clean) {
		/* Not noted for dirty ones: the next write to them passes mark_page_dirty
		 * unseen.  So each space that maps them sees to itself. */
		if (dirty)
			icache_flush_mm(mm);
		return;
	}
	icache_flush();
	for (unsigned i = 0; i < n; i++)
		if (pages[i] != NULL && !page_test(pages[i], PG_DIRTY | PG_ICACHE))
			page_set(pages[i], PG_ICACHE);
}

/* Map what the cache holds of the 16 pages around va. => p0 is va's page, with a reference
 * that is used up; returns FK_FILE, FK_SPURIOUS, or -EAGAIN when p0 was truncated. */
static __noinline int map_around(struct vma *v, vaddr_t va, pte_t *pte, struct page *p0)
{
	struct address_space *m = vma_mapping(v);
	u64 bits = vm_prot(v->flags) & ~PTE_W;
	vaddr_t first = MAX(v->start, ALIGN_DOWN(va, AROUND * PAGE_SIZE));
	vaddr_t last = MIN(v->end, ALIGN_DOWN(va, AROUND * PAGE_SIZE) + AROUND * PAGE_SIZE);
	unsigned n = (last - first) >> PAGE_SHIFT, self = (va - first) >> PAGE_SHIFT;
	struct page *around[AROUND], *table = pt_page(pte);
	int kind = FK_SPURIOUS;
	s64 mapped = 0;

	if (v->flags & VM_RAND_READ) {
		n = 1;
		self = 0;
		around[0] = NULL;
	} else {
		filemap_present(m, vma_index(v, first), n, around);
	}
	if (around[self] != NULL)
		put_page(around[self]);
	around[self] = p0;
	if (v->flags & VM_EXEC)
		sync_icache(v->mm, around, n);
	pte -= self;
	ptl_lock(table);
	for (unsigned i = 0; i < n; i++, pte++) {
		struct page *p = around[i];

		if (p == NULL)
			continue;
		if (likely(pte_none(pte_get(pte)) && READ_ONCE(p->mapping) == m)) {
			map_file_page(table, pte, p, i == self ? bits | PTE_A : bits);
			mapped++;
			around[i] = NULL;
			if (i == self)
				kind = FK_FILE;
		} else if (i == self && p->mapping != m) {
			kind = -EAGAIN;
		}
	}
	ptl_unlock(table);
	for (unsigned i = 0; i < n; i++)
		if (unlikely(around[i] != NULL))
			put_page(around[i]);
	rss_add(v->mm, vma_file_kind(v), mapped);
	return kind;
}

/* Write to an untouched private page: straight to a copy. => uses up p's reference */
static int map_private_copy(struct vma *v, vaddr_t va, pte_t *pte, struct page *p)
{
	struct page *copy = anon_page_alloc(v, va, false), *table;

	if (copy == NULL) {
		put_page(p);
		return -ENOMEM;
	}
	copy_page(page_address(copy), page_address(p));
	table = pt_page(pte);
	ptl_lock(table);
	/* Truncated meanwhile: a read would give SIGBUS, so must this. */
	if (unlikely(!pte_none(pte_get(pte)) || READ_ONCE(p->mapping) != vma_mapping(v))) {
		ptl_unlock(table);
		anon_page_discard(copy);
		put_page(p);
		return -EAGAIN;
	}
	anon_page_map_as(v->flags | VM_WRITE, pte, copy);	/* it was a store */
	table->index++;
	ptl_unlock(table);
	put_page(p);
	rss_add(v->mm, MM_ANONPAGES, 1);
	return FK_FILE_COPY;
}

/* Write to a shared page: the file system agrees, then the entry gets W.  The entry is
 * still what was seen: zero, or the same frame read-only. => uses up p's reference */
static int map_shared_write(struct vma *v, pte_t *pte, struct page *p, pte_t seen)
{
	u64 bits = vm_prot(v->flags) | PTE_A | PTE_D;
	struct page *table = pt_page(pte);
	int err = filemap_page_mkwrite(v->file, p);	/* locks p */

	if (unlikely(err != 0)) {
		put_page(p);
		return err == -EFAULT ? -EAGAIN : err == -ENOMEM ? -ENOMEM : -EFAULT;
	}
	ptl_lock(table);
	if (unlikely(!same_entry(pte_get(pte), seen))) {
		ptl_unlock(table);
		unlock_page(p);
		put_page(p);
		return FK_SPURIOUS;
	}
	if (pte_none(seen)) {
		map_file_page(table, pte, p, bits);
		ptl_unlock(table);
		rss_add(v->mm, vma_file_kind(v), 1);
		unlock_page(p);
	} else {
		pte_set(pte, pte_make(page_to_pfn(p), bits));
		ptl_unlock(table);
		unlock_page(p);
		put_page(p);
	}
	return FK_FILE_WRITE;
}

int file_fault(struct vma *v, vaddr_t va, pte_t *pte, int access)
{
	int result, err;

	for (;;) {
		struct page *p = filemap_fault(v->file, vma_index(v, va), &err);

		if (unlikely(p == NULL))
			return err == -ENOMEM ? -ENOMEM : -EFAULT;
		if (access != FAULT_WRITE)
			result = map_around(v, va, pte, p);
		else if (v->flags & VM_SHARED)
			result = map_shared_write(v, pte, p, (pte_t){ 0 });
		else
			result = map_private_copy(v, va, pte, p);
		if (likely(result != -EAGAIN))
			return result;
		if (!pte_none(pte_get(pte)))
			return FK_SPURIOUS;
	}
}

int file_mkwrite(struct vma *v, vaddr_t va, pte_t *pte, pte_t seen)
{
	struct page *table = pt_page(pte), *p = pte_page(seen);
	int result;

	ptl_lock(table);
	if (unlikely(!same_entry(pte_get(pte), seen))) {
		ptl_unlock(table);
		return FK_SPURIOUS;
	}
	get_page(p);
	ptl_unlock(table);
	result = map_shared_write(v, pte, p, seen);
	if (result != -EAGAIN)
		return result;
	/* Truncated: the entry goes, or has gone.  But a reader who knew the old size may have
	 * brought an empty page behind the end, which stays: no store will ever be allowed. */
	return vma_index(v, va) >= DIV_ROUND_UP(READ_ONCE(v->file->inode->size), PAGE_SIZE) ?
	       -EFAULT : FK_SPURIOUS;
}
