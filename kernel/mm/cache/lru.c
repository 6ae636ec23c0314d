// SPDX-License-Identifier: MIT
/*
 * lru.c - which cached page to give back: two lists and a second chance.
 *
 * Every page of a file on disk is on one of two lists, in order of arrival.  A new page
 * enters the inactive list.  Use sets PG_REFERENCED and moves nothing, so that a hit costs
 * one bit.  The scan takes pages from the inactive list's old end:
 *
 *      new page ──► [ inactive ........ old end ] ──► not used since: dropped
 *                        ▲                   │ used since
 *        too many active │                   ▼
 *                   [ active .......... old end ]
 *
 * A page that was used between its arrival and the scan goes to the active list with its bit
 * cleared, so what is read once and never again (a file longer than RAM) flows through the
 * inactive list and drives nothing else out.  When the active list is the longer one its old
 * end moves to the inactive list: the second chance.
 *
 * The scan isolates a batch (takes pages and a reference each off the list), works on them
 * without the list's lock, and puts back what stays.  A page is dropped if it is clean,
 * unlocked, not under write-back, unmapped (try_to_unmap does that if it can), and
 * nobody else holds a reference.  Dirty pages are the write-back thread's: the scan
 * kicks it and, where the caller may wait for a file system, waits for some progress.
 *
 *   L1  PG_LRU <=> the page is on a list; PG_ACTIVE says which; both change under lru.lock.
 *   L2  the list holds no reference: the last put_page takes the page off (lru_remove), so
 *       the scan must take its reference with get_page_unless_zero.
 *   L3  who drops the last reference looks at PG_LRU without lru.lock.  So PG_LRU is cleared,
 *       be it for a moment, only by somebody who holds a reference, or by lru_remove.
 *
 * Locks: lru.lock is a leaf (an interrupt may put the last reference: taken irqsave).  The
 * scan only tries page locks: the allocating task may hold one.
 *
 * Tmpfs pages have no other home and stay off the lists, as do anonymous ones, but for those
 * given to MADV_FREE: whoever is not written to until the scan comes is gone.
 */
#include "mm/cache/cache_internal.h"
#include "proc/sched.h"

#define BATCH 32

static struct {
	spinlock_t lock;
	struct list inactive, active;	/* newest first */
	unsigned long nr_inactive, nr_active;
} lru = {	/* ready before anything is: memory may run short in the middle of the boot */
	.lock = SPINLOCK_INIT("lru"),
	.inactive = LIST_INIT(lru.inactive),
	.active = LIST_INIT(lru.active),
};

/* => lru.lock held, page on no list */
static inline void lru_link(struct page *page, bool active)
{
	if (active) {
		page_set(page, PG_LRU | PG_ACTIVE);
		list_add(&page->link, &lru.active);
		lru.nr_active++;
	} else {
		page_set(page, PG_LRU);
		list_add(&page->link, &lru.inactive);
		lru.nr_inactive++;
	}
}

static inline void lru_unlink(struct page *page)
{
	if (page_test(page, PG_ACTIVE))
		lru.nr_active--;
	else
		lru.nr_inactive--;
	page_clear(page, PG_LRU | PG_ACTIVE);
	list_del(&page->link);
}

void lru_add(struct page *page)
{
	lru_add_batch(&page, 1);
}

void lru_add_batch(struct page **pages, unsigned n)
{
	unsigned long flags = spin_lock_irqsave(&lru.lock);

	for (unsigned i = 0; i < n; i++)
		lru_link(pages[i], false);
	spin_unlock_irqrestore(&lru.lock, flags);
}

bool lru_add_lazyfree(struct page *page)
{
	unsigned long flags = spin_lock_irqsave(&lru.lock);
	bool alone = page_refs(page) == 1;	/* and so no scan has it isolated */

	if (alone && !page_test(page, PG_LRU))
		lru_link(page, false);
	spin_unlock_irqrestore(&lru.lock, flags);
	return alone;
}

void lru_remove(struct page *page)
{
	unsigned long flags = spin_lock_irqsave(&lru.lock);

	if (page_test(page, PG_LRU))
		lru_unlink(page);
	spin_unlock_irqrestore(&lru.lock, flags);
}

/* Take up to n pages from the inactive list's old end, with a reference each.
 * => all: refill it from the active list even if it is the longer one (it may hold nothing
 *    but pages that cannot go). */
static unsigned lru_isolate(struct page **out, unsigned n, bool all)
{
	unsigned long flags = spin_lock_irqsave(&lru.lock);
	unsigned got = 0;

	/* Keep the inactive list at least as long as the active one. */
	for (unsigned i = 0; i < n && lru.nr_active > (all ? 0 : lru.nr_inactive); i++) {
		struct page *page = list_last(&lru.active, struct page, link);

		/* PG_LRU stays: L3. */
		page_clear(page, PG_ACTIVE | PG_REFERENCED);
		list_move(&page->link, &lru.inactive);
		lru.nr_active--;
		lru.nr_inactive++;
	}
	for (unsigned i = 0; i < 2 * n && got < n && !list_empty(&lru.inactive); i++) {
		struct page *page = list_last(&lru.inactive, struct page, link);

		/* First the reference, then off the list: L3. */
		if (get_page_unless_zero(page)) {
			lru_unlink(page);
			out[got++] = page;
		} else {
			list_del(&page->link);	/* its last user waits for our lock */
			list_add(&page->link, &lru.inactive);
		}
	}
	spin_unlock_irqrestore(&lru.lock, flags);
	return got;
}

struct scan {
	gfp_t gfp;
	bool force;		/* drop_caches: no second chance */
	bool all;		/* the active list too */
	unsigned long freed, dirty, writeback;
	struct page *wb_page;	/* one under write-back, with a reference */
};

enum verdict { DROPPED, KEEP, ACTIVATE };

/* A page of MADV_FREE: gone, in use again and so off the list, or shared by a fork. */
static enum verdict scan_lazyfree(struct scan *s, struct page *page)
{
	int err = s->force ? -EBUSY : drop_lazyfree(page);

	if (err == 0)
		s->freed++;
	return err == -EBUSY ? KEEP : DROPPED;
}

/* => page isolated, a reference is ours */
static enum verdict scan_page(struct scan *s, struct page *page)
{
	struct address_space *m;
	enum verdict v = KEEP;

	if (READ_ONCE(page->mapping) == NULL)
		return DROPPED;			/* truncated: our put may free it */
	if (page->anon & PAGE_ANON)
		return scan_lazyfree(s, page);
	if (!s->force && page_test_and_clear(page, PG_REFERENCED))
		return ACTIVATE;
	if (!trylock_page(page))
		return KEEP;
	m = page->mapping;
	if (m == NULL) {
		v = DROPPED;
		goto unlock;
	}
	if (page_test(page, PG_WRITEBACK)) {
		s->writeback++;
		if (s->wb_page == NULL) {
			get_page(page);
			s->wb_page = page;
		}
		goto unlock;
	}
	if (page_maps(page) != 0) {
		if (s->force || !(s->gfp & __GFP_FS))
			goto unlock;
		if (page_referenced(page)) {
			v = ACTIVATE;
			goto unlock;
		}
		if (try_to_unmap(page) != 0)
			goto unlock;
	}
	if (page_test(page, PG_DIRTY)) {
		s->dirty++;
		goto unlock;
	}
	if (m->ops->release_page != NULL && !m->ops->release_page(m, page))
		goto unlock;
	if (remove_clean_page(m, page)) {
		s->freed++;
		v = DROPPED;
	}
unlock:
	unlock_page(page);
	return v;
}

static unsigned scan_batch(struct scan *s)
{
	struct page *batch[BATCH];
	enum verdict v[BATCH];
	unsigned n = lru_isolate(batch, BATCH, s->all);
	unsigned long flags;

	if (n == 0)
		return 0;
	for (unsigned i = 0; i < n; i++)
		v[i] = scan_page(s, batch[i]);
	flags = spin_lock_irqsave(&lru.lock);
	for (unsigned i = 0; i < n; i++)
		if (v[i] != DROPPED)
			lru_link(batch[i], v[i] == ACTIVATE);
	spin_unlock_irqrestore(&lru.lock, flags);
	for (unsigned i = 0; i < n; i++)
		put_page(batch[i]);
	return n;
}

unsigned long pagecache_shrink(unsigned long nr, gfp_t gfp)
{
	struct scan s = { .gfp = gfp };
	bool may_wait = (gfp & (__GFP_WAIT | __GFP_IO | __GFP_FS)) ==
			(__GFP_WAIT | __GFP_IO | __GFP_FS) && current->journal == NULL;

	if (!(gfp & __GFP_WAIT))
		return 0;
	if (current->journal != NULL)
		s.gfp &= ~__GFP_FS;
	current->memalloc++;
	for (int round = 0; round < 5 && s.freed < nr; round++) {
		unsigned long left = lru.nr_inactive + lru.nr_active + BATCH;

		s.dirty = s.writeback = 0;
		s.all = round > 0;
		while (s.freed < nr) {
			unsigned n = scan_batch(&s);

			if (n == 0 || n >= left)
				break;
			left -= n;
		}
		if (s.freed >= nr)
			break;
		if (round == 0 && s.freed < nr / 2)
			continue;		/* before waiting, look at the active list */
		if (s.gfp & __GFP_FS)
			s.freed += vfs_shrink(nr - s.freed);
		if (s.dirty != 0)
			writeback_kick();
		if (!may_wait)
			break;
		if (s.freed != 0)
			break;
		/* Only pages that must be written first are left. */
		if (s.wb_page != NULL)
			wait_on_page(s.wb_page, PG_WRITEBACK);
		else if (s.dirty != 0)
			writeback_wait_progress(PATIENCE_MS);
		if (s.wb_page != NULL) {
			put_page(s.wb_page);
			s.wb_page = NULL;
		}
	}
	if (s.wb_page != NULL)
		put_page(s.wb_page);
	current->memalloc--;
	return s.freed;
}

unsigned long drop_caches(void)
{
	struct scan s = { .gfp = GFP_KERNEL, .force = true, .all = true };
	unsigned long left = lru.nr_inactive + lru.nr_active;

	/* Everything becomes inactive as the scan eats the list; each page is seen once
	 * or twice. */
	for (left *= 2; left != 0;) {
		unsigned n = scan_batch(&s);

		if (n == 0)
			break;
		left -= MIN((unsigned long)n, left);
	}
	if (s.wb_page != NULL)
		put_page(s.wb_page);
	return s.freed;
}

void pagecache_lru_counts(unsigned long *active, unsigned long *inactive)
{
	*active = lru.nr_active;
	*inactive = lru.nr_inactive;
}
