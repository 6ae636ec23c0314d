// SPDX-License-Identifier: MIT
/*
 * rw.c - read(2) and write(2) through the page cache, and the kernel's own reads.
 *
 * Reading takes no lock but mapping->lock for the look-up: a page that is up to date and
 * referenced can be copied from, whatever happens to the file meanwhile.
 *
 * Writing holds inode->lock.  For each page:
 *
 *      grab_page (locked) -> write_begin -> copy, without faults -> mark dirty, write_end -> unlock
 *                                              | short: the source is not in memory
 *                                              v
 *                          write_end(nothing), unlock, fault_in_user, again
 *
 * The user's buffer may be a mapping of the very page that is written.  A fault on it
 * under the page lock would wait for ourselves; so the copy never faults, and the
 * source is faulted in while nothing is locked but inode->lock, which no fault wants.
 * Progress: what fault_in_user has brought can be reclaimed before the copy, but
 * not time after time, and a source that does not exist ends the loop with -EFAULT.
 *
 * A page that is wholly overwritten is not read first.  For it the source is faulted in
 * before, so that a short copy is rare; if it happens all the same nothing has been written:
 * the page does not come up to date, and what the file has there is still on disk.
 *
 * Short counts: an error after some bytes gives the bytes; the error comes next time.
 * A sparse file can be longer than anyone wants to wait: every MiB is a chance to die.
 */
#include "mm/cache/cache_internal.h"
#include "proc/sched.h"
#include "riscv/timer.h"

/* xa_load, in line: the walk is five instructions a level. => m->lock held */
static __always_inline struct page *lookup(const struct address_space *m, u64 index)
{
	const void *p = m->pages.head;

	if (unlikely(!((unsigned long)p & 2)))
		return xa_load(&m->pages, index);
	const struct xa_node *n = (const struct xa_node *)((unsigned long)p - 2);
	unsigned shift = n->shift;

	/* A page number has 52 bits, so no shift is too large. */
	if (unlikely(index >> shift >> XA_SHIFT != 0))
		return xa_load(&m->pages, index);
	for (;;) {
		u64 at = (index >> shift & (XA_SLOTS - 1)) * sizeof(void *);

		p = *(void *const *)((const char *)n + at + offsetof(struct xa_node, slots));
		if (shift == 0 || p == NULL)
			return (struct page *)p;
		n = (const struct xa_node *)((unsigned long)p - 2);
		shift = n->shift;
	}
}

static __always_inline struct page *get_cached(struct address_space *m, u64 index)
{
	struct page *page;

	spin_lock(&m->lock);
	page = lookup(m, index);
	if (likely(page != NULL))
		get_page(page);
	spin_unlock(&m->lock);
	return page;
}

/* The page at index, up to date, with a reference, read if need be, and others ahead of it.
 * => page is what get_cached found: NULL, or one with a reference that is not as simple
 *    as a page should be.
 * => NULL in a memory-only file: a hole.  ERR_PTR(-EIO, -ENOMEM). */
static __noinline struct page *read_slow(struct file *f, struct address_space *m, u64 index,
					 u64 req, struct page *page)
{
	if (page == NULL) {
		if (m->ops->read_pages == NULL)
			return NULL;
		readahead_miss(f, m, index, req);
		page = get_cached(m, index);
	} else if (page_test(page, PG_READAHEAD)) {
		readahead_marker(f, m, page, req);
	}
	if (page != NULL) {
		wait_on_page(page, PG_LOCKED);
		if (page_test(page, PG_UPTODATE))
			return page;
		put_page(page);
	}
	/* No memory for read-ahead, or its read failed: read this page alone. */
	return read_page(m, index, GFP_HIGHUSER_MOVABLE);
}

#define SIMPLE(page) \
	((READ_ONCE((page)->flags) & (PG_UPTODATE | PG_READAHEAD)) == PG_UPTODATE)

/* The caller is to die: what it has read or written so far is enough. */
static __always_inline bool killed_at(u64 index)
{
	return unlikely(index % (MIB(1) >> PAGE_SHIFT) == 0) && fatal_signal_pending();
}

/* The general case: any number of pages, present or not. */
static __noinline ssize_t read_pages_to_user(struct file *f, vaddr_t ubuf, size_t n, u64 *ppos)
{
	struct inode *inode = f->inode;
	struct address_space *m = inode->mapping;
	u64 pos = *ppos, size = READ_ONCE(inode->size), index = 0;
	size_t left;
	long err = 0;

	if (pos >= size || n == 0)
		return 0;
	n = MIN((u64)n, size - pos);
	for (left = n; left != 0;) {
		size_t off = pos & (PAGE_SIZE - 1);
		size_t chunk = MIN(left, PAGE_SIZE - off), got;
		struct page *page;

		index = pos >> PAGE_SHIFT;
		if (killed_at(index)) {
			err = -EINTR;
			break;
		}
		page = get_cached(m, index);
		if (unlikely(page == NULL || !SIMPLE(page))) {
			if (page == NULL && pos >= READ_ONCE(inode->size))
				break;			/* cut off while we read */
			page = read_slow(f, m, index, DIV_ROUND_UP(off + left, PAGE_SIZE), page);
			if (IS_ERR(page)) {
				err = PTR_ERR(page);
				break;
			}
		}
		if (likely(page != NULL)) {
			if (f->ra.prev != index)
				mark_page_accessed(page);
			got = copy_to_user_partial(ubuf, (char *)page_address(page) + off, chunk);
			put_page(page);
		} else {
			got = copy_to_user_partial(ubuf, page_address(zero_page), chunk);
		}
		f->ra.prev = index;
		ubuf += got;
		pos += got;
		left -= got;
		if (unlikely(got != chunk)) {
			err = -EFAULT;
			break;
		}
	}
	*ppos = pos;
	return left != n ? (ssize_t)(n - left) : err;
}

/* The case that must be short: within one page, which is there. */
ssize_t generic_file_read(struct file *f, vaddr_t ubuf, size_t n, u64 *ppos)
{
	struct inode *inode = f->inode;
	u64 pos = *ppos;
	struct page *page;
	size_t got;

	if (unlikely((pos & (PAGE_SIZE - 1)) + n > PAGE_SIZE || pos + n > READ_ONCE(inode->size)))
		return read_pages_to_user(f, ubuf, n, ppos);
	struct address_space *m = inode->mapping;

	spin_lock(&m->lock);
	page = lookup(m, pos >> PAGE_SHIFT);
	if (unlikely(page == NULL)) {
		spin_unlock(&m->lock);
		return read_pages_to_user(f, ubuf, n, ppos);
	}
	get_page(page);
	spin_unlock_later(&m->lock);	/* the copy takes the page table's lock */
	/* A page with PG_READAHEAD has not been read, so it lacks PG_REFERENCED. */
	if (unlikely((READ_ONCE(page->flags) & (PG_UPTODATE | PG_REFERENCED)) !=
		     (PG_UPTODATE | PG_REFERENCED))) {
		put_page(page);
		return read_pages_to_user(f, ubuf, n, ppos);
	}
	/* pos is read anew rather than kept in a saved register. */
	got = copy_to_user_partial(ubuf, (char *)page_address(page) + (*ppos & (PAGE_SIZE - 1)), n);
	put_page(page);
	pos = *ppos;
	f->ra.prev = pos >> PAGE_SHIFT;
	*ppos = pos + got;
	return likely(got == n) ? (ssize_t)n : got != 0 ? (ssize_t)got : -EFAULT;
}

ssize_t kernel_read(struct file *f, void *buf, size_t n, u64 pos)
{
	struct inode *inode = f->inode;
	struct address_space *m = inode->mapping;
	u64 size = READ_ONCE(inode->size);
	size_t done = 0;

	if (m->ops == NULL || S_ISDIR(inode->mode))
		return -EINVAL;
	if (pos >= size)
		return 0;
	n = MIN((u64)n, size - pos);
	while (done < n) {
		size_t off = pos & (PAGE_SIZE - 1);
		size_t chunk = MIN(n - done, PAGE_SIZE - off);
		u64 index = pos >> PAGE_SHIFT;
		struct page *page = get_cached(m, index);

		if (page == NULL || !SIMPLE(page)) {
			page = read_slow(f, m, index, DIV_ROUND_UP(off + n - done, PAGE_SIZE),
					 page);
			if (IS_ERR(page))
				return done != 0 ? (ssize_t)done : PTR_ERR(page);
		}
		if (page != NULL) {
			mark_page_accessed(page);
			memcpy((char *)buf + done, (char *)page_address(page) + off, chunk);
			put_page(page);
		} else {
			memset((char *)buf + done, 0, chunk);
		}
		f->ra.prev = index;
		done += chunk;
		pos += chunk;
	}
	return (ssize_t)done;
}

/* Zero the cached last page behind the file's end: a mapping may have stored there, and
 * the file is about to grow over it.  => inode->lock held for writing */
void pagecache_clear_tail(struct inode *inode)
{
	unsigned off = inode->size & (PAGE_SIZE - 1);
	struct page *page;

	if (off == 0)
		return;
	page = get_cached(inode->mapping, inode->size >> PAGE_SHIFT);
	if (page == NULL)
		return;
	if (page_test(page, PG_UPTODATE))
		memset((char *)page_address(page) + off, 0, PAGE_SIZE - off);
	put_page(page);
}

/* write_begin has failed: a page that tmpfs had no room for must not stay. */
void drop_unfilled(struct address_space *m, struct page *page)
{
	if ((m->flags & AS_SHMEM) && !page_test(page, PG_UPTODATE) && page_attached(page, m))
		delete_from_page_cache(page);
	unlock_page(page);
	put_page(page);
}

/* The source was not there: all is as before.  A page wholly behind the end of the file must not
 * stay, for nobody may see it; one in the file that is not up to date is read by who wants it.
 * => after write_begin; unlocks and puts the page */
static __noinline void nothing_written(struct inode *inode, struct address_space *m,
				       struct page *page, unsigned off)
{
	bool behind = page->index << PAGE_SHIFT >= inode->size;

	if (m->ops->write_end != NULL)
		m->ops->write_end(m, page, off, off);
	if (behind && page_maps(page) == 0) {
		if (page_test(page, PG_LOGGED) && m->ops->release_page != NULL)
			m->ops->release_page(m, page);
		delete_from_page_cache(page);
	}
	drop_unfilled(m, page);
}

/* One page's part of a write. => bytes copied, possibly 0: try again after a fault;
 * or -errno.  inode->lock is held. */
static __always_inline ssize_t write_page(struct inode *inode, struct address_space *m,
					  vaddr_t ubuf, u64 pos, size_t chunk)
{
	unsigned off = pos & (PAGE_SIZE - 1);
	struct page *page = grab_page(m, pos >> PAGE_SHIFT, GFP_HIGHUSER_MOVABLE);
	size_t got;
	int err;

	if (unlikely(IS_ERR(page)))
		return PTR_ERR(page);
	err = m->ops->write_begin(m, page, off, off + chunk);
	if (unlikely(err)) {
		drop_unfilled(m, page);
		return err;
	}
	got = copy_from_user_nofault((char *)page_address(page) + off, ubuf, chunk);
	if (unlikely(!page_test(page, PG_UPTODATE))) {
		/* [off, off + chunk) is all of it: a part alone would lose the rest. */
		if (got == chunk)
			page_set(page, PG_UPTODATE);
		else
			got = 0;
	}
	if (unlikely(got == 0)) {
		nothing_written(inode, m, page, off);
		return 0;
	}
	if (pos + got > inode->size)
		WRITE_ONCE(inode->size, pos + got);
	mark_page_dirty(page);
	mark_page_accessed(page);
	if (m->ops->write_end != NULL)
		m->ops->write_end(m, page, off, off + got);
	unlock_page(page);
	put_page(page);
	return (ssize_t)got;
}

ssize_t generic_file_write(struct file *f, vaddr_t ubuf, size_t n, u64 *ppos)
{
	struct inode *inode = f->inode;
	struct address_space *m = inode->mapping;
	size_t left = n;
	long err = 0;
	u64 pos;

	if (n == 0)
		return 0;
	down_write(&inode->lock);
	pos = f->flags & O_APPEND ? inode->size : *ppos;
	if (unlikely(pos + n > FILE_SIZE_MAX || pos + n < pos)) {
		if (pos >= FILE_SIZE_MAX) {
			up_write(&inode->lock);
			return -EFBIG;
		}
		n = left = FILE_SIZE_MAX - pos;
	}
	if (unlikely(pos > inode->size))
		pagecache_clear_tail(inode);
	inode_modified(inode);
	while (left != 0) {
		size_t off = pos & (PAGE_SIZE - 1);
		size_t chunk = MIN(left, PAGE_SIZE - off);
		ssize_t got;

		if (killed_at(pos >> PAGE_SHIFT)) {
			err = -EINTR;
			break;
		}
		if (chunk == PAGE_SIZE && left != n && fault_in_user(ubuf, chunk, false) != 0) {
			err = -EFAULT;
			break;
		}
		got = write_page(inode, m, ubuf, pos, chunk);
		if (unlikely(got < 0)) {
			err = got;
			break;
		}
		ubuf += got;
		pos += got;
		left -= got;
		if (unlikely((size_t)got != chunk) &&
		    fault_in_user(ubuf, chunk - (size_t)got, false) != 0) {
			err = -EFAULT;
			break;
		}
		if (unlikely((u64)atomic_read(&nr_dirty_pages) > dirty_background_limit))
			balance_dirty_pages(m);
	}
	up_write(&inode->lock);
	*ppos = pos;
	if (left != n && unlikely(f->flags & O_SYNC)) {
		int e = vfs_fsync(f);

		if (e != 0)
			return e;
	}
	return left != n ? (ssize_t)(n - left) : err;
}
