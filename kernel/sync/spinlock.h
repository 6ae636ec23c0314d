// SPDX-License-Identifier: MIT
/*
 * spinlock.h - busy-waiting locks for short sections.
 *
 * Holding one disables preemption; the holder must not sleep.  A lock that an
 * interrupt handler takes must everywhere be taken with the _irqsave form.
 * In debug builds every lock has a class (the name given at initialisation) and
 * the checker of sync/lockdep.h learns the order between classes.
 */
#ifndef SYNC_SPINLOCK_H
#define SYNC_SPINLOCK_H

#include "lib/types.h"

struct task;

typedef struct spinlock {
	u32 locked;
#ifdef CONFIG_DEBUG
	u32 hart;		/* holder, valid while locked */
	const char *name;	/* the lock's class */
#endif
} spinlock_t;

#ifdef CONFIG_DEBUG
#define SPINLOCK_INIT(cls) { 0, 0, (cls) }
#else
#define SPINLOCK_INIT(cls) { 0 }
#endif

void spin_lock_init(spinlock_t *l, const char *name);
void spin_lock(spinlock_t *l);
void spin_unlock(spinlock_t *l);
bool spin_trylock(spinlock_t *l);
/* Take l with interrupts off on this hart; give the result to the unlock. */
unsigned long spin_lock_irqsave(spinlock_t *l);
void spin_unlock_irqrestore(spinlock_t *l, unsigned long flags);
/* Take a second lock of the class of one already held (an order the caller guarantees). */
void spin_lock_nested(spinlock_t *l);
/* True if l is held (debug builds: by this hart). */
bool holding(const spinlock_t *l);

#endif
