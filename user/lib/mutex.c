// SPDX-License-Identifier: MIT
/*
 * mutex.c - mutual exclusion over futex (Drepper's third).
 *
 * 0 free, 1 held, 2 held and perhaps waited for.  Without contention lock and unlock are
 * one atomic instruction each and no system call.  Apart from thread.c, because malloc
 * needs it in programs that have no threads.
 */
#include <errno.h>
#include <sched.h>
#include <thread.h>
#include "sys.h"

WEAK void mutex_init(mutex_t *m)
{
	m->state = 0;
}

int __mutex_trylock(mutex_t *m)
{
	int zero = 0;

	return __atomic_compare_exchange_n(&m->state, &zero, 1, 0, __ATOMIC_ACQUIRE,
	                                   __ATOMIC_RELAXED)
	               ? 0
	               : EBUSY;
}

void __mutex_lock(mutex_t *m)
{
	if (__mutex_trylock(m) == 0)
		return;
	while (__atomic_exchange_n(&m->state, 2, __ATOMIC_ACQUIRE) != 0)
		__sys_futex(&m->state, FUTEX_WAIT, 2, NULL, NULL, 0);
}

void __mutex_unlock(mutex_t *m)
{
	if (__atomic_exchange_n(&m->state, 0, __ATOMIC_RELEASE) == 2)
		__sys_futex(&m->state, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void mutex_lock(mutex_t *m) ALIAS(__mutex_lock);
int mutex_trylock(mutex_t *m) ALIAS(__mutex_trylock);
void mutex_unlock(mutex_t *m) ALIAS(__mutex_unlock);
