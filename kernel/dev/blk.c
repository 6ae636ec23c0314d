// SPDX-License-Identifier: MIT
/*
 * blk.c - disks as the rest of the kernel sees them: requests, waiting, a cache.
 *
 * There is no queue and no elevator here.  Whoever has many pages to move builds one
 * large request (write-back, read-ahead and swap all know what is adjacent); the
 * driver queues; the host sorts.  This layer refuses what cannot be right, counts,
 * and gives every disk a page cache.
 *
 * The cache of a disk is the address_space of an inode of its own (AS_BDEV), page n
 * being bytes [4096 n, 4096 n + 4096).  /dev/vda is read and written through it, and a
 * file system keeps its metadata there, so that both see one copy.  A last page
 * that the disk only half fills reads as zeros behind the end.
 *
 * Waiting: a request on the waiter's stack is gone as soon as the waiter sees that
 * it is finished, so the waker must not touch it after saying so; the wait queue
 * therefore is the disk's, not the request's.
 *
 * Failure: errors reach the caller and, one line each (ERROR_LINES at most), the log.
 * Reading into the cache without memory gives -ENOMEM; writing from it never needs
 * any: without memory it goes page by page.
 */
#include "dev/blk.h"
#include "dev/dev.h"
#include "fs/procfs.h"
#include "fs/vfs.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/phys/vmstat.h"
#include "mm/kmem/slab.h"
#include "mm/vm/mm.h"
#include "uapi/errno.h"
#include "uapi/ioctl.h"

#define PAGE_SECTORS (PAGE_SIZE / SECTOR_SIZE)
#define ERROR_LINES  64

static struct list bdevs = LIST_INIT(bdevs); /* grows at boot only */

#define stat_add(field, n) __atomic_fetch_add(&(field), (u64)(n), __ATOMIC_RELAXED)

/* --- requests --- */

static int check(const struct bdev *b, struct blk_req *req)
{
	u64 bytes = 0;

	if (req->op == BLK_FLUSH)
		return req->nr_segs == 0 ? 0 : -EINVAL;
	if (req->nr_segs == 0 || req->nr_segs > BLK_MAX_SEGS)
		return -EINVAL;
	for (unsigned i = 0; i < req->nr_segs; i++) {
		if (req->segs[i].len == 0 || req->segs[i].len % SECTOR_SIZE != 0)
			return -EINVAL;
		bytes += req->segs[i].len;
	}
	req->nr_sectors = (u32)(bytes / SECTOR_SIZE);
	if (req->sector >= b->nr_sectors || req->nr_sectors > b->nr_sectors - req->sector)
		return -ENOSPC;
	if (req->op == BLK_WRITE && b->readonly)
		return -EROFS;
	return 0;
}

void blk_submit(struct bdev *b, struct blk_req *req)
{
	int err = check(b, req);

	if (unlikely(err != 0 || (req->op == BLK_FLUSH && !b->can_flush))) {
		req->done(req, err);
		return;
	}
	stat_add(b->in_flight, 1);
	b->ops->submit(b, req);
}

void blk_complete(struct bdev *b, struct blk_req *req, int err)
{
	static const char *const doing[] = { "reading", "writing", "flushing" };

	stat_add(b->in_flight, -1);
	if (unlikely(err != 0)) {
		if (stat_add(b->errors, 1) < ERROR_LINES)
			printk_loud("%s: error %d %s %u sectors at %lu\n", b->name, -err,
			            doing[req->op], req->op == BLK_FLUSH ? 0 : req->nr_sectors,
			            req->op == BLK_FLUSH ? 0 : req->sector);
	} else if (req->op == BLK_READ) {
		stat_add(b->reads, 1);
		stat_add(b->sectors_read, req->nr_sectors);
		count_vm_events(PGPGIN, req->nr_sectors / 2);
	} else if (req->op == BLK_WRITE) {
		stat_add(b->writes, 1);
		stat_add(b->sectors_written, req->nr_sectors);
		count_vm_events(PGPGOUT, req->nr_sectors / 2);
	} else {
		stat_add(b->flushes, 1);
	}
	req->done(req, err);
}

static void wake_waiter(struct blk_req *req, int err)
{
	struct bdev *b = req->private;

	req->err = err;
	smp_store_release(&req->private, NULL); /* req may be gone from here on */
	wake_up_all(&b->wq);
}

int blk_submit_wait(struct bdev *b, struct blk_req *req)
{
	req->done = wake_waiter;
	req->private = b;
	blk_submit(b, req);
	wait_event(&b->wq, smp_load_acquire(&req->private) == NULL);
	return req->err;
}

int blk_rw_page(struct bdev *b, enum blk_op op, u64 sector, struct page *page)
{
	struct blk_seg seg = { page_to_phys(page), PAGE_SIZE };
	struct blk_req req = { .op = op, .sector = sector, .nr_segs = 1, .segs = &seg };

	return blk_submit_wait(b, &req);
}

int blk_flush(struct bdev *b)
{
	struct blk_req req = { .op = BLK_FLUSH };

	if (!b->can_flush)
		return 0;
	return blk_submit_wait(b, &req);
}

/* --- a disk's page cache --- */

/* A run of pages on its way. */
struct page_io {
	struct blk_req req;
	unsigned nr;
	struct page **pages; /* behind segs */
	struct blk_seg segs[];
};

static void read_end(struct page *page, int err)
{
	page_set(page, err != 0 ? PG_ERROR : PG_UPTODATE);
	unlock_page(page);
}

static void write_end_io(struct page *page, int err)
{
	if (err != 0) {
		page_set(page, PG_ERROR);
		WRITE_ONCE(page->mapping->wb_err, err);
	}
	end_page_writeback(page);
}

static void page_io_done(struct blk_req *req, int err)
{
	struct page_io *io = req->private;

	for (unsigned i = 0; i < io->nr; i++)
		(req->op == BLK_READ ? read_end : write_end_io)(io->pages[i], err);
	kfree(io);
}

static struct bdev *mapping_bdev(struct address_space *m)
{
	return m->host->private;
}

/* Bytes of the page at index that the disk has. */
static u32 page_bytes(const struct bdev *b, u64 index)
{
	u64 first = index * PAGE_SECTORS;

	if (first >= b->nr_sectors)
		return 0;
	return (u32)MIN(b->nr_sectors - first, PAGE_SECTORS) * SECTOR_SIZE;
}

/* One page, waiting. */
static int page_rw_wait(struct bdev *b, enum blk_op op, struct page *page)
{
	struct blk_seg seg = { page_to_phys(page), page_bytes(b, page->index) };
	struct blk_req req = {
		.op = op, .sector = page->index * PAGE_SECTORS, .nr_segs = 1, .segs = &seg
	};

	if (op == BLK_READ && seg.len < PAGE_SIZE)
		memset((char *)page_address(page) + seg.len, 0, PAGE_SIZE - seg.len);
	if (seg.len == 0)
		return op == BLK_READ ? 0 : -ENOSPC;
	return blk_submit_wait(b, &req);
}

/* Start one request for n pages of consecutive indexes, all on the disk.
 * => false: no memory; nothing was done */
static bool start_pages(struct bdev *b, enum blk_op op, struct page **pages, unsigned n)
{
	struct page_io *io = kmalloc(sizeof(*io) + n * (sizeof(struct blk_seg) + sizeof(*pages)),
	                             GFP_NOIO | __GFP_NOWARN);

	if (io == NULL)
		return false;
	io->req.op = op;
	io->req.sector = pages[0]->index * PAGE_SECTORS;
	io->req.nr_segs = io->nr = n;
	io->req.segs = io->segs;
	io->req.done = page_io_done;
	io->req.private = io;
	io->pages = (struct page **)(io->segs + n);
	for (unsigned i = 0; i < n; i++) {
		io->pages[i] = pages[i];
		io->segs[i] = (struct blk_seg){ page_to_phys(pages[i]), PAGE_SIZE };
	}
	blk_submit(b, &io->req);
	return true;
}

static int bdev_read_pages(struct address_space *m, struct page **pages, unsigned n)
{
	struct bdev *b = mapping_bdev(m);
	int first_err = 0;

	for (unsigned i = 0, run; i < n; i += run) {
		for (run = 0; i + run < n && run < BLK_MAX_SEGS &&
		              page_bytes(b, pages[i + run]->index) == PAGE_SIZE;
		     run++)
			;
		if (run == 0 || !start_pages(b, BLK_READ, pages + i, run)) {
			int err = page_rw_wait(b, BLK_READ, pages[i]);

			run = 1;
			read_end(pages[i], err);
			first_err = first_err != 0 ? first_err : err;
		}
	}
	return first_err;
}

static int bdev_write_pages(struct address_space *m, struct page **pages, unsigned n)
{
	struct bdev *b = mapping_bdev(m);
	int first_err = 0;

	for (unsigned i = 0; i < n; i++)
		unlock_page(pages[i]);
	for (unsigned i = 0, run; i < n; i += run) {
		for (run = 0; i + run < n && run < BLK_MAX_SEGS &&
		              page_bytes(b, pages[i + run]->index) == PAGE_SIZE;
		     run++)
			;
		if (run == 0 || !start_pages(b, BLK_WRITE, pages + i, run)) {
			int err = page_rw_wait(b, BLK_WRITE, pages[i]);

			run = 1;
			write_end_io(pages[i], err);
			first_err = first_err != 0 ? first_err : err;
		}
	}
	return first_err;
}

static int bdev_write_begin(struct address_space *m, struct page *page, unsigned from, unsigned to)
{
	struct bdev *b = mapping_bdev(m);
	u32 len = page_bytes(b, page->index);
	int err = 0;

	if (to > len)
		return -ENOSPC;
	if (page_test(page, PG_UPTODATE) || (from == 0 && to == PAGE_SIZE))
		return 0;
	err = page_rw_wait(b, BLK_READ, page);
	if (err == 0)
		page_set(page, PG_UPTODATE);
	return err;
}

static const struct address_space_ops bdev_aops = {
	.read_pages = bdev_read_pages,
	.write_pages = bdev_write_pages,
	.write_begin = bdev_write_begin,
};

/* --- /dev/vda --- */

static int blkdev_open(struct inode *inode, struct file *f)
{
	struct bdev *b = bdev_by_dev(inode->rdev);

	/* A node made elsewhere than in /dev has no cache behind it. */
	if (b == NULL || inode->mapping != b->mapping)
		return -ENXIO;
	if ((f->flags & O_ACCMODE) != O_RDONLY && b->readonly)
		return -EROFS;
	f->private = b;
	return 0;
}

/* A disk does not grow: what would go over its end is cut off. */
static ssize_t blkdev_write(struct file *f, vaddr_t ubuf, size_t n, u64 *pos)
{
	struct bdev *b = f->private;
	u64 size = b->nr_sectors * SECTOR_SIZE;

	if (f->flags & O_APPEND)
		return -ENOSPC;
	if (n == 0)
		return 0;
	if (*pos >= size)
		return -ENOSPC;
	return generic_file_write(f, ubuf, MIN(n, size - *pos), pos);
}

static int blkdev_fsync(struct file *f)
{
	struct bdev *b = f->private;
	int err = filemap_write(b->mapping, 0, ~0UL, true);
	int old = filemap_check_errors(b->mapping);
	int flush = blk_flush(b);

	return err != 0 ? err : old != 0 ? old : flush;
}

static long blkdev_ioctl(struct file *f, unsigned cmd, vaddr_t arg)
{
	struct bdev *b = f->private;
	u64 size = b->nr_sectors * SECTOR_SIZE;

	if (cmd == BLKGETSIZE64)
		return copy_to_user(arg, &size, sizeof(size));
	return -ENOTTY;
}

const struct file_ops blkdev_fops = {
	.open = blkdev_open,
	.read = generic_file_read,
	.write = blkdev_write,
	.fsync = blkdev_fsync,
	.ioctl = blkdev_ioctl,
};

/* --- the list of disks --- */

struct bdev *bdev_find(const char *path)
{
	struct bdev *b;

	if (strncmp(path, "/dev/", 5) == 0)
		path += 5;
	list_for_each (b, &bdevs, link)
		if (strcmp(b->name, path) == 0)
			return b;
	return NULL;
}

struct bdev *bdev_by_dev(u32 dev)
{
	struct bdev *b;

	list_for_each (b, &bdevs, link)
		if (b->dev == dev)
			return b;
	return NULL;
}

unsigned long bdev_cached_pages(void)
{
	unsigned long n = 0;
	struct bdev *b;

	list_for_each (b, &bdevs, link)
		n += READ_ONCE(b->mapping->nr_pages);
	return n;
}

static const struct super_ops no_ops;
static struct super_block bdev_sb = {
	.fstype = "bdev",
	.source = "none",
	.ops = &no_ops,
	.link = LIST_INIT(bdev_sb.link),
};

int bdev_register(struct bdev *b)
{
	struct inode *inode = kzalloc(sizeof(*inode), GFP_KERNEL);
	int err;

	if (inode == NULL)
		return -ENOMEM;
	wait_queue_init(&b->wq);
	inode_init(inode, &bdev_sb, b->dev, S_IFBLK | 0600);
	inode->rdev = b->dev;
	inode->nlink = 1;
	inode->size = b->nr_sectors * SECTOR_SIZE;
	inode->private = b;
	mapping_init(&inode->data, inode, &bdev_aops);
	inode->data.flags = AS_BDEV;
	inode->mapping = &inode->data;
	atomic_set(&inode->refs, 1);
	b->inode = inode;
	b->mapping = &inode->data;
	list_add_tail(&b->link, &bdevs);
	err = devfs_add(b->name, S_IFBLK | 0600, b->dev);
	if (err != 0) {
		list_del(&b->link);
		kfree(inode);
	}
	return err;
}

/* Fields as in Linux's /proc/diskstats; what is not counted here is 0. */
static int show_diskstats(struct seq *s, void *arg)
{
	struct bdev *b;

	(void)arg;
	list_for_each (b, &bdevs, link)
		seq_printf(s, "%4u %7u %s %lu 0 %lu 0 %lu 0 %lu 0 %lu 0 0 0 0 0 0 %lu 0\n",
		           DEV_MAJOR(b->dev), DEV_MINOR(b->dev), b->name, b->reads, b->sectors_read,
		           b->writes, b->sectors_written, b->in_flight, b->flushes);
	return 0;
}

static int show_partitions(struct seq *s, void *arg)
{
	struct bdev *b;

	(void)arg;
	seq_puts(s, "major minor  #blocks  name\n\n");
	list_for_each (b, &bdevs, link)
		seq_printf(s, "%4u %7u %10lu %s\n", DEV_MAJOR(b->dev), DEV_MINOR(b->dev),
		           b->nr_sectors / 2, b->name);
	return 0;
}

void __init blk_init(void)
{
	proc_create("diskstats", show_diskstats, NULL, NULL);
	proc_create("partitions", show_partitions, NULL, NULL);
}
