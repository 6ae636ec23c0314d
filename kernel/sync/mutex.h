// SPDX-License-Identifier: MIT
/* mutex.h - sleeping locks: one owner, who alone unlocks.  Never taken in interrupt
 * handlers or under a spinlock. */
#ifndef SYNC_MUTEX_H
#define SYNC_MUTEX_H

#include "sync/wait.h"

struct mutex {
	struct task *owner;	/* atomic: NULL when free; bit 0: someone waits */
	struct wait_queue wq;
#ifdef CONFIG_DEBUG
	const char *name;
#endif
};

#ifdef CONFIG_DEBUG
#define MUTEX_INIT(m) { NULL, WAIT_QUEUE_INIT((m).wq), #m }
#else
#define MUTEX_INIT(m) { NULL, WAIT_QUEUE_INIT((m).wq) }
#endif

void mutex_init(struct mutex *m, const char *name);
void mutex_lock(struct mutex *m);
/* As mutex_lock for the second of two locks of one class, in an order the caller guarantees. */
void mutex_lock_nested(struct mutex *m);
/* 0, or -ERESTARTSYS if a signal came first. */
int mutex_lock_interruptible(struct mutex *m);
bool mutex_trylock(struct mutex *m);
void mutex_unlock(struct mutex *m);
bool mutex_held(const struct mutex *m);		/* by the current task */

#endif
