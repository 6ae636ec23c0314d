// SPDX-License-Identifier: MIT
/*
 * futex.c - sleeping on a word of user memory.
 *
 * A lock in user space costs the kernel nothing while nobody waits: it is one atomic
 * operation on a word.  Who finds it taken calls WAIT with the value he saw and
 * sleeps, if the word still has that value; who gives it back and sees that somebody
 * waits calls WAKE.
 *
 * The word is named by what memory it is, not by its address (user_futex_key), so
 * that processes which share a page meet.  Waiters stand in a hash table of queues.
 *
 * No wake-up is lost: the waiter joins the queue first and reads the word afterwards,
 * the waker has changed the word before he looks at the queue.  The word cannot be
 * read under the queue's spinlock, for reading may fault; so a waiter may be woken
 * before it has compared.  It then takes that for its wake-up, whatever it read: a
 * wake counts once.
 *
 * Locks: the bucket's, then the run queue's.
 */
#include "lib/printk.h"
#include "mm/vm/mm.h"
#include "proc/proc_internal.h"
#include "riscv/timer.h"

#define BUCKETS		64

struct bucket {
	spinlock_t lock;
	struct list waiters;		/* oldest first */
};

/* On the waiter's stack. */
struct futex_waiter {
	struct list link;		/* bucket's lock; in one while !woken */
	struct bucket *bucket;		/* changes by requeue, under both buckets' locks */
	struct futex_key key;
	struct task *task;
	bool woken;			/* bucket's lock to set */
	bool timed_out;
	struct timer timer;
};

static struct bucket buckets[BUCKETS];
static bool ready;
static spinlock_t ready_lock = SPINLOCK_INIT("futex_init");

static struct bucket *bucket_of(const struct futex_key *k)
{
	u64 h = (k->a ^ k->b * 0x9e3779b97f4a7c15UL) * 0xbf58476d1ce4e5b9UL;

	if (unlikely(!smp_load_acquire(&ready))) {
		spin_lock(&ready_lock);
		if (!ready) {
			for (int i = 0; i < BUCKETS; i++) {
				spin_lock_init(&buckets[i].lock, "futex");
				list_init(&buckets[i].waiters);
			}
			smp_store_release(&ready, true);
		}
		spin_unlock(&ready_lock);
	}
	return &buckets[h >> 58];
}

static bool same(const struct futex_key *x, const struct futex_key *y)
{
	return x->a == y->a && x->b == y->b;
}

/* => bucket's lock held */
static void wake_one(struct futex_waiter *w)
{
	struct task *t = w->task;

	list_del(&w->link);
	task_get(t);		/* w is gone as soon as it sees woken */
	smp_store_release(&w->woken, true);
	wake_task(t, BIT(TASK_INTERRUPTIBLE));
	task_put(t);
}

static int wake_key(const struct futex_key *key, int nr)
{
	struct bucket *b = bucket_of(key);
	struct futex_waiter *w, *tmp;
	int woken = 0;

	spin_lock(&b->lock);
	list_for_each_safe(w, tmp, &b->waiters, link) {
		if (woken >= nr)
			break;
		if (same(&w->key, key)) {
			wake_one(w);
			woken++;
		}
	}
	spin_unlock(&b->lock);
	return woken;
}

int futex_wake(vaddr_t addr, int nr)
{
	struct futex_key key;
	int err = user_futex_key(addr, &key);

	return err ? err : wake_key(&key, nr);
}

static void timed_out(struct timer *timer)
{
	struct futex_waiter *w = container_of(timer, struct futex_waiter, timer);

	WRITE_ONCE(w->timed_out, true);
	wake_task(w->task, BIT(TASK_INTERRUPTIBLE));
}

/* Leave the queue. true: somebody has woken us. */
static bool unqueue(struct futex_waiter *w)
{
	struct bucket *b;

	for (;;) {
		if (smp_load_acquire(&w->woken))
			return true;
		b = READ_ONCE(w->bucket);
		spin_lock(&b->lock);
		if (w->bucket == b)
			break;
		spin_unlock(&b->lock);		/* requeued meanwhile */
	}
	if (!w->woken)
		list_del(&w->link);
	spin_unlock(&b->lock);
	return w->woken;
}

static long futex_wait(vaddr_t addr, u32 val, bool timed, u64 timeout_ns)
{
	struct futex_waiter w = { .task = current };
	long ret = 0;
	u32 now;
	int err = user_futex_key(addr, &w.key);

	if (err)
		return err;
	w.bucket = bucket_of(&w.key);
	spin_lock(&w.bucket->lock);
	list_add_tail(&w.link, &w.bucket->waiters);
	spin_unlock(&w.bucket->lock);

	err = user_load_u32(addr, &now);
	if (err || now != val)
		return unqueue(&w) ? 0 : err ? err : -EAGAIN;
	if (timed) {
		timer_init(&w.timer, timed_out);
		timer_arm(&w.timer, time_ns() + timeout_ns);
	}
	for (;;) {
		set_state(TASK_INTERRUPTIBLE);
		if (READ_ONCE(w.woken))
			break;
		if (timed && READ_ONCE(w.timed_out)) {
			ret = -ETIMEDOUT;
			break;
		}
		if (signal_pending_current()) {
			/* To start a relative timeout anew would prolong it. */
			ret = timed ? -EINTR : -ERESTARTSYS;
			break;
		}
		schedule();
	}
	set_state(TASK_RUNNING);
	if (timed)
		timer_cancel(&w.timer);
	return unqueue(&w) ? 0 : ret;
}

/* Wake nr of those who wait at addr, and let up to nr2 more wait at addr2 instead. */
static long futex_requeue(vaddr_t addr, int nr, vaddr_t addr2, int nr2)
{
	struct futex_key key, key2;
	struct bucket *b, *b2;
	struct futex_waiter *w, *tmp;
	int err = user_futex_key(addr, &key), done = 0;

	if (!err)
		err = user_futex_key(addr2, &key2);
	if (err)
		return err;
	b = bucket_of(&key);
	b2 = bucket_of(&key2);
	spin_lock(b < b2 ? &b->lock : &b2->lock);
	if (b != b2)
		spin_lock_nested(b < b2 ? &b2->lock : &b->lock);
	list_for_each_safe(w, tmp, &b->waiters, link) {
		if (!same(&w->key, &key))
			continue;
		if (done < nr) {
			wake_one(w);
		} else if (done - nr < nr2) {	/* the sum may be too large for an int */
			list_move_tail(&w->link, &b2->waiters);
			w->key = key2;
			WRITE_ONCE(w->bucket, b2);
		} else {
			break;
		}
		done++;
	}
	if (b != b2)
		spin_unlock(b < b2 ? &b2->lock : &b->lock);
	spin_unlock(b < b2 ? &b->lock : &b2->lock);
	return done;
}

long do_futex(vaddr_t addr, int op, u32 val, bool timed, u64 arg, vaddr_t addr2)
{
	if (addr & 3)
		return -EINVAL;
	switch (op & ~FUTEX_PRIVATE) {
	case FUTEX_WAIT:
		return futex_wait(addr, val, timed, arg);
	case FUTEX_WAKE:
		return (int)val < 0 ? -EINVAL : futex_wake(addr, val);
	case FUTEX_REQUEUE:
		if ((addr2 & 3) || (int)val < 0 || (int)arg < 0 || addr == addr2)
			return -EINVAL;
		return futex_requeue(addr, val, addr2, arg);
	}
	return -ENOSYS;
}
