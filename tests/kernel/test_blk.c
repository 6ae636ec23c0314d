// SPDX-License-Identifier: MIT
/*
 * test_blk.c - disks: reading, writing, many at once, refusals, errors, the cache.
 *
 * What writes uses a disk with the serial number "scratch" or "swap", whose contents
 * are nobody's; without one those tests pass without doing anything.  A disk with the
 * serial number "broken" is expected to fail every request (see test_disks.py).
 */
#include "dev/blk.h"
#include "fs/vfs.h"
#include "lib/string.h"
#include "mm/kmem/slab.h"
#include "riscv/timer.h"
#include "tests/kernel/ktest.h"
#include "uapi/errno.h"

static struct bdev *disk_with(const char *serial)
{
	char name[8] = "vda";
	struct bdev *b;

	for (; name[2] <= 'h'; name[2]++)
		if ((b = bdev_find(name)) != NULL && strcmp(b->serial, serial) == 0)
			return b;
	return NULL;
}

static struct bdev *scratch(void)
{
	struct bdev *b = disk_with("scratch");

	return b != NULL ? b : disk_with("swap");
}

static void fill(struct page *p, u64 seed)
{
	u64 *w = page_address(p);

	for (unsigned i = 0; i < PAGE_SIZE / 8; i++)
		w[i] = seed * 0x9e3779b97f4a7c15UL + i;
}

static bool filled(struct page *p, u64 seed)
{
	u64 *w = page_address(p);

	for (unsigned i = 0; i < PAGE_SIZE / 8; i++)
		if (w[i] != seed * 0x9e3779b97f4a7c15UL + i)
			return false;
	return true;
}

KTEST(blk_find)
{
	struct bdev *b = bdev_find("/dev/vda");

	KT_ASSERT(b != NULL);
	KT_ASSERT(b == bdev_find("vda") && b == bdev_by_dev(b->dev));
	KT_ASSERT(bdev_find("vd") == NULL && bdev_find("") == NULL &&
	          bdev_find("/dev/vda1") == NULL);
	KT_EQUAL(b->inode->size, b->nr_sectors * SECTOR_SIZE);
	KT_EQUAL(b->in_flight, 0);
}

KTEST(blk_page_round_trip)
{
	struct bdev *b = scratch();
	struct page *p = alloc_page(GFP_KERNEL);

	KT_ASSERT(p != NULL);
	for (u64 i = 0; b != NULL && i < 16; i++) {
		fill(p, i);
		KT_EQUAL(blk_rw_page(b, BLK_WRITE, i * 24, p), 0);
	}
	KT_EQUAL(b != NULL ? blk_flush(b) : 0, 0);
	for (u64 i = 0; b != NULL && i < 16; i++) {
		fill(p, 99);
		KT_EQUAL(blk_rw_page(b, BLK_READ, i * 24, p), 0);
		KT_ASSERT(filled(p, i));
	}
	free_page(p);
}

/* --- refusals --- */

static int refused_err;
static void note_err(struct blk_req *req, int err)
{
	(void)req;
	refused_err = err;
}

KTEST(blk_refusals)
{
	static const struct row {
		const char *name;
		enum blk_op op;
		long sector; /* negative: from the end */
		unsigned nr_segs;
		u32 len;
		int err;
	} rows[] = {
		{ "no piece", BLK_READ, 0, 0, 512, -EINVAL },
		{ "too many pieces", BLK_READ, 0, BLK_MAX_SEGS + 1, 512, -EINVAL },
		{ "empty piece", BLK_READ, 0, 1, 0, -EINVAL },
		{ "half a sector", BLK_READ, 0, 1, 256, -EINVAL },
		{ "behind the end", BLK_READ, -1, 1, 1024, -ENOSPC },
		{ "far behind the end", BLK_READ, 0x7fffffffffffffff, 1, 512, -ENOSPC },
		{ "wrapping round", BLK_WRITE, -1, 2, 512, -ENOSPC },
		{ "flush with data", BLK_FLUSH, 0, 1, 512, -EINVAL },
	};
	struct bdev *b = bdev_find("vda");
	struct page *p = alloc_page(GFP_KERNEL);
	struct blk_seg *segs = kmalloc((BLK_MAX_SEGS + 1) * sizeof(*segs), GFP_KERNEL);

	KT_ASSERT(b != NULL && p != NULL && segs != NULL);
	for (const struct row *r = rows; r < rows + ARRAY_SIZE(rows); r++) {
		struct blk_req req = {
			.op = r->op,
			.nr_segs = r->nr_segs,
			.segs = segs,
			.done = note_err,
			.sector = r->sector < 0 ? b->nr_sectors + (u64)r->sector : (u64)r->sector,
		};

		for (unsigned i = 0; i <= BLK_MAX_SEGS; i++)
			segs[i] = (struct blk_seg){ page_to_phys(p), r->len };
		refused_err = 1;
		blk_submit(b, &req);
		if (refused_err != r->err)
			printk_loud("  row \"%s\"\n", r->name);
		KT_EQUAL(refused_err, r->err);
	}
	KT_EQUAL(b->in_flight, 0);
	kfree(segs);
	free_page(p);
}

/* --- many in flight --- */

#define NR_REQS 150

static struct flight {
	struct blk_req req;
	unsigned first, nr;
	bool done;
} * flights;
static struct wait_queue flight_wq = WAIT_QUEUE_INIT(flight_wq);
static atomic_t in_air;
static int flight_err;

static void landed(struct blk_req *req, int err)
{
	struct flight *fl = req->private;

	if (fl->done || err != 0)
		flight_err = err != 0 ? err : -EEXIST;
	fl->done = true;
	if (atomic_dec_and_test(&in_air))
		wake_up_all(&flight_wq);
}

static bool fly(struct bdev *b, enum blk_op op, struct blk_seg *segs)
{
	flight_err = 0;
	atomic_set(&in_air, NR_REQS);
	for (unsigned i = 0; i < NR_REQS; i++) {
		struct flight *fl = &flights[i];

		fl->done = false;
		fl->req = (struct blk_req){ .op = op,
			                    .sector = fl->first * 8UL,
			                    .nr_segs = fl->nr,
			                    .segs = segs + fl->first,
			                    .done = landed,
			                    .private = fl };
		blk_submit(b, &fl->req);
	}
	wait_event(&flight_wq, atomic_read(&in_air) == 0);
	return flight_err == 0;
}

/* Requests of 1 to 256 pages, all started at once: more than there are slots, and more
 * large ones than there are tables; the pages neighbours in memory, or scattered. */
static void many(struct bdev *b, bool scattered)
{
	static const u16 sizes[] = { 1, 3, 4, 5, 17, 1, 2, 64, 1, 8 };
	unsigned nr = 0, max = 2400;
	struct page **pages = kcalloc(max, sizeof(*pages), GFP_KERNEL);
	struct blk_seg *segs = kcalloc(max, sizeof(*segs), GFP_KERNEL);

	flights = kcalloc(NR_REQS, sizeof(*flights), GFP_KERNEL);
	KT_ASSERT(pages != NULL && segs != NULL && flights != NULL);
	for (unsigned i = 0; i < NR_REQS; i++) {
		flights[i].first = nr;
		flights[i].nr = i == 40 ? 256 : i == 80 ? 255 : sizes[i % ARRAY_SIZE(sizes)];
		nr += flights[i].nr;
	}
	KT_ASSERT(nr <= max);
	if ((u64)nr * 8 > b->nr_sectors)
		return; /* too small a disk */
	for (unsigned i = 0; i < nr; i++) {
		unsigned at = scattered ? i * 7 % nr : i; /* nr is no multiple of 7 */

		while (pages[at] != NULL)
			at = (at + 1) % nr;
		pages[at] = alloc_page(GFP_KERNEL);
		KT_ASSERT(pages[at] != NULL);
	}
	for (unsigned i = 0; i < nr; i++) {
		segs[i] = (struct blk_seg){ page_to_phys(pages[i]), PAGE_SIZE };
		fill(pages[i], i + 1000 * scattered);
	}
	KT_ASSERT(fly(b, BLK_WRITE, segs));
	for (unsigned i = 0; i < nr; i++)
		fill(pages[i], ~0UL);
	KT_ASSERT(fly(b, BLK_READ, segs));
	for (unsigned i = 0; i < nr; i++)
		KT_ASSERT(filled(pages[i], i + 1000 * scattered));
	KT_EQUAL(b->in_flight, 0);
	for (unsigned i = 0; i < nr; i++)
		free_page(pages[i]);
	kfree(pages);
	kfree(segs);
	kfree(flights);
}

KTEST(blk_many_in_flight)
{
	struct bdev *b = scratch();

	if (b == NULL)
		return;
	many(b, false);
	many(b, true);
}

KTEST(blk_throughput)
{
	struct bdev *b = scratch();
	unsigned n = BLK_MAX_SEGS;
	struct blk_seg segs[8], *all = kcalloc(n, sizeof(*all), GFP_KERNEL);
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, 8);
	u64 start, large, small;

	if (b == NULL || b->nr_sectors < 8 * n)
		return;
	KT_ASSERT(page != NULL && all != NULL);
	for (unsigned i = 0; i < n; i++) /* backwards: no two are neighbours */
		all[i] =
			(struct blk_seg){ page_to_phys(page) + (n - 1 - i) * PAGE_SIZE, PAGE_SIZE };
	start = time_ns();
	for (unsigned k = 0; k < 16; k++) {
		struct blk_req req = { .op = BLK_READ, .nr_segs = n, .segs = all };

		KT_EQUAL(blk_submit_wait(b, &req), 0);
	}
	large = (time_ns() - start) / (16 * n);
	start = time_ns();
	for (unsigned k = 0; k < 64; k++) {
		struct blk_req req = {
			.op = BLK_READ, .sector = k * 8, .nr_segs = 1, .segs = segs
		};

		segs[0] = all[k];
		KT_EQUAL(blk_submit_wait(b, &req), 0);
	}
	small = (time_ns() - start) / 64;
	printk_loud("  per page: %lu ns in 1 MiB requests, %lu ns in 4 KiB requests\n", large,
	            small);
	free_pages(page, 8);
	kfree(all);
}

/* --- the cache --- */

KTEST(blk_cache)
{
	struct bdev *b = scratch();
	struct page *p, *raw = alloc_page(GFP_KERNEL);

	if (b == NULL)
		return;
	KT_ASSERT(raw != NULL);
	fill(raw, 4711);
	KT_EQUAL(blk_rw_page(b, BLK_WRITE, 77 * 8, raw), 0);
	invalidate_pages(b->mapping, 0, ~0UL);
	p = read_mapping_page(b->mapping, 77);
	KT_ASSERT(!IS_ERR(p));
	KT_ASSERT(filled(p, 4711));
	lock_page(p);
	KT_EQUAL(b->mapping->ops->write_begin(b->mapping, p, 0, PAGE_SIZE), 0);
	fill(p, 4712);
	mark_page_dirty(p);
	unlock_page(p);
	KT_EQUAL(filemap_write(b->mapping, 0, ~0UL, true), 0);
	KT_EQUAL(filemap_check_errors(b->mapping), 0);
	put_page(p);
	KT_EQUAL(blk_rw_page(b, BLK_READ, 77 * 8, raw), 0);
	KT_ASSERT(filled(raw, 4712));
	free_page(raw);
}

/* --- a disk that fails --- */

KTEST(blk_device_errors)
{
	struct bdev *b = disk_with("broken");
	struct page *p = alloc_page(GFP_KERNEL), *cached;
	u64 errors;

	KT_ASSERT(p != NULL);
	if (b != NULL) {
		errors = b->errors;
		KT_EQUAL(blk_rw_page(b, BLK_READ, 0, p), -EIO);
		KT_EQUAL(blk_rw_page(b, BLK_READ, 8, p), -EIO);
		KT_EQUAL(blk_rw_page(b, BLK_WRITE, 8, p), -EIO);
		cached = read_mapping_page(b->mapping, 3);
		KT_ASSERT(IS_ERR(cached));
		KT_EQUAL(PTR_ERR(cached), -EIO);
		KT_ASSERT(b->errors >= errors + 4);
		KT_EQUAL(b->in_flight, 0);
	}
	free_page(p);
}

KTEST(blk_read_only)
{
	struct bdev *b = disk_with("readonly");
	struct page *p = alloc_page(GFP_KERNEL);

	KT_ASSERT(p != NULL);
	if (b != NULL) {
		KT_ASSERT(b->readonly);
		KT_EQUAL(blk_rw_page(b, BLK_READ, 0, p), 0);
		KT_EQUAL(blk_rw_page(b, BLK_WRITE, 0, p), -EROFS);
	}
	free_page(p);
}
