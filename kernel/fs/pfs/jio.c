// SPDX-License-Identifier: MIT
/*
 * jio.c - the journal's writes: many in flight, consecutive blocks in one request.
 *
 * Log and checkpoint both write lists of single pages, and both want to know one thing: are
 * all of them done, and did one fail?  The requests are allocated once, at
 * mount, so that writing never needs memory.  Only the journal's thread uses this.
 */
#include "fs/pfs/pfs.h"

#define JIO_SEGS 24
#define JIO_REQS 16

struct jio {
	struct bdev *bdev;
	struct wait_queue wait;
	atomic_t in_flight;
	int err; /* first failure since jio_wait */
	unsigned used; /* requests started since then */
	unsigned nr; /* segments of the one being filled, reqs[used] */
	struct jio_req {
		struct blk_req req;
		struct blk_seg segs[JIO_SEGS];
	} reqs[JIO_REQS];
};

static void io_done(struct blk_req *req, int err)
{
	struct jio *io = req->private;

	if (err != 0)
		WRITE_ONCE(io->err, err);
	if (atomic_dec_and_test(&io->in_flight))
		wake_up_all(&io->wait);
}

static void io_submit(struct jio *io)
{
	struct jio_req *r = &io->reqs[io->used];

	if (io->nr == 0)
		return;
	r->req.op = BLK_WRITE;
	r->req.nr_segs = io->nr;
	r->req.segs = r->segs;
	r->req.done = io_done;
	r->req.private = io;
	io->nr = 0;
	io->used++;
	atomic_inc(&io->in_flight);
	blk_submit(io->bdev, &r->req);
}

int jio_wait(struct jio *io)
{
	int err;

	io_submit(io);
	wait_event(&io->wait, atomic_read(&io->in_flight) == 0);
	io->used = 0;
	err = io->err;
	io->err = 0;
	return err;
}

void jio_write(struct jio *io, u32 block, struct page *page)
{
	struct jio_req *r;
	u64 sector = (u64)block * (PFS_BLOCK / SECTOR_SIZE);

	if (io->nr == JIO_SEGS ||
	    (io->nr > 0 &&
	     io->reqs[io->used].req.sector + io->nr * (PFS_BLOCK / SECTOR_SIZE) != sector))
		io_submit(io);
	if (io->used == JIO_REQS) {
		int err = jio_wait(io);

		io->err = err;
	}
	r = &io->reqs[io->used];
	if (io->nr == 0)
		r->req.sector = sector;
	r->segs[io->nr].addr = page_to_phys(page);
	r->segs[io->nr].len = PFS_BLOCK;
	io->nr++;
}

struct jio *jio_make(struct bdev *bdev)
{
	struct jio *io = kzalloc(sizeof(*io), GFP_KERNEL);

	if (io != NULL) {
		io->bdev = bdev;
		wait_queue_init(&io->wait);
	}
	return io;
}
