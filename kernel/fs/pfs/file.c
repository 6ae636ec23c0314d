// SPDX-License-Identifier: MIT
/*
 * file.c - file contents between the page cache and the disk.
 *
 * A block is chosen when a page is written out, not when write(2) fills it: what is
 * written together lies together, a short-lived file never touches the disk, and
 * the order that the journal needs comes by itself.  write_begin only promises the page
 * a block (PG_LOGGED), so that a full disk is noticed in time.
 *
 * write_pages gives a run of promised pages their blocks, enters them in the map, advances the
 * size on disk and starts the writes, all within one handle.  The transaction counts
 * the writes (journal_data_start), and its commit waits until they are done:
 * after a power cut no file shows a block that its data had not reached.
 *
 *   page state                    PG_LOGGED   page->private
 *   promised a block              yes         0
 *   has a block                   no          its number
 *   hole, never stored to         no          0
 *   not up to date, just made     no          undefined
 *
 * So a store to a page that has its block or its promise, the usual case, costs one look at
 * the page; and writing a page again needs no map and no handle.
 *
 * Memory may be short when pages must be written to get some: without memory for a request the
 * pages are written one at a time from the stack.
 */
#include "fs/pfs/pfs.h"

struct page_io {
	struct blk_req req;
	struct address_space *mapping;
	struct journal *journal;
	struct txn *txn;
	struct blk_seg segs[];
};

static inline u64 sector_of(u32 block)
{
	return (u64)block * (PFS_BLOCK / SECTOR_SIZE);
}

/* After a power cut the last block may hold bytes of a write that had not been committed. */
static void clear_tail(const struct pfs_inode *pi, struct page *page)
{
	u64 size = READ_ONCE(pi->disk_size);
	unsigned off = size & (PAGE_SIZE - 1);

	if (off != 0 && page->index == size >> PAGE_SHIFT)
		memset((char *)page_address(page) + off, 0, PAGE_SIZE - off);
}

static void page_read_done(struct page *page, int err)
{
	page_set(page, err == 0 ? PG_UPTODATE : PG_ERROR);
	unlock_page(page);
}

static void io_done(struct blk_req *req, int err)
{
	struct page_io *io = req->private;

	for (unsigned k = 0; k < req->nr_segs; k++) {
		struct page *page = pfn_to_page(io->segs[k].addr >> PAGE_SHIFT);

		if (req->op == BLK_READ) {
			clear_tail(pfs_i(io->mapping->host), page);
			page_read_done(page, err);
		} else {
			if (err != 0)
				WRITE_ONCE(io->mapping->wb_err, -EIO);
			end_page_writeback(page);
		}
	}
	if (req->op == BLK_WRITE)
		journal_data_done(io->journal, io->txn);
	kfree(io);
}

/* Read or write n pages from or to consecutive blocks.  Reading: pages are locked, the end of
 * the read unlocks them.  Writing: PG_WRITEBACK is set, the end of it clears it; txn
 * waits for it. */
static void start_io(struct address_space *m, enum blk_op op, struct page **pages, unsigned n,
                     u32 block, struct txn *txn)
{
	struct pfs_sbi *s = pfs_sbi(m->host->sb);
	struct page_io *io =
		kmalloc(sizeof(*io) + n * sizeof(io->segs[0]), GFP_NOFS | __GFP_NOWARN);

	if (io == NULL) {
		for (unsigned k = 0; k < n; k++) {
			int err = blk_rw_page(s->bdev, op, sector_of(block + k), pages[k]);

			if (op == BLK_READ) {
				clear_tail(pfs_i(m->host), pages[k]);
				page_read_done(pages[k], err);
				continue;
			}
			if (err != 0)
				WRITE_ONCE(m->wb_err, -EIO);
			end_page_writeback(pages[k]);
		}
		if (op == BLK_WRITE)
			journal_data_done(&s->journal, txn);
		return;
	}
	io->req.op = op;
	io->req.sector = sector_of(block);
	io->req.nr_segs = n;
	io->req.segs = io->segs;
	io->req.done = io_done;
	io->req.private = io;
	io->mapping = m;
	io->journal = &s->journal;
	io->txn = txn;
	for (unsigned k = 0; k < n; k++) {
		io->segs[k].addr = page_to_phys(pages[k]);
		io->segs[k].len = PFS_BLOCK;
	}
	blk_submit(s->bdev, &io->req);
}

/* --- reading --- */

static int pfs_read_pages(struct address_space *m, struct page **pages, unsigned n)
{
	unsigned done = 0;

	while (done < n) {
		unsigned len;
		u32 block;
		int err = pfs_map(m->host, pages[done]->index,
		                  MIN(n - done, (unsigned)BLK_MAX_SEGS), &block, &len);

		if (err != 0) {
			for (; done < n; done++)
				page_read_done(pages[done], err);
			return err;
		}
		for (unsigned k = done; k < done + len; k++) {
			/* a promised page that was never filled keeps its promise */
			if (!page_test(pages[k], PG_LOGGED))
				pages[k]->private = block == 0 ? 0 : block + (k - done);
			if (block == 0) {
				clear_page(page_address(pages[k]));
				page_read_done(pages[k], 0);
			}
		}
		if (block != 0)
			start_io(m, BLK_READ, pages + done, len, block, NULL);
		done += len;
	}
	return 0;
}

static int pfs_stored(struct address_space *m, u64 index, u64 *len)
{
	unsigned run = (unsigned)MIN(*len, (u64)PFS_MAX_BLOCKS);
	u32 block;
	int err;

	if (index >= PFS_MAX_BLOCKS)
		return 0;
	err = pfs_map(m->host, index, run, &block, &run);
	*len = run;
	return err != 0 ? err : block != 0;
}

/* --- storing --- */

/* The file is about to grow beyond the block that holds its end: what lies behind the end in
 * that block (see clear_tail) must be zeros on disk before the size is.  Needed once for
 * an inode that comes from the disk; afterwards we have written the block ourselves.
 * => no handle; may lock the last page, whose index is below any page the caller has */
static int seal_tail(struct inode *i)
{
	struct pfs_inode *pi = pfs_i(i);
	u64 size = READ_ONCE(pi->disk_size);
	struct page *page;

	if (pi->tail_sealed)
		return 0;
	if (size % PAGE_SIZE != 0) {
		page = read_mapping_page(i->mapping, size >> PAGE_SHIFT);
		if (IS_ERR(page))
			return PTR_ERR(page);
		if (page->private != 0)
			mark_page_dirty(page);
		put_page(page);
	}
	pi->tail_sealed = true;
	return 0;
}

static __noinline int write_begin_slow(struct address_space *m, struct page *page, unsigned from,
                                       unsigned to)
{
	struct inode *i = m->host;
	struct pfs_sbi *s = pfs_sbi(i->sb);
	bool fresh = !page_test(page, PG_UPTODATE);
	int err = 0;

	if (i->sb->readonly)
		return -EROFS;
	if (page->index >= PFS_MAX_BLOCKS)
		return -EFBIG;
	if (page->index > READ_ONCE(pfs_i(i)->disk_size) >> PAGE_SHIFT) {
		err = seal_tail(i);
		if (err != 0)
			return err;
	}
	if (fresh || page->private == 0) {
		unsigned len;
		u32 block = 0;
		int meta = 0;

		if (!page_test(page, PG_LOGGED)) {
			struct pfs_inode *pi = pfs_i(i);

			page->private = 0;
			mutex_lock(&pi->map_lock);
			err = pfs_map_locked(i, page->index, 1, &block, &len);
			if (err == 0 && block == 0 && page->index >= PFS_NDIRECT)
				meta = pfs_map_missing(i, page->index);
			mutex_unlock(&pi->map_lock);
			if (err == 0 && meta < 0)
				err = meta;
			if (err == 0 && block == 0) {
				err = pfs_reserve(i, page->index, meta);
				if (err == 0)
					page_set(page, PG_LOGGED);
			}
			if (err != 0)
				return err;
			page->private = block;
		}
	}
	if (!fresh || (from == 0 && to == PAGE_SIZE))
		return 0;
	if (page->private == 0)
		clear_page(page_address(page));
	else
		err = blk_rw_page(s->bdev, BLK_READ, sector_of(page->private), page);
	if (err == 0) {
		clear_tail(pfs_i(i), page);
		page_set(page, PG_UPTODATE);
	}
	return err;
}

static int pfs_write_begin(struct address_space *m, struct page *page, unsigned from, unsigned to)
{
	u32 flags = READ_ONCE(page->flags);

	if (likely((flags & PG_UPTODATE) && ((flags & PG_LOGGED) || page->private != 0)))
		return 0;
	return write_begin_slow(m, page, from, to);
}

static bool pfs_release_page(struct address_space *m, struct page *page)
{
	if (page_test(page, PG_LOGGED)) {
		page_clear(page, PG_LOGGED);
		page->private = 0;
		pfs_unreserve(m->host, 1);
	}
	return true;
}

/* --- writing out --- */

/* Start the writes of pages that have their blocks; unlocks them.
 * => txn has been told of one write, and is told of the others here */
static void write_runs(struct address_space *m, struct page **pages, unsigned n, struct txn *txn)
{
	unsigned done = 0;

	while (done < n) {
		u32 block = pages[done]->private;
		unsigned len = 1;

		while (done + len < n && len < BLK_MAX_SEGS &&
		       pages[done + len]->private == block + len)
			len++;
		if (txn != NULL && done + len < n)
			atomic_inc(&txn->data_io);
		for (unsigned k = done; k < done + len; k++)
			unlock_page(pages[k]);
		start_io(m, BLK_WRITE, pages + done, len, block, txn);
		done += len;
	}
}

/* Blocks for pages[0..] in h, as far as its credits go.  => map_lock held.
 * => how many pages have a block now; -errno if none has */
static int place_pages(struct handle *h, struct inode *i, struct page **pages, unsigned n)
{
	struct pfs_sbi *s = pfs_sbi(i->sb);
	struct pfs_inode *pi = pfs_i(i);
	unsigned done = 0;

	while (done < n) {
		u64 index = pages[done]->index;
		unsigned len = 0, got;
		u32 block;
		int r;

		while (done < n && !page_test(pages[done], PG_LOGGED)) {
			if (pages[done]->private == 0) /* cannot be: see write_begin */
				return done > 0 ? (int)done : -EIO;
			pi->goal = pages[done++]->private + 1;
		}
		if (done == n || journal_credits(h) < PFS_MAP_CREDITS + 2)
			break;
		index = pages[done]->index;
		while (done + len < n && page_test(pages[done + len], PG_LOGGED))
			len++;
		if (index < PFS_NDIRECT)
			len = MIN((u64)len, PFS_NDIRECT - index);
		else
			len = MIN((u64)len, PFS_PER_BLOCK - (index - PFS_NDIRECT) % PFS_PER_BLOCK);
		r = pfs_alloc_blocks(h, s, pi->goal, len, true, &block, &got);
		if (r != 0)
			return done > 0 ? (int)done : r;
		r = pfs_map_insert(h, i, index, block, got);
		if (r < 0) {
			pfs_free_blocks(h, s, block, got);
			return done > 0 ? (int)done : r;
		}
		for (unsigned k = 0; k < got; k++) {
			pages[done + k]->private = block + k;
			page_clear(pages[done + k], PG_LOGGED);
		}
		pfs_unreserve(i, got);
		pi->goal = block + got;
		done += got;
	}
	return done;
}

static void give_up(struct address_space *m, struct page **pages, unsigned n, int err)
{
	WRITE_ONCE(m->wb_err, err);
	for (unsigned k = 0; k < n; k++) {
		if (err == -ENOMEM) /* not lost, only late */
			mark_page_dirty(pages[k]);
		end_page_writeback(pages[k]);
		unlock_page(pages[k]);
	}
}

#define WRITE_CREDITS 24u

static int pfs_write_pages(struct address_space *m, struct page **pages, unsigned n)
{
	struct inode *i = m->host;
	struct pfs_inode *pi = pfs_i(i);
	struct journal *j = &pfs_sbi(i->sb)->journal;
	u64 size = READ_ONCE(i->size);
	bool plain = (pages[n - 1]->index + 1) << PAGE_SHIFT <= READ_ONCE(pi->disk_size) ||
	             size <= READ_ONCE(pi->disk_size);

	for (unsigned k = 0; plain && k < n; k++)
		plain = !page_test(pages[k], PG_LOGGED) && pages[k]->private != 0;
	if (plain && READ_ONCE(j->error) == 0) {
		write_runs(m, pages, n, journal_data_start(j));
		return 0;
	}
	while (n > 0) {
		struct handle h;
		int r = journal_start(j, &h, WRITE_CREDITS);

		if (r != 0) {
			give_up(m, pages, n, r == -EROFS ? -EIO : r);
			return r;
		}
		mutex_lock(&pi->map_lock);
		r = place_pages(&h, i, pages, n);
		size = READ_ONCE(i->size); /* a truncation may have come between */
		if (r > 0) {
			u64 end = MIN(size, (pages[r - 1]->index + 1) << PAGE_SHIFT);

			if (pi->disk_size < end)
				pi->disk_size = end;
			atomic_inc(&h.t->data_io);
		}
		pfs_update_inode(&h, i);
		mutex_unlock(&pi->map_lock);
		if (r > 0)
			write_runs(m, pages, (unsigned)r, h.t);
		journal_stop(&h);
		if (r < 0) {
			give_up(m, pages, n, r);
			return r;
		}
		pages += r;
		n -= (unsigned)r;
	}
	return 0;
}

const struct address_space_ops pfs_aops = {
	.read_pages = pfs_read_pages,
	.write_pages = pfs_write_pages,
	.write_begin = pfs_write_begin,
	.stored = pfs_stored,
	.release_page = pfs_release_page,
};

/* --- size and safety --- */

/* => inode->lock write-held; the VFS has set i->size and dropped the pages behind it */
static int pfs_truncate(struct inode *i, u64 size)
{
	struct pfs_sbi *s = pfs_sbi(i->sb);
	struct pfs_inode *pi = pfs_i(i);
	struct handle h;
	int r;

	if (size > PFS_MAX_SIZE)
		return -EFBIG;
	if (size > pi->disk_size && pi->disk_size % PAGE_SIZE != 0) {
		u64 tail = pi->disk_size >> PAGE_SHIFT;

		r = seal_tail(i);
		if (r != 0)
			return r;
		filemap_write(i->mapping, tail, tail, false);
	}
	r = journal_start(&s->journal, &h, 24);
	if (r != 0)
		return r;
	mutex_lock(&pi->map_lock);
	pi->disk_size = size;
	r = pfs_map_free(&h, i, DIV_ROUND_UP(size, PFS_BLOCK));
	pfs_update_inode(&h, i);
	mutex_unlock(&pi->map_lock);
	if (r == 0)
		pfs_orphan_add(&h, i);
	journal_stop(&h);
	if (r == 0)
		return pfs_shrink(i, size);
	return r == 1 ? 0 : r;
}

int pfs_fsync(struct file *f)
{
	struct inode *i = f->inode;
	struct pfs_inode *pi = pfs_i(i);
	struct journal *j = &pfs_sbi(i->sb)->journal;
	int err = 0, e;

	if (S_ISREG(i->mode)) {
		err = filemap_write(i->mapping, 0, ~0UL, true);
		e = filemap_check_errors(i->mapping);
		if (err == 0)
			err = e;
	}
	inode_write_back(i);
	if (READ_ONCE(pi->tid) > READ_ONCE(j->committed))
		e = journal_commit_wait(j, READ_ONCE(pi->tid));
	else
		e = i->sb->readonly ? 0 : blk_flush(i->sb->bdev);
	return err != 0 ? err : e;
}

const struct inode_ops pfs_file_iops = {
	.truncate = pfs_truncate,
	.evict = pfs_evict,
};

const struct file_ops pfs_file_fops = {
	.read = generic_file_read,
	.write = generic_file_write,
	.fsync = pfs_fsync,
};

const struct file_ops pfs_dir_fops = {
	.readdir = pfs_readdir,
	.fsync = pfs_fsync,
};
