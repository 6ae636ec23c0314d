// SPDX-License-Identifier: MIT
/*
 * spinlock.c - spinlocks of debug builds: the same word, with an owner and the
 * lock-order checker's hooks.  Release builds inline theirs (spinlock.h); only the wait for
 * a lock that is taken is here for both.
 *
 * A lock that is not had after SPIN_LIMIT tries means a holder that sleeps or a
 * deadlock the checker could not see: it is reported with the holder's hart.
 */
#include "sync/spinlock.h"
#include "riscv/preempt.h"

/* Until the word looks free (call_rarely). */
void spin_wait(u32 *word);
void spin_wait(u32 *word)
{
	while (READ_ONCE(*word))
		cpu_relax();
}

#ifdef CONFIG_DEBUG
#include "lib/printk.h"
#include "riscv/hart.h"
#include "sync/lockdep.h"

#define SPIN_LIMIT 2000000000UL

void spin_lock_init(spinlock_t *l, const char *name)
{
	*l = (spinlock_t){ 0, 0, name };
}

static void acquire(spinlock_t *l)
{
	for (unsigned long n = 0; __atomic_exchange_n(&l->locked, 1, __ATOMIC_ACQUIRE); n++) {
		cpu_relax();
		if (n == SPIN_LIMIT)
			panic("spinlock \"%s\" (%lx) does not come free: held by hart %u", l->name,
			      (unsigned long)l, l->hart);
	}
	l->hart = hart_id();
}

void spin_lock(spinlock_t *l)
{
	lockdep_acquire(l, l->name, false, false, false);
	preempt_disable();
	acquire(l);
}

void spin_lock_nested(spinlock_t *l)
{
	lockdep_acquire(l, l->name, false, true, false);
	preempt_disable();
	acquire(l);
}

void spin_unlock(spinlock_t *l)
{
	assert(holding(l));
	__atomic_store_n(&l->locked, 0, __ATOMIC_RELEASE);
	lockdep_release(l);
	preempt_enable();
}

bool spin_trylock(spinlock_t *l)
{
	preempt_disable();
	if (__atomic_exchange_n(&l->locked, 1, __ATOMIC_ACQUIRE)) {
		preempt_enable();
		return false;
	}
	l->hart = hart_id();
	lockdep_acquire(l, l->name, false, false, true);
	return true;
}

unsigned long spin_lock_irqsave(spinlock_t *l)
{
	unsigned long flags = irq_save();

	lockdep_acquire(l, l->name, false, false, false);
	preempt_disable();
	acquire(l);
	return flags;
}

void spin_unlock_irqrestore(spinlock_t *l, unsigned long flags)
{
	assert(holding(l));
	__atomic_store_n(&l->locked, 0, __ATOMIC_RELEASE);
	lockdep_release(l);
	irq_restore(flags);
	preempt_enable();
}

bool holding(const spinlock_t *l)
{
	return READ_ONCE(l->locked) && l->hart == hart_id();
}
#endif
