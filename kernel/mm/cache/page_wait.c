// SPDX-License-Identifier: MIT
/*
 * page_wait.c - the page lock and waiting for a page's I/O.
 *
 * A frame has no room for a wait queue, and few pages are ever waited for, so all
 * pages share a small table of queues, chosen by a hash of the page's address.  A
 * waiter first sets PG_WAITERS, then looks at the bit it waits for; whoever clears that
 * bit takes PG_WAITERS away in the same atomic operation and wakes the queue if it was
 * set.  Both bits live in one word, so neither side can miss the other.  Waking a queue
 * wakes the waiters of other pages of the same hash too: they look again, set
 * PG_WAITERS anew and sleep on.
 *
 * The uncontended lock and unlock are one atomic operation each.  Unlocking may be done
 * by another task than the locker, and in an interrupt: the end of a read unlocks.
 *
 * Order: whoever holds a page lock takes others by trylock_page only.  The one
 * exception is pfs's seal_tail, which waits for a page of the same file with a lower
 * index.  See README.md for the place among all locks.
 */
#include "mm/cache/cache_internal.h"
#include "proc/sched.h"

#define PAGE_WQ_SHIFT	6

static struct wait_queue page_wq[1 << PAGE_WQ_SHIFT];

static inline struct wait_queue *page_queue(const struct page *p)
{
	return &page_wq[((unsigned long)p / sizeof(*p) * 0x9e3779b97f4a7c15UL) >>
			(64 - PAGE_WQ_SHIFT)];
}

void page_wait_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(page_wq); i++)
		wait_queue_init(&page_wq[i]);
}

static __noinline void lock_page_wait(struct page *p)
{
	struct wait_queue *wq = page_queue(p);
	struct waiter w;

	might_sleep();
	waiter_init(&w, current, false);
	for (;;) {
		wait_prepare(wq, &w, false);
		page_set(p, PG_WAITERS);
		if (!page_test_and_set(p, PG_LOCKED))
			break;
		schedule();
	}
	wait_finish(wq, &w);
}

void lock_page(struct page *p)
{
	if (unlikely(page_test_and_set(p, PG_LOCKED)))
		lock_page_wait(p);
}

bool trylock_page(struct page *p)
{
	return !page_test_and_set(p, PG_LOCKED);
}

static inline void clear_and_wake(struct page *p, u32 bit)
{
	u32 old = __atomic_fetch_and(&p->flags, ~(bit | (u32)PG_WAITERS), __ATOMIC_SEQ_CST);

	assert(old & bit);
	if (unlikely(old & PG_WAITERS))
		wake_up_all(page_queue(p));
}

void unlock_page(struct page *p)
{
	clear_and_wake(p, PG_LOCKED);
}

void wait_on_page(struct page *p, u32 flag)
{
	struct wait_queue *wq = page_queue(p);
	struct waiter w;

	if (!page_test(p, flag))
		return;
	might_sleep();
	waiter_init(&w, current, false);
	for (;;) {
		wait_prepare(wq, &w, false);
		page_set(p, PG_WAITERS);
		if (!page_test(p, flag))
			break;
		schedule();
	}
	wait_finish(wq, &w);
}

void end_page_writeback(struct page *p)
{
	/* Somebody may drop the page as soon as the bit is clear; p's flags are not
	 * looked at after it, and the queue belongs to no page. */
	atomic_add(&nr_writeback_pages, -1);
	clear_and_wake(p, PG_WRITEBACK);
	writeback_progress();
}
