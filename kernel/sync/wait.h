// SPDX-License-Identifier: MIT
/*
 * wait.h - wait queues: sleep until a condition holds.
 *
 * The waker changes the condition first and calls wake_up afterwards; the sleeper
 * puts itself on the queue first and tests the condition afterwards.  Whatever the
 * interleaving, one of the two sees the other, so no wake-up is lost.
 */
#ifndef SYNC_WAIT_H
#define SYNC_WAIT_H

#include "lib/list.h"
#include "sync/spinlock.h"

struct wait_queue {
	spinlock_t lock;	/* leaf but for the run queue's lock */
	struct list waiters;	/* struct waiter.link: the shared ones, then the exclusive ones
				 * in the order they came */
};

struct waiter {
	struct list link;
	struct task *task;
	bool exclusive;		/* wake_up wakes one of these at most */
};

#define WAIT_QUEUE_INIT(name) { SPINLOCK_INIT(#name), LIST_INIT((name).waiters) }

void wait_queue_init(struct wait_queue *wq);
static inline void waiter_init(struct waiter *w, struct task *task, bool exclusive)
{
	list_init(&w->link);
	w->task = task;
	w->exclusive = exclusive;
}
/* Join wq and mark the current task asleep; schedule() follows, then wait_finish. */
void wait_prepare(struct wait_queue *wq, struct waiter *w, bool interruptible);
void wait_finish(struct wait_queue *wq, struct waiter *w);
void wake_up(struct wait_queue *wq);		/* all shared waiters and one exclusive */
void wake_up_all(struct wait_queue *wq);
void wake_up_nr(struct wait_queue *wq, int nr);	/* all shared waiters, at most nr exclusive */
/* Both may be called from interrupt handlers. */

/* From proc/sched.h, named here so that wait_event needs no other header. */
void schedule(void);
bool signal_pending_current(void);
struct task *wait_current(void);	/* the current task */

#define wait_event_flags(wq, cond, intr) ({					\
	int wait_err = 0;							\
	if (!(cond)) {								\
		struct waiter wait_self;					\
		waiter_init(&wait_self, wait_current(), false);			\
		for (;;) {							\
			wait_prepare(wq, &wait_self, intr);			\
			if (cond)						\
				break;						\
			if ((intr) && signal_pending_current()) {		\
				wait_err = -ERESTARTSYS;			\
				break;						\
			}							\
			schedule();						\
		}								\
		wait_finish(wq, &wait_self);					\
	}									\
	wait_err; })

/* Sleep until cond is true.  cond is evaluated many times and must not sleep. */
#define wait_event(wq, cond) ((void)wait_event_flags(wq, cond, false))
/* The same, but a signal ends the wait: 0, or -ERESTARTSYS. */
#define wait_event_interruptible(wq, cond) wait_event_flags(wq, cond, true)

#endif
