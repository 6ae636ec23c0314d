// SPDX-License-Identifier: MIT
/*
 * page.c - the page lock, and waiting for a page.
 *
 * Problem: millions of pages, each of which someone may one day want to sleep on, and
 * no room for a wait queue in struct page.  Idea: a few queues, found by hashing the
 * page's address; PG_WAITERS in the page says whether anyone sleeps at all, so that
 * unlocking a page that nobody waits for is one atomic instruction.
 *
 * Lost wake-ups: the sleeper joins the queue, then sets PG_WAITERS, then looks at the
 * flag it waits for.  The waker clears flag and PG_WAITERS in one operation and wakes
 * the queue if PG_WAITERS was set.  Whichever comes first, either the sleeper finds
 * the flag clear or the waker finds PG_WAITERS set.  Everybody on the queue wakes and
 * looks again, setting PG_WAITERS anew before going back to sleep.
 *
 * Two pages that share a queue cost each other a look, nothing else.
 */
#include "lib/printk.h"
#include "mm/phys/zone.h"
#include "sync/wait.h"

#define PAGE_WQS	16		/* a power of two; 640 bytes in all */

static struct wait_queue page_wq[PAGE_WQS];

static struct wait_queue *page_queue(const struct page *p)
{
	return &page_wq[((unsigned long)p / sizeof(*p)) % PAGE_WQS];
}

void page_wait_init(void)
{
	for (unsigned i = 0; i < PAGE_WQS; i++)
		wait_queue_init(&page_wq[i]);
}

bool pfn_valid(pfn_t pfn)
{
	return pfn >= min_pfn && pfn < max_pfn && pageblock_type(pfn) != PAGEBLOCK_NONE;
}

bool trylock_page(struct page *p)
{
	return !page_test_and_set(p, PG_LOCKED);
}

#ifdef __KERNEL__
static __noinline void sleep_on_page(struct page *p, u32 flag, bool lock)
{
	struct wait_queue *wq = page_queue(p);
	struct waiter w;

	for (;;) {
		wait_prepare(wq, &w, false);
		__atomic_fetch_or(&p->flags, PG_WAITERS, __ATOMIC_SEQ_CST);
		if (lock ? trylock_page(p) : !page_test(p, flag))
			break;
		schedule();
	}
	wait_finish(wq, &w);
}
#else
static void sleep_on_page(struct page *p, u32 flag, bool lock)
{
	panic("page %p: would sleep (flag %x, lock %d)", (void *)p, flag, lock);
}
#endif

void lock_page(struct page *p)
{
	if (unlikely(!trylock_page(p)))
		sleep_on_page(p, PG_LOCKED, true);
}

void wait_on_page(struct page *p, u32 flag)
{
	if (page_test(p, flag))
		sleep_on_page(p, flag, false);
}

static inline void clear_and_wake(struct page *p, u32 flag)
{
	u32 old = __atomic_fetch_and(&p->flags, ~(flag | PG_WAITERS), __ATOMIC_SEQ_CST);

	if (unlikely(!(old & flag)))
		panic("page: pfn %lx flags %x: flag %x was not set", page_to_pfn(p), old, flag);
	if (unlikely(old & PG_WAITERS))
		wake_up_all(page_queue(p));
}

void unlock_page(struct page *p)
{
	clear_and_wake(p, PG_LOCKED);
}

/* => the caller holds a reference: the page may be freed by others once it is clean. */
void end_page_writeback(struct page *p)
{
	clear_and_wake(p, PG_WRITEBACK);
}
