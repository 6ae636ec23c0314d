// SPDX-License-Identifier: MIT
/* cache_internal.h - what the files of mm/cache know of each other. */
#ifndef MM_CACHE_INTERNAL_H
#define MM_CACHE_INTERNAL_H

#include "fs/vfs.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/cache/pagecache.h"
#include "mm/vm/mm.h"
#include "sync/wait.h"

/* --- filemap.c --- */
extern atomic64_t nr_cache_pages;	/* in any mapping, tmpfs included */
extern atomic64_t nr_shmem_pages;	/* in AS_SHMEM mappings */
extern atomic64_t nr_dirty_pages;	/* PG_DIRTY in a mapping that is written back */
extern atomic64_t nr_writeback_pages;

/* Put a new page (refcount 1, the caller's) into m at index.
 * => on success the cache has a reference of its own, the page is locked and on the LRU;
 *    -EEXIST, -ENOMEM: page untouched. */
int add_to_page_cache(struct address_space *m, struct page *page, u64 index, gfp_t gfp);
/* As read_mapping_page, for callers without locks of a file system (but inode->lock). */
struct page *read_page(struct address_space *m, u64 index, gfp_t gfp);
/* Detach a locked page that nobody but the cache and the caller refers to.
 * => false if there is another user, or the page is dirty or under write-back.
 * => on success the cache's reference is gone. */
bool remove_clean_page(struct address_space *m, struct page *page);
/* PG_DIRTY becomes PG_WRITEBACK. => page locked, in m. false: it was not dirty. */
bool page_begin_writeback(struct address_space *m, struct page *page);

/* --- lru.c --- */
void lru_add(struct page *page);
void lru_add_batch(struct page **pages, unsigned n);

/* --- readahead.c --- */
/* The page at index is missing: read it and what will follow; req pages are wanted. */
void readahead_miss(struct file *f, struct address_space *m, u64 index, u64 req);
/* A reader has reached a page with PG_READAHEAD. */
void readahead_marker(struct file *f, struct address_space *m, struct page *page, u64 req);

/* --- writeback.c --- */
void writeback_init(void);
void wb_list_add(struct address_space *m);	/* it has something to write now */
void wb_list_del(struct address_space *m);	/* the inode goes */
void drop_unfilled(struct address_space *m, struct page *page);
void pagecache_clear_tail(struct inode *inode);
void writeback_kick(void);
void writeback_progress(void);			/* a page's write-back has ended; any context */

/* For a disk that says nothing, and before memory is refused because of it. */
#define PATIENCE_MS 500

/* Wait until some write-back ends, nothing is left to be written, or ms have passed. */
void writeback_wait_progress(unsigned ms);
extern u64 dirty_background_limit;		/* pages; above it the thread writes */

/* --- page_wait.c --- */
void page_wait_init(void);

/* find_get_page in line. */
static __always_inline struct page *find_page(struct address_space *m, u64 index)
{
	struct page *page;

	spin_lock(&m->lock);
	page = xa_load(&m->pages, index);
	if (page != NULL)
		get_page(page);
	spin_unlock(&m->lock);
	return page;
}

/* A page can be dropped by truncation between look-up and use; who sleeps in between asks
 * again whether it is still the page at index of m. */
static inline bool page_attached(const struct page *page, const struct address_space *m)
{
	return READ_ONCE(page->mapping) == m;
}

static inline void mark_page_accessed(struct page *page)
{
	if (!page_test(page, PG_REFERENCED))
		page_set(page, PG_REFERENCED);
}

#endif
