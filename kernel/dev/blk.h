// SPDX-License-Identifier: MIT
/*
 * blk.h - block devices: requests, completion, and each device's page cache.
 *
 * A request is a run of consecutive sectors to or from a list of memory pieces.
 * It is submitted, and some time later done() is called, once, from the disk's
 * interrupt.  Any number may be in flight.
 */
#ifndef DEV_BLK_H
#define DEV_BLK_H

#include "lib/list.h"
#include "mm/cache/pagecache.h"
#include "sync/wait.h"

#define SECTOR_SIZE  512
#define BLK_MAX_SEGS 256 /* pieces of one request: 1 MiB of pages */

enum blk_op { BLK_READ, BLK_WRITE, BLK_FLUSH };

struct blk_seg {
	paddr_t addr;
	u32 len; /* multiple of SECTOR_SIZE, not 0 */
};

/* The submitter fills the first part; the rest needs no initialisation. */
struct blk_req {
	enum blk_op op;
	u64 sector;
	unsigned nr_segs; /* 1 .. BLK_MAX_SEGS; 0 for BLK_FLUSH */
	struct blk_seg *segs; /* valid until done */
	/* err: 0, -EIO, -ENOSPC (past the end), -EROFS, -EINVAL, -EOPNOTSUPP.
	 * => interrupt context, no lock of this layer held; may free the request, may
	 *    submit others.  A request that is refused is done() from blk_submit itself. */
	void (*done)(struct blk_req *req, int err);
	void *private;

	struct list link; /* the driver's, as all below */
	u64 next_sector;
	unsigned next_seg; /* not yet issued */
	unsigned chains; /* issued, not answered */
	u32 nr_sectors;
	int err;
};

struct bdev;
struct bdev_ops {
	/* Start it; never waits (a full ring queues). */
	void (*submit)(struct bdev *b, struct blk_req *req);
};

/* Locks: (c) constant after bdev_register  (a) atomic */
struct bdev {
	char name[8]; /* (c) "vda" */
	u32 dev; /* (c) rdev: major << 16 | minor */
	u64 nr_sectors; /* (c) */
	bool readonly; /* (c) */
	bool can_flush; /* (c) */
	const struct bdev_ops *ops; /* (c) */
	void *driver; /* (c) */
	struct inode *inode; /* (c) owner of the cache below; never freed */
	struct address_space *mapping; /* (c) page n is bytes [4096n, 4096n+4096) of the disk */
	struct list link; /* (c) */
	struct wait_queue wq; /* blk_submit_wait's sleepers */
	u64 reads, writes, flushes, sectors_read, sectors_written, errors, in_flight; /* (a) */
	char serial[21];
};

/* => the caller has filled name, dev, nr_sectors, readonly, can_flush, ops, driver;
 *    also makes /dev/NAME.  0 or -ENOMEM. */
int bdev_register(struct bdev *b);
struct bdev *bdev_find(const char *path); /* "/dev/vda" or "vda"; NULL */
struct bdev *bdev_by_dev(u32 dev);
/* Pages of all disks' own mappings: what file systems have cached of their structure. */
unsigned long bdev_cached_pages(void);
void blk_submit(struct bdev *b, struct blk_req *req);
/* For drivers: the request is finished. */
void blk_complete(struct bdev *b, struct blk_req *req, int err);
/* Submit and sleep until done; uses req->done and req->private. */
int blk_submit_wait(struct bdev *b, struct blk_req *req);
int blk_rw_page(struct bdev *b, enum blk_op op, u64 sector, struct page *page); /* waits */
int blk_flush(struct bdev *b); /* waits; 0 where the device has no cache */
void dev_init(void); /* probes everything the FDT names */

/* What an open block device file does (/dev/vda); the VFS takes it for S_IFBLK, having
 * set file->private to the bdev of the inode's rdev, and reads and maps b->mapping. */
extern const struct file_ops blkdev_fops;

#endif
