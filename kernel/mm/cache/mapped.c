// SPDX-License-Identifier: MIT
/*
 * mapped.c - the page cache as seen by page faults.
 *
 * A fault on a file mapping wants one page, up to date.  It gets it with a reference and
 * without the page lock.  Truncation may detach the page at any moment; what keeps a PTE from
 * pointing for ever at a page that is no longer the file's is an order:
 *
 *      truncation                              fault
 *      1. inode->size becomes small            1. look-up finds the page
 *      2. the page leaves the tree,            2. under the page-table lock:
 *         page->mapping = NULL                    page->mapping still the file's?
 *      3. unmap_mapping_range takes every         yes: set the PTE; no: start over
 *         PTE, under the page-table lock
 *
 * If the fault's step 2 comes before 3 its PTE is removed by 3; if after, it sees 2 and
 * starts over, and then finds itself behind the end of the file: SIGBUS.
 *
 * A reader that still has the old size may bring a page back after 2.  When the blocks are free
 * vfs_truncate drops such pages once more.  One that comes even later has no contents: it may be
 * read, but filemap_page_mkwrite looks at the size and refuses a store.
 *
 * The first store to a page of a shared mapping comes here too (page_mkwrite): the file system
 * must find a place on disk before the program may store, because a store cannot return
 * -ENOSPC; the page becomes dirty now, and write-back makes the PTE read-only again
 * (page_mkclean) before it writes, so that the next store comes here again.
 */
#include "mm/cache/cache_internal.h"
#include "mm/phys/vmstat.h"
#include "proc/task.h"

/* It is there but perhaps being read. => uses up the reference if it comes to nothing */
static __noinline struct page *wait_uptodate(struct page *page)
{
	wait_on_page(page, PG_LOCKED);
	if (page_test(page, PG_UPTODATE))
		return page;
	put_page(page);
	return NULL;
}

/* The fault log has counted it as one that needs no disk. */
static void count_major_fault(void)
{
	current->min_flt--;
	current->maj_flt++;
	count_vm_event(PGMAJFAULT);
}

/* Memory-only files: a hole gets its page when it is touched. */
static struct page *fill_hole(struct address_space *m, u64 index, int *err)
{
	struct page *page = grab_page(m, index, GFP_HIGHUSER_MOVABLE);

	if (IS_ERR(page)) {
		*err = PTR_ERR(page);
		return NULL;
	}
	if (!page_test(page, PG_UPTODATE)) {
		*err = m->ops->write_begin(m, page, 0, 0);
		if (*err) {
			drop_unfilled(m, page);
			return NULL;
		}
		if (!page_test(page, PG_UPTODATE)) {
			clear_page(page_address(page));
			page_set(page, PG_UPTODATE);
		}
	}
	unlock_page(page);
	return page;
}

/* Is the page there for good?  page: found a moment ago, with a reference, or NULL. */
static __noinline struct page *fault_slow(struct file *f, u64 index, int *err, struct page *page)
{
	struct address_space *m = f->inode->mapping;

	for (;; page = find_page(m, index)) {
		if (unlikely(index >= DIV_ROUND_UP(READ_ONCE(m->host->size), PAGE_SIZE))) {
			if (page != NULL)
				put_page(page);
			*err = -EFAULT;
			return NULL;
		}
		if (page != NULL && !page_test(page, PG_UPTODATE))
			page = wait_uptodate(page);
		if (likely(page != NULL)) {
			if (page_test(page, PG_READAHEAD))
				readahead_marker(f, m, page, 1);
			f->ra.prev = index;
			mark_page_accessed(page);
			return page;
		}
		if (m->ops->read_pages == NULL) {
			page = fill_hole(m, index, err);
			if (page == NULL || page_attached(page, m))
				return page;
			put_page(page);
			continue;
		}
		count_major_fault();
		readahead_miss(f, m, index, 1);
		page = find_page(m, index);
		if (page != NULL && !page_test(page, PG_UPTODATE))
			page = wait_uptodate(page);
		if (page == NULL) {
			page = read_page(m, index, GFP_HIGHUSER_MOVABLE);
			if (IS_ERR(page)) {
				*err = PTR_ERR(page);
				return NULL;
			}
		}
		f->ra.prev = index;
		if (page_attached(page, m))
			return page;
		put_page(page);
	}
}

/* Mostly it is there and was used before, and nothing is called. */
struct page *filemap_fault(struct file *f, u64 index, int *err)
{
	const u32 well_known = PG_UPTODATE | PG_REFERENCED;
	struct address_space *m = f->inode->mapping;
	struct page *page = find_page(m, index);

	if (unlikely(page == NULL ||
		     (READ_ONCE(page->flags) & (well_known | PG_READAHEAD)) != well_known ||
		     index >= DIV_ROUND_UP(READ_ONCE(m->host->size), PAGE_SIZE)))
		return fault_slow(f, index, err, page);
	f->ra.prev = index;
	return page;
}

int filemap_page_mkwrite(struct file *f, struct page *page)
{
	struct inode *inode = f->inode;
	struct address_space *m = inode->mapping;
	u64 size, pos;
	unsigned to;
	int err;

	lock_page(page);
	size = READ_ONCE(inode->size);
	pos = page->index << PAGE_SHIFT;
	if (!page_attached(page, m) || pos >= size) {
		unlock_page(page);
		return -EFAULT;
	}
	to = (unsigned)MIN(size - pos, PAGE_SIZE);
	err = m->ops->write_begin != NULL ? m->ops->write_begin(m, page, 0, to) : 0;
	if (err) {
		unlock_page(page);
		return err;
	}
	mark_page_dirty(page);
	if (m->ops->write_end != NULL)
		m->ops->write_end(m, page, 0, to);
	inode_modified(inode);
	return 0;
}
