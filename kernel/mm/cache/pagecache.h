// SPDX-License-Identifier: MIT
/*
 * pagecache.h - one copy of file data in memory: for read, write and mmap alike.
 *
 * An address_space is the cached pages of one inode (or one block device), with
 * the operations that fill and clean them.
 *
 * Locks: (m) mapping->lock, a spinlock  (i) i_mmap_lock  (a) atomic
 */
#ifndef MM_PAGECACHE_H
#define MM_PAGECACHE_H

#include "lib/rbtree.h"
#include "lib/xarray.h"
#include "mm/phys/gfp.h"
#include "mm/phys/page.h"
#include "sync/rwsem.h"

struct address_space;
struct inode;
struct file;
struct vma;

struct address_space_ops {
	/* No operation may take inode->lock: a fault runs them under mmap_lock, and write(2)
	 * may take mmap_lock (by a fault) under inode->lock. */

	/* Fill n locked, not up-to-date pages of consecutive indexes.  Each is unlocked
	 * (and PG_UPTODATE or PG_ERROR set) when its data are there, perhaps later.
	 * => 0; on error all pages are unlocked with PG_ERROR set. */
	int (*read_pages)(struct address_space *m, struct page **pages, unsigned n);
	/* Write n locked dirty pages of consecutive indexes.  The caller has cleared
	 * PG_DIRTY and set PG_WRITEBACK; the file system unlocks them once their place
	 * on disk is known and ends the write-back from I/O completion.
	 * => on error: all pages unlocked, their write-back ended, the error in
	 *    mapping_set_error (so it is for an error at completion).
	 * NULL: memory only (tmpfs), never written. */
	int (*write_pages)(struct address_space *m, struct page **pages, unsigned n);
	/* Before bytes [from, to) of a locked page are written by write(2) or a store
	 * through a mapping: make sure there is a place on disk, read (or, behind the end of
	 * the file and in holes, zero) what is not overwritten and then set PG_UPTODATE,
	 * join a transaction.  A page that is not up to date on return is one that
	 * [from, to) covers whole.  => 0, -ENOSPC, -EIO, -EDQUOT */
	int (*write_begin)(struct address_space *m, struct page *page, unsigned from, unsigned to);
	/* After every successful write_begin, page still locked.  The caller has advanced
	 * inode->size, set PG_UPTODATE and called mark_page_dirty before.  May be NULL. */
	void (*write_end)(struct address_space *m, struct page *page, unsigned from, unsigned to);
	/* Have the pages from index on a place on disk?  *len, at most as given: for how many
	 * the answer is the same. => 1, 0 (a hole, for all that the disk knows), -EIO.  NULL:
	 * what is not in memory is a hole. */
	int (*stored)(struct address_space *m, u64 index, u64 *len);
	/* May a clean page be dropped just now? NULL: always.  Also called, the answer being
	 * ignored, for a page with PG_LOGGED that truncation (or mapping_destroy) drops, dirty
	 * or not, so that the file system gives back what it has reserved for the page.
	 * => page locked; must not sleep for a page lock. */
	bool (*release_page)(struct address_space *m, struct page *page);
};

struct address_space {
	struct inode *host;		/* (c) */
	const struct address_space_ops *ops;	/* (c) */
	spinlock_t lock;
	struct xarray pages;		/* (m) index -> struct page, each holding one reference */
	u64 nr_pages;			/* (m) */
	u64 nr_dirty;			/* (m) */
	struct rwsem i_mmap_lock;
	struct rb_root i_mmap;		/* (i) areas that map this, by first page */
	atomic_t i_mmap_writable;	/* shared writable areas */
	struct list dirty_link;		/* on write-back's list, its lock */
	u64 dirtied_when;		/* ns */
	int wb_err;			/* (a) first write error since the last fsync; negative */
	u32 flags;			/* AS_* */
};

#define AS_SHMEM	0x1u		/* tmpfs: pages have no other home */
#define AS_BDEV		0x2u		/* a block device's own pages */

void pagecache_init(void);
void mapping_init(struct address_space *m, struct inode *host, const struct address_space_ops *ops);
/* An anonymous page whose contents are no longer wanted (MADV_FREE) joins the inactive list.
 * => its table's ptl held; false if somebody else uses it just now. */
bool lru_add_lazyfree(struct page *page);
/* Page-cache pages leave the LRU list; put_page_last calls it for PG_LRU. */
void lru_remove(struct page *page);
/* All pages gone (dirty ones too). => no mapping maps it. */
void mapping_destroy(struct address_space *m);

/* The page at index with a reference, or NULL. */
struct page *find_get_page(struct address_space *m, u64 index);
/* Up to n present pages from *index on, with references. */
unsigned find_get_pages(struct address_space *m, u64 *index, u64 last, struct page **out, unsigned n);
/* The page at index, made if need be, locked, with a reference; ERR_PTR(-ENOMEM). */
struct page *grab_page(struct address_space *m, u64 index, gfp_t gfp);
/* The page at index with valid contents (read if need be) and a reference; ERR_PTR. */
struct page *read_mapping_page(struct address_space *m, u64 index);
/* => page locked and in m */
void delete_from_page_cache(struct page *page);

void mark_page_dirty(struct page *page);	/* => page in a mapping */

/* write-back */
/* Start (and if wait: await) writing of dirty pages first..last. => 0 or -EIO */
int filemap_write(struct address_space *m, u64 first, u64 last, bool wait);
int filemap_wait(struct address_space *m, u64 first, u64 last);
/* Write-back of one of m's pages has failed; any context. */
void mapping_set_error(struct address_space *m, int err);
/* First error since the last call by anyone; clears it. */
int filemap_check_errors(struct address_space *m);
/* Slow down a writer when too much is dirty. => may sleep; no page lock, no transaction */
void balance_dirty_pages(struct address_space *m);
/* Write what is dirty now, and wait: sync(2).  fsync's part, the file system's, is not in it. */
void writeback_all(void);

/* Drop pages first..last: unmapped from every process, waited for, gone.
 * Bytes of page first-1 behind offset are the caller's to clear. */
void truncate_pages(struct address_space *m, u64 first, u64 last);
/* Drop the clean, unmapped, unlocked pages of first..last; how many went. */
unsigned long invalidate_pages(struct address_space *m, u64 first, u64 last);

/* read and write through the cache (the file systems' usual read and write) */
struct iov_buf;
ssize_t generic_file_read(struct file *f, vaddr_t ubuf, size_t n, u64 *pos);
ssize_t generic_file_write(struct file *f, vaddr_t ubuf, size_t n, u64 *pos);
/* From and to kernel memory. */
ssize_t kernel_read(struct file *f, void *buf, size_t n, u64 pos);

/* faults on mappings (called by mm/vm/filefault.c) */
/* The page for a fault at index, up to date, with a reference, not locked; or NULL and in
 * *err -EIO or -EFAULT (behind the end: SIGBUS) or -ENOMEM.
 * => under the page-table lock, before it sets the PTE, the caller tests that
 *    page->mapping is still the file's: truncation detaches the page first and then removes
 *    the PTEs, so a fault that sees the page attached is found by it.  If detached: put_page
 *    and fault again.  The same for the pages of filemap_present. */
struct page *filemap_fault(struct file *f, u64 index, int *err);
/* Up to n present, up-to-date, unlocked pages among [index, index+n), each with a
 * reference, into out[0..n-1] (NULL where none): for fault-around. => n > 0 */
void filemap_present(struct address_space *m, u64 index, unsigned n, struct page **out);
/* A shared mapping is about to be written: reserve a place on disk, dirty the page.
 * => page locked on return if 0 (the caller sets the PTE, then unlock_page); -EFAULT when
 *    truncated meanwhile (retry), -ENOSPC, -EIO.  Later, without locks, the caller calls
 *    balance_dirty_pages. */
int filemap_page_mkwrite(struct file *f, struct page *page);
/* madvise: MADV_NORMAL, RANDOM, SEQUENTIAL change what f's faults and reads read ahead. */
void filemap_advise(struct file *f, int advice);
/* madvise(MADV_WILLNEED): start reading pages first..last, wait for nothing. */
void filemap_willneed(struct file *f, u64 first, u64 last);
/* Shared anonymous memory and memfd_create: a nameless tmpfs file. ERR_PTR(-ENOMEM) */
struct file *shmem_file(size_t size);

/* reclaim's view */
unsigned long pagecache_pages(void);
unsigned long pagecache_dirty(void);
unsigned long pagecache_writeback(void);
/* Less than 1/part of RAM is free or made so by dropping cached pages.  Who can do without
 * more memory asks before he takes it, so that those who cannot go on. */
bool memory_short(unsigned part);
unsigned long pagecache_shmem(void);	/* of pagecache_pages, those of tmpfs and shared memory */
void pagecache_lru_counts(unsigned long *active, unsigned long *inactive);
/* Start the write-back thread and make /proc/sys/vm's files.
 * => once; scheduler and procfs are up */
void writeback_start(void);
/* Drop up to nr clean pages, oldest first; mapped ones that nobody used are unmapped, pages
 * given to MADV_FREE go too. => any context that may sleep */
unsigned long pagecache_shrink(unsigned long nr, gfp_t gfp);
unsigned long drop_caches(void);

#endif
