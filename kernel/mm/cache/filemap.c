// SPDX-License-Identifier: MIT
/*
 * filemap.c - the index: which page holds which part of which file.
 *
 * Every inode with data has an address_space: a radix tree from page number in the file
 * to struct page.  A look-up costs the tree's depth (a file of 256 KiB: one node, of
 * 16 MiB: two, of 1 GiB: three) under mapping->lock, which is held for some thirty
 * instructions and never across anything that waits.
 *
 * Invariants, whenever mapping->lock is free:
 *   C1  page->mapping == m and page->index == i  <=>  m's tree maps i to page.
 *   C2  the tree holds one reference to each of its pages, so a page in the cache has
 *       refcount >= 1; a page that is being filled is locked.
 *   C3  PG_DIRTY of a page in m <=> its XA_MARK_DIRTY; m->nr_dirty counts the marks.
 *       (Not for AS_SHMEM: its pages have no other home and are not counted.)
 *   C4  XA_MARK_WRITEBACK is set where PG_WRITEBACK is; it may stay behind after the
 *       I/O (completion runs in an interrupt and takes no mapping->lock) until
 *       filemap_wait takes it away.
 *   C5  a page that nobody can reach any more has left the tree under its page lock
 *       and mapping->lock; mapping becomes NULL in the same section.
 *
 * A page is found by taking a reference under mapping->lock.  So whoever holds that lock
 * and sees exactly the references he knows of can be sure that nobody will come to the
 * page in another way (remove_clean_page), and there is no need for the page lock to read a
 * page: PG_UPTODATE never goes away while the page is attached.
 *
 * Failure: the tree's nodes are allocated under the spinlock from the reserve; when that
 * is empty, we let go, make room, and try again.
 */
#include "mm/cache/cache_internal.h"
#include "mm/kmem/slab.h"

atomic64_t nr_cache_pages, nr_shmem_pages, nr_dirty_pages, nr_writeback_pages;

static struct kmem_cache *xa_node_cache;

struct xa_node *xa_node_alloc(void)
{
	return kmem_cache_zalloc(xa_node_cache, GFP_ATOMIC | __GFP_NOWARN);
}

void xa_node_free(struct xa_node *node)
{
	kmem_cache_free(xa_node_cache, node);
}

void mapping_init(struct address_space *m, struct inode *host, const struct address_space_ops *ops)
{
	m->host = host;
	m->ops = ops;
	spin_lock_init(&m->lock, "mapping");
	m->pages = XARRAY_INIT;
	m->nr_pages = m->nr_dirty = 0;
	rwsem_init(&m->i_mmap_lock, "i_mmap");
	m->i_mmap = RB_ROOT_INIT;
	atomic_set(&m->i_mmap_writable, 0);
	list_init(&m->dirty_link);
	m->dirtied_when = 0;
	m->wb_err = 0;
	m->flags = 0;
}

/* --- look-up --- */

struct page *find_get_page(struct address_space *m, u64 index)
{
	return find_page(m, index);
}

unsigned find_get_pages(struct address_space *m, u64 *index, u64 last, struct page **out, unsigned n)
{
	unsigned got;

	spin_lock(&m->lock);
	got = xa_extract(&m->pages, index, last, (void **)out, n);
	for (unsigned i = 0; i < got; i++)
		get_page(out[i]);
	spin_unlock(&m->lock);
	return got;
}

/* For fault-around: one descent of the tree for all neighbours.  They come out packed and
 * are moved to their places from the far end, so that none is overwritten. */
void filemap_present(struct address_space *m, u64 index, unsigned n, struct page **out)
{
	unsigned got, next = n;
	u64 i = index;

	spin_lock(&m->lock);
	got = xa_extract(&m->pages, &i, index + n - 1, (void **)out, n);
	if (likely(got == n)) {			/* all there: all in their places */
		for (struct page **p = out; p != out + n; p++) {
			if (likely((READ_ONCE((*p)->flags) &
				    (PG_UPTODATE | PG_LOCKED | PG_READAHEAD)) == PG_UPTODATE))
				get_page(*p);
			else
				*p = NULL;
		}
		spin_unlock(&m->lock);
		return;
	}
	while (got-- != 0) {
		struct page *page = out[got];
		unsigned at = (unsigned)(page->index - index);

		while (--next != at)
			out[next] = NULL;
		if (likely((READ_ONCE(page->flags) & (PG_UPTODATE | PG_LOCKED | PG_READAHEAD)) ==
			   PG_UPTODATE)) {
			get_page(page);
		} else {
			page = NULL;
		}
		out[at] = page;
	}
	spin_unlock(&m->lock);
	while (next-- != 0)
		out[next] = NULL;
}

/* --- coming and going --- */

int add_to_page_cache(struct address_space *m, struct page *page, u64 index, gfp_t gfp)
{
	u32 fresh = PG_LOCKED | (m->flags & AS_SHMEM ? PG_SWAPBACKED : 0);
	int err;

	/* Nobody else can see the page yet. */
	page->flags |= fresh;
	page->mapping = m;
	page->index = index;
	get_page(page);
	for (int tries = 0;; tries++) {
		spin_lock(&m->lock);
		err = xa_insert(&m->pages, index, page);
		if (err == 0)
			m->nr_pages++;
		spin_unlock(&m->lock);
		if (err != -ENOMEM || tries == 8 || !(gfp & __GFP_WAIT))
			break;
		/* No node: fill the reserve by an ordinary allocation's means. */
		struct page *spare = alloc_page(gfp & ~__GFP_ZERO);

		if (spare != NULL)
			free_page(spare);
	}
	if (unlikely(err)) {
		page->flags &= ~fresh;
		page->mapping = NULL;
		__atomic_fetch_sub(&page->counts, 1, __ATOMIC_RELAXED);
		return err;
	}
	atomic_add(&nr_cache_pages, 1);
	if (m->flags & AS_SHMEM)
		atomic_add(&nr_shmem_pages, 1);
	return 0;
}

/* Take the page out of the tree.  => m->lock held; page locked. */
static void detach_locked(struct address_space *m, struct page *page)
{
	assert(holding(&m->lock));
	assert(page->mapping == m);
	if (page_test_and_clear(page, PG_DIRTY) && !(m->flags & AS_SHMEM)) {
		m->nr_dirty--;
		atomic_add(&nr_dirty_pages, -1);
	}
	xa_erase(&m->pages, page->index);
	m->nr_pages--;
	WRITE_ONCE(page->mapping, NULL);
	atomic_add(&nr_cache_pages, -1);
	if (m->flags & AS_SHMEM)
		atomic_add(&nr_shmem_pages, -1);
}

void delete_from_page_cache(struct page *page)
{
	struct address_space *m = page->mapping;

	debug_assert(page_test(page, PG_LOCKED));
	spin_lock(&m->lock);
	detach_locked(m, page);
	spin_unlock(&m->lock);
	put_page(page);
}

bool remove_clean_page(struct address_space *m, struct page *page)
{
	bool gone = false;

	spin_lock(&m->lock);
	/* Two references, ours and the tree's, and no PTE: with the lock held no third
	 * can come.  A user PTE holds a reference too, so page_refs covers it. */
	if (page->mapping == m && page_refs(page) == 2 &&
	    !page_test(page, PG_DIRTY | PG_WRITEBACK | PG_LOGGED)) {
		detach_locked(m, page);
		gone = true;
	}
	spin_unlock(&m->lock);
	if (gone)
		put_page(page);
	return gone;
}

struct page *grab_page(struct address_space *m, u64 index, gfp_t gfp)
{
	struct page *page;
	int err;

	for (;;) {
		page = find_page(m, index);
		if (likely(page != NULL)) {
			lock_page(page);
			if (likely(page_attached(page, m)))
				return page;
			unlock_page(page);	/* truncated while we waited */
			put_page(page);
			continue;
		}
		page = alloc_page(gfp);
		if (page == NULL)
			return ERR_PTR(-ENOMEM);
		err = add_to_page_cache(m, page, index, gfp);
		if (err == 0) {
			if (!(m->flags & AS_SHMEM))
				lru_add(page);
			return page;
		}
		free_page(page);
		if (err != -EEXIST)
			return ERR_PTR(err);
	}
}

/* From within a file system: it may hold locks that write-back wants. */
struct page *read_mapping_page(struct address_space *m, u64 index)
{
	return read_page(m, index, GFP_NOFS);
}

struct page *read_page(struct address_space *m, u64 index, gfp_t gfp)
{
	struct page *page = find_page(m, index);
	int err;

	if (page != NULL && page_test(page, PG_UPTODATE))
		return page;
	if (page != NULL)
		put_page(page);
	for (;;) {
		page = grab_page(m, index, gfp);
		if (IS_ERR(page))
			return page;
		if (page_test(page, PG_UPTODATE)) {
			unlock_page(page);
			return page;
		}
		if (m->ops->read_pages == NULL) {
			clear_page(page_address(page));
			page_set(page, PG_UPTODATE);
			unlock_page(page);
			return page;
		}
		page_clear(page, PG_ERROR);
		err = m->ops->read_pages(m, &page, 1);
		wait_on_page(page, PG_LOCKED);
		if (err == 0 && page_test(page, PG_UPTODATE))
			return page;
		if (err == 0 && !page_test(page, PG_ERROR) && !page_attached(page, m)) {
			put_page(page);		/* truncated before we looked: again */
			continue;
		}
		put_page(page);
		return ERR_PTR(err ? err : -EIO);
	}
}

/* --- dirty --- */

void mark_page_dirty(struct page *page)
{
	struct address_space *m;
	bool first = false;

	/* The stores to the page come before the look at the flag, and write-back clears
	 * the flag before it reads the page: one of the two sees the other. */
	smp_mb();
	if (likely(page_test(page, PG_DIRTY)))
		return;
	if (page_test(page, PG_ICACHE))
		page_clear(page, PG_ICACHE);
	m = READ_ONCE(page->mapping);
	if (m == NULL)			/* truncated: its data no longer matter */
		return;
	if (m->flags & AS_SHMEM) {
		page_set(page, PG_DIRTY);
		return;
	}
	spin_lock(&m->lock);
	if (page->mapping == m && !page_test_and_set(page, PG_DIRTY)) {
		xa_set_mark(&m->pages, page->index, XA_MARK_DIRTY);
		first = m->nr_dirty++ == 0;
		atomic_add(&nr_dirty_pages, 1);
	}
	spin_unlock(&m->lock);
	if (first)
		wb_list_add(m);
}

/* The common part of the two ways out of the dirty state. => m->lock held */
static bool clear_dirty_locked(struct address_space *m, struct page *page)
{
	if (page->mapping != m || !page_test_and_clear(page, PG_DIRTY))
		return false;
	if (!(m->flags & AS_SHMEM)) {
		xa_clear_mark(&m->pages, page->index, XA_MARK_DIRTY);
		m->nr_dirty--;
		atomic_add(&nr_dirty_pages, -1);
	}
	return true;
}

bool page_begin_writeback(struct address_space *m, struct page *page)
{
	bool was;

	if (page_maps(page) != 0 && page_mkclean(page))
		mark_page_dirty(page);
	spin_lock(&m->lock);
	was = clear_dirty_locked(m, page);
	if (was) {
		page_set(page, PG_WRITEBACK);
		xa_set_mark(&m->pages, page->index, XA_MARK_WRITEBACK);
		atomic_add(&nr_writeback_pages, 1);
	}
	spin_unlock(&m->lock);
	return was;
}

/* --- dropping ranges --- */

#define BATCH 16

void truncate_pages(struct address_space *m, u64 first, u64 last)
{
	struct page *batch[BATCH];
	u64 index = first;
	unsigned n;

	if (first > last)
		return;
	if (m->i_mmap.node != NULL)
		unmap_mapping_range(m, first, last, true);
	while (index <= last && m->nr_pages != 0 &&
	       (n = find_get_pages(m, &index, last, batch, BATCH)) != 0) {
		for (unsigned i = 0; i < n; i++) {
			struct page *page = batch[i];

			lock_page(page);
			if (page_attached(page, m)) {
				wait_on_page(page, PG_WRITEBACK);
				if (page_test(page, PG_LOGGED) && m->ops->release_page != NULL)
					m->ops->release_page(m, page);
				delete_from_page_cache(page);
			}
			unlock_page(page);
			put_page(page);
		}
		if (index == 0)		/* wrapped behind the last possible page */
			break;
	}
	/* A fault that saw a page attached has set its PTE by now or sets it before we get
	 * its page-table lock: the second pass takes those. */
	smp_mb();
	if (m->i_mmap.node != NULL)
		unmap_mapping_range(m, first, last, true);
}

unsigned long invalidate_pages(struct address_space *m, u64 first, u64 last)
{
	struct page *batch[BATCH];
	unsigned long gone = 0;
	u64 index = first;
	unsigned n;

	while (index <= last && (n = find_get_pages(m, &index, last, batch, BATCH)) != 0) {
		for (unsigned i = 0; i < n; i++) {
			struct page *page = batch[i];

			if (page_refs(page) == 2 && !(m->flags & AS_SHMEM) && trylock_page(page)) {
				/* A dirty page must keep what release_page gives back. */
				if (page_attached(page, m) &&
				    !page_test(page, PG_DIRTY | PG_WRITEBACK) &&
				    (m->ops->release_page == NULL || m->ops->release_page(m, page)) &&
				    remove_clean_page(m, page))
					gone++;
				unlock_page(page);
			}
			put_page(page);
		}
		if (index == 0)
			break;
	}
	return gone;
}

void mapping_destroy(struct address_space *m)
{
	assert(m->i_mmap.node == NULL);
	truncate_pages(m, 0, ~0UL);
	assert(m->nr_pages == 0 && m->nr_dirty == 0);
}

unsigned long pagecache_pages(void)
{
	return atomic_read(&nr_cache_pages);
}

unsigned long pagecache_dirty(void)
{
	return atomic_read(&nr_dirty_pages);
}

unsigned long pagecache_writeback(void)
{
	return atomic_read(&nr_writeback_pages);
}

unsigned long pagecache_shmem(void)
{
	return atomic_read(&nr_shmem_pages);
}

bool memory_short(unsigned part)
{
	u64 cache = pagecache_pages() - pagecache_shmem(), locked = atomic_read(&vm_locked_file);

	return nr_free_pages() + (cache > locked ? cache - locked : 0) < nr_total_pages() / part;
}

void pagecache_init(void)
{
	xa_node_cache = kmem_cache_create("xa_node", sizeof(struct xa_node), 0,
					  SLAB_PANIC | SLAB_RECLAIMABLE, NULL, NULL);
	page_wait_init();
	writeback_init();
}
