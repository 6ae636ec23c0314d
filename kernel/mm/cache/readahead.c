// SPDX-License-Identifier: MIT
/*
 * readahead.c - reading before being asked.
 *
 * A disk request has a price of its own (dev/README.md: 4 KiB alone cost as much as a
 * hundred pages in one run), so what will be read next is read along.  Every open file
 * remembers one window in file->ra: pages [start, start + size), of which the last `async`
 * were read ahead of need.  The first of those carries PG_READAHEAD; when the reader comes
 * to it, the next window is started, so the disk works while the program does:
 *
 *        start                               start + size
 *          |------ needed ------|------ async -------|
 *                               ^ PG_READAHEAD: start the next window here
 *
 * What kind of reader is it?  Asked when a page is missing:
 *   1. start of the file, or the page after the last one read: sequential; first window,
 *      four times the request, at least 4 and at most RA_MAX pages;
 *   2. the page where the window ended: sequential, but the window's pages have gone
 *      again or the marker was never met: next window, twice as large up to RA_MAX;
 *   3. anything else: random; exactly what was asked for, no marker.
 * MADV_RANDOM makes everything kind 3, MADV_SEQUENTIAL starts at RA_MAX.
 *
 * file->ra has no lock: two readers of one struct file may spoil each other's window, which
 * costs time and never correctness, since what is in the cache decides.
 *
 * Failure: none.  Read-ahead that finds no memory stops; the reader then reads its page
 * by itself and reports the error.
 */
#include "mm/cache/cache_internal.h"

#define RA_MIN	4
#define RA_MAX	32		/* pages: 128 KiB */

/* Read the missing pages of [start, start+n) in runs; page `marker` gets PG_READAHEAD.
 * => pages come in asynchronously, locked until they are there. */
static void read_range(struct address_space *m, u64 start, u64 n, u64 marker, gfp_t gfp)
{
	u64 end = DIV_ROUND_UP(READ_ONCE(m->host->size), PAGE_SIZE);
	struct page *run[RA_MAX];
	unsigned len = 0;

	if (start >= end || m->ops->read_pages == NULL)
		return;
	end = MIN(end, start + n);
	for (u64 i = start; i < end; i++) {
		struct page *page;
		bool present;

		spin_lock(&m->lock);
		present = xa_load(&m->pages, i) != NULL;
		spin_unlock(&m->lock);
		page = present ? NULL : alloc_page(gfp);
		if (page != NULL && add_to_page_cache(m, page, i, gfp) != 0) {
			free_page(page);
			page = NULL;
		}
		if (page != NULL) {
			if (i == marker)
				page_set(page, PG_READAHEAD);
			run[len++] = page;
		}
		if (len != 0 && (page == NULL || len == RA_MAX || i + 1 == end)) {
			lru_add_batch(run, len);
			m->ops->read_pages(m, run, len);
			for (unsigned k = 0; k < len; k++)
				put_page(run[k]);
			len = 0;
		}
		if (page == NULL && !present)
			return;			/* no memory */
	}
}

static inline u32 first_window(u64 req, u32 mode)
{
	u32 size = RA_MIN;

	if (mode == MADV_SEQUENTIAL)
		return RA_MAX;
	while (size < 4 * req && size < RA_MAX)
		size *= 2;
	return size;
}

static inline u32 next_window(u32 size)
{
	return MIN(MAX(size, (u32)RA_MIN / 2) * 2, (u32)RA_MAX);
}

static void submit_window(struct file *f, struct address_space *m)
{
	struct file_ra *ra = &f->ra;

	read_range(m, ra->start, ra->size, ra->start + ra->size - ra->async,
		   GFP_HIGHUSER_MOVABLE | __GFP_NOWARN);
}

void readahead_miss(struct file *f, struct address_space *m, u64 index, u64 req)
{
	struct file_ra *ra = &f->ra;

	req = CLAMP(req, 1UL, (u64)RA_MAX);
	if (ra->mode == MADV_RANDOM)
		goto random;
	if (ra->size != 0 && index == ra->start + ra->size) {	/* 2 */
		ra->start = index;
		ra->size = MAX(next_window(ra->size), (u32)req);
		ra->async = ra->size > req ? ra->size - (u32)req : ra->size;
	} else if (index == 0 || index == ra->prev || index == ra->prev + 1) {	/* 1 */
		ra->start = index;
		ra->size = first_window(req, ra->mode);
		ra->async = ra->size > req ? ra->size - (u32)req : ra->size;
	} else {						/* 3 */
		goto random;
	}
	submit_window(f, m);
	return;
random:
	read_range(m, index, req, ~0UL, GFP_HIGHUSER_MOVABLE | __GFP_NOWARN);
}

void readahead_marker(struct file *f, struct address_space *m, struct page *page, u64 req)
{
	struct file_ra *ra = &f->ra;
	u64 index = page->index;

	page_clear(page, PG_READAHEAD);
	if (ra->mode == MADV_RANDOM)
		return;
	if (index + ra->async == ra->start + ra->size) {
		/* The expected marker: the next window begins where this one ends. */
		ra->start += ra->size;
		ra->size = MAX(next_window(ra->size), (u32)MIN(req, (u64)RA_MAX));
	} else {
		/* Another reader's marker: read on from here; what is present is skipped. */
		ra->start = index + 1;
		ra->size = first_window(req, ra->mode);
	}
	ra->async = ra->size;
	submit_window(f, m);
}

void filemap_advise(struct file *f, int advice)
{
	f->ra.mode = advice;
}

void filemap_willneed(struct file *f, u64 first, u64 last)
{
	if (last >= first)
		read_range(f->inode->mapping, first, MIN(last - first + 1, 4096UL), ~0UL,
			   GFP_HIGHUSER_MOVABLE | __GFP_NOWARN);
}
