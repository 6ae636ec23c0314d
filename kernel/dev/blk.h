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

#define SECTOR_SIZE	512
#define BLK_MAX_SEGS	256		/* pieces of one request: 1 MiB of pages */

enum blk_op { BLK_READ, BLK_WRITE, BLK_FLUSH };

struct blk_seg {
	paddr_t addr;
	u32 len;			/* multiple of SECTOR_SIZE */
};

struct blk_req {
	enum blk_op op;
	u64 sector;
	unsigned nr_segs;
	struct blk_seg *segs;		/* valid until done */
	/* err: 0, -EIO, -ENOSPC (past the end), -EOPNOTSUPP.  Interrupt context; may
	 * free the request. */
	void (*done)(struct blk_req *req, int err);
	void *private;
	struct list link;		/* the driver's */
	u64 start_ns;
	int err;			/* blk_wait's */
};

struct bdev;
struct bdev_ops {
	/* Start it; never waits (a full ring queues). */
	void (*submit)(struct bdev *b, struct blk_req *req);
};

struct bdev {
	char name[8];			/* "vda" */
	u32 dev;			/* rdev: major << 16 | minor */
	u64 nr_sectors;
	bool readonly;
	bool can_flush;
	const struct bdev_ops *ops;
	void *driver;
	struct inode *inode;		/* owner of the cache below */
	struct address_space *mapping;	/* page n is bytes [4096n, 4096n+4096) of the disk */
	struct list link;
	u64 reads, writes, sectors_read, sectors_written, errors, in_flight;
	char serial[21];
};

int bdev_register(struct bdev *b);	/* also makes /dev/NAME */
struct bdev *bdev_find(const char *path);	/* "/dev/vda" or "vda"; NULL */
struct bdev *bdev_by_dev(u32 dev);
void blk_submit(struct bdev *b, struct blk_req *req);
/* Submit and sleep until done. */
int blk_submit_wait(struct bdev *b, struct blk_req *req);
int blk_rw_page(struct bdev *b, enum blk_op op, u64 sector, struct page *page);	/* waits */
int blk_flush(struct bdev *b);		/* waits; 0 where the device has no cache */
void dev_init(void);			/* probes everything the FDT names */

#endif
