// SPDX-License-Identifier: MIT
/*
 * rwsem.c - sleeping reader-writer lock.
 *
 * One 64-bit word holds the state:
 *	bits 0..31	readers, and for a moment those about to find that they must wait
 *	bits 32..47	writers that wait
 *	bit 48		held by a writer
 *
 *   S1  a reader has the lock when it counted itself and found bits 32.. zero.
 *   S2  a writer has it when it set bit 48 while readers and bit 48 were zero.
 *   S3  whoever makes the readers zero while writers wait, or clears bit 48, wakes.
 *   S4  a writer that lets go gives the lock to all readers on the queue at once: it counts
 *       them before it clears bit 48 and tells each that it was granted.
 *
 * S4 is for the readers' sake.  While one writer holds the lock and the next one waits
 * there is no moment at which S1 lets a reader in; two threads that map and unmap would
 * keep the faults of all others out for ever.  So phases alternate: after each writer the
 * readers that have come meanwhile, after these, whom S1 holds off, the next writer.
 *
 * Without contention each way costs one atomic operation (inlined in the header).
 */
#include "sync/rwsem.h"
#include "lib/printk.h"
#include "proc/sched.h"
#include "riscv/hart.h"
#include "sync/lockdep.h"
#include "uapi/errno.h"

#define WAITING	(1UL << 32)
#define HELD	RWSEM_HELD

#ifdef CONFIG_DEBUG
#define RWSEM_NAME(s) ((s)->name)
#else
#define RWSEM_NAME(s) NULL
#endif

void rwsem_init(struct rwsem *s, const char *name __maybe_unused)
{
	s->count = 0;
	s->writer = NULL;
	wait_queue_init(&s->wq);
#ifdef CONFIG_DEBUG
	s->name = name;
#endif
}

void up_read_wake(struct rwsem *s)
{
	if ((READ_ONCE(s->count) & RWSEM_READERS) == 0)
		wake_up(&s->wq);
}

/* The queue's shared waiters. */
struct reader {
	struct waiter w;
	bool granted;		/* (wq.lock, by another) S4 */
};

/* We have counted ourselves in vain: take that back, wait, try again. */
void down_read_slow(struct rwsem *s)
{
	struct reader r = { .granted = false };

	might_sleep();
	waiter_init(&r.w, current, false);
	for (;;) {
		__atomic_sub_fetch(&s->count, 1, __ATOMIC_SEQ_CST);
		up_read_wake(s);
		while (!READ_ONCE(r.granted)) {
			wait_prepare(&s->wq, &r.w, false);
			if (READ_ONCE(r.granted) || READ_ONCE(s->count) <= RWSEM_READERS)
				break;
			schedule();
		}
		wait_finish(&s->wq, &r.w);
		if (smp_load_acquire(&r.granted))	/* off the queue: it is final */
			return;
		if (__atomic_fetch_add(&s->count, 1, __ATOMIC_ACQUIRE) <= RWSEM_READERS)
			return;
	}
}

#ifdef CONFIG_DEBUG
void down_read(struct rwsem *s)
{
	might_sleep();
	lockdep_acquire(s, RWSEM_NAME(s), true, false, false);
	if (__atomic_fetch_add(&s->count, 1, __ATOMIC_ACQUIRE) > RWSEM_READERS)
		down_read_slow(s);
}

void up_read(struct rwsem *s)
{
	assert((READ_ONCE(s->count) & RWSEM_READERS) != 0);
	lockdep_release(s);
	if (__atomic_sub_fetch(&s->count, 1, __ATOMIC_RELEASE) > RWSEM_READERS)
		up_read_wake(s);
}
#endif

bool down_read_trylock(struct rwsem *s)
{
	u64 old = READ_ONCE(s->count);

	while (old <= RWSEM_READERS)
		if (__atomic_compare_exchange_n(&s->count, &old, old + 1, false, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED)) {
			lockdep_acquire(s, RWSEM_NAME(s), true, false, true);
			return true;
		}
	return false;
}

static bool take_free(struct rwsem *s, u64 old, u64 new)
{
	return __atomic_compare_exchange_n(&s->count, &old, new, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static void write_slow(struct rwsem *s)
{
	struct waiter w;

	waiter_init(&w, current, true);
	__atomic_fetch_add(&s->count, WAITING, __ATOMIC_SEQ_CST);
	for (;;) {
		u64 old;

		wait_prepare(&s->wq, &w, false);
		old = READ_ONCE(s->count);
		if ((old & (RWSEM_READERS | HELD)) == 0) {
			if (take_free(s, old, old - WAITING + HELD))
				break;
			continue;
		}
		schedule();
	}
	wait_finish(&s->wq, &w);
}

static void write_lock(struct rwsem *s, bool nested)
{
	might_sleep();
	lockdep_acquire(s, RWSEM_NAME(s), true, nested, false);
	if (!take_free(s, 0, HELD))
		write_slow(s);
	s->writer = current;
}

static struct reader *as_reader(struct waiter *w)
{
	return w->exclusive ? NULL : container_of(w, struct reader, w);
}

/* A writer lets go, or (keep: 1) becomes a reader: S4, or else the next writer's turn. */
static void release(struct rwsem *s, u64 keep)
{
	unsigned long flags = spin_lock_irqsave(&s->wq.lock);
	struct waiter *w;
	struct reader *r;
	u64 n = 0;

	list_for_each(w, &s->wq.waiters, link)
		if ((r = as_reader(w)) != NULL && !r->granted)
			n++;
	__atomic_fetch_add(&s->count, n + keep - HELD, __ATOMIC_SEQ_CST);
	list_for_each(w, &s->wq.waiters, link)
		if ((r = as_reader(w)) != NULL)
			smp_store_release(&r->granted, true);
	spin_unlock_irqrestore(&s->wq.lock, flags);
	wake_up_nr(&s->wq, n + keep == 0);
}

void up_write_slow(struct rwsem *s)
{
	release(s, 0);
}

void down_write_slow(struct rwsem *s)
{
	write_lock(s, false);
}

#ifdef CONFIG_DEBUG
void down_write(struct rwsem *s)
{
	write_lock(s, false);
}

void up_write(struct rwsem *s)
{
	assert(s->writer == current);
	s->writer = NULL;
	lockdep_release(s);
	release(s, 0);
}
#endif

void down_write_nested(struct rwsem *s)
{
	write_lock(s, true);
}

bool down_write_trylock(struct rwsem *s)
{
	if (!take_free(s, 0, HELD))
		return false;
	lockdep_acquire(s, RWSEM_NAME(s), true, false, true);
	s->writer = current;
	return true;
}

void downgrade_write(struct rwsem *s)
{
	assert(s->writer == current);
	s->writer = NULL;
	release(s, 1);
}
