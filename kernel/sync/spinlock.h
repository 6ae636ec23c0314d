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

#if defined(__KERNEL__) && !defined(CONFIG_DEBUG)
#include "lib/atomic.h"
#include "riscv/csr.h"
#include "riscv/preempt.h"

static __always_inline void spin_lock_init(spinlock_t *l, const char *name __maybe_unused)
{
	l->locked = 0;
}

/* Test, then test-and-set: waiters spin on a read, not on the atomic. */
static __always_inline void spin_acquire(spinlock_t *l)
{
	while (unlikely(test_and_set(&l->locked)))
		call_rarely(spin_wait, &l->locked);
}

static __always_inline void spin_lock(spinlock_t *l)
{
	preempt_disable();
	spin_acquire(l);
}

static __always_inline void spin_unlock(spinlock_t *l)
{
	__atomic_store_n(&l->locked, 0, __ATOMIC_RELEASE);
	preempt_enable();
}

/* For hot paths that take another spinlock right after: see preempt_enable_later. */
static __always_inline void spin_unlock_later(spinlock_t *l)
{
	__atomic_store_n(&l->locked, 0, __ATOMIC_RELEASE);
	preempt_enable_later();
}

static __always_inline bool spin_trylock(spinlock_t *l)
{
	preempt_disable();
	if (likely(!test_and_set(&l->locked)))
		return true;
	preempt_enable();
	return false;
}

static __always_inline unsigned long spin_lock_irqsave(spinlock_t *l)
{
	unsigned long flags = csr_read_clear(sstatus, SSTATUS_SIE) & SSTATUS_SIE;

	preempt_disable();
	spin_acquire(l);
	return flags;
}

static __always_inline void spin_unlock_irqrestore(spinlock_t *l, unsigned long flags)
{
	__atomic_store_n(&l->locked, 0, __ATOMIC_RELEASE);
	csr_set(sstatus, flags);
	preempt_enable();
}

static __always_inline void spin_lock_nested(spinlock_t *l) { spin_lock(l); }
static __always_inline bool holding(const spinlock_t *l) { return READ_ONCE(l->locked); }

#else	/* debug builds: spinlock.c; host tests: tests/host/host.c */

void spin_lock_init(spinlock_t *l, const char *name);
void spin_lock(spinlock_t *l);
void spin_unlock(spinlock_t *l);
#define spin_unlock_later spin_unlock
bool spin_trylock(spinlock_t *l);
/* Take l with interrupts off on this hart; give the result to the unlock. */
unsigned long spin_lock_irqsave(spinlock_t *l);
void spin_unlock_irqrestore(spinlock_t *l, unsigned long flags);
/* Take a second lock of the class of one already held (an order the caller guarantees). */
void spin_lock_nested(spinlock_t *l);
/* True if l is held (debug builds: by this hart). */
bool holding(const spinlock_t *l);
#endif

#endif
