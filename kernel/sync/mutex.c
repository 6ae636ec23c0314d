// SPDX-License-Identifier: MIT
/*
 * mutex.c - sleeping locks.
 *
 * The owner word is the whole state: NULL when free, else the owner's address, with
 * bit 0 set once somebody waits.  Taking a free mutex and giving one back that
 * nobody waits for is one compare-and-swap each.
 *
 *   M1  a task sleeps on wq only after it has seen bit 0 set in a held mutex;
 *       the owner who finds bit 0 wakes one sleeper after clearing the word.
 *   M2  who got the mutex after waiting sets bit 0 again, for it does not know
 *       whether others still wait: at worst one wake_up finds nobody.
 *
 * A newcomer may take the mutex before the woken sleeper does.  That costs fairness
 * and saves a switch on every contended section.
 */
#include "sync/mutex.h"
#include "lib/printk.h"
#include "proc/sched.h"
#include "riscv/hart.h"
#include "sync/lockdep.h"
#include "uapi/errno.h"

#define WAITERS 1UL

#ifdef CONFIG_DEBUG
#define MUTEX_NAME(m) ((m)->name)
#else
#define MUTEX_NAME(m) NULL
#endif

void mutex_init(struct mutex *m, const char *name __maybe_unused)
{
	m->owner = NULL;
	wait_queue_init(&m->wq);
#ifdef CONFIG_DEBUG
	m->name = name;
#endif
}

static bool try_owner(struct mutex *m, unsigned long old, unsigned long new)
{
	struct task *o = (struct task *)old;

	return __atomic_compare_exchange_n(&m->owner, &o, (struct task *)new, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static int lock_slow(struct mutex *m, bool interruptible)
{
	unsigned long self = (unsigned long)current;
	struct waiter w;
	int err = 0;

	waiter_init(&w, current, true);
	for (;;) {
		unsigned long o;

		wait_prepare(&m->wq, &w, interruptible);
		o = (unsigned long)READ_ONCE(m->owner);
		if ((o & ~WAITERS) == 0) {
			if (try_owner(m, o, self | WAITERS))
				break;
			continue;
		}
		if (!(o & WAITERS) && !try_owner(m, o, o | WAITERS))
			continue;
		if (interruptible && signal_pending_current()) {
			err = -ERESTARTSYS;
			break;
		}
		schedule();
	}
	wait_finish(&m->wq, &w);
	if (err != 0)
		wake_up(&m->wq);	/* a wake-up meant for us goes to the next */
	return err;
}

void mutex_lock(struct mutex *m)
{
	might_sleep();
	lockdep_acquire(m, MUTEX_NAME(m), true, false, false);
	if (!try_owner(m, 0, (unsigned long)current))
		lock_slow(m, false);
}

void mutex_lock_nested(struct mutex *m)
{
	might_sleep();
	lockdep_acquire(m, MUTEX_NAME(m), true, true, false);
	if (!try_owner(m, 0, (unsigned long)current))
		lock_slow(m, false);
}

int mutex_lock_interruptible(struct mutex *m)
{
	might_sleep();
	lockdep_acquire(m, MUTEX_NAME(m), true, false, false);
	if (try_owner(m, 0, (unsigned long)current))
		return 0;
	if (lock_slow(m, true) == 0)
		return 0;
	lockdep_release(m);
	return -ERESTARTSYS;
}

bool mutex_trylock(struct mutex *m)
{
	if (!try_owner(m, 0, (unsigned long)current))
		return false;
	lockdep_acquire(m, MUTEX_NAME(m), true, false, true);
	return true;
}

void mutex_unlock(struct mutex *m)
{
	assert(mutex_held(m));
	lockdep_release(m);
	if (try_owner(m, (unsigned long)current, 0))
		return;
	__atomic_store_n(&m->owner, NULL, __ATOMIC_RELEASE);
	wake_up(&m->wq);
}

bool mutex_held(const struct mutex *m)
{
	return ((unsigned long)READ_ONCE(m->owner) & ~WAITERS) == (unsigned long)current;
}
