// SPDX-License-Identifier: MIT
/*
 * semaphore.c - a count that nobody takes below 0.
 *
 * Who finds it 0 says that he waits and sleeps on the futex as long as it is 0; who raises it
 * looks for waiters behind that.  Both orders are sequentially consistent, so one sees the
 * other.
 */
#include <errno.h>
#include <semaphore.h>
#include "sys.h"

int sem_init(sem_t *s, int shared, unsigned value)
{
	(void)shared; /* a futex is found by its page */
	if (value > SEM_VALUE_MAX) {
		errno = EINVAL;
		return -1;
	}
	s->value = (int)value;
	s->waiting = 0;
	return 0;
}

int sem_destroy(sem_t *s)
{
	(void)s;
	return 0;
}

int sem_trywait(sem_t *s)
{
	int v = __atomic_load_n(&s->value, __ATOMIC_SEQ_CST);

	while (v > 0)
		if (__atomic_compare_exchange_n(&s->value, &v, v - 1, 0, __ATOMIC_SEQ_CST,
		                                __ATOMIC_SEQ_CST))
			return 0;
	errno = EAGAIN;
	return -1;
}

int sem_timedwait(sem_t *restrict s, const struct timespec *restrict until)
{
	struct timespec now, left;
	long r = 0;

	while (sem_trywait(s) < 0) {
		if (r == -EINTR || r == -ETIMEDOUT || r == -EINVAL)
			return (int)__set_errno(r);
		if (until) {
			clock_gettime(CLOCK_REALTIME, &now);
			left.tv_sec = until->tv_sec - now.tv_sec;
			left.tv_nsec = until->tv_nsec - now.tv_nsec;
			if (left.tv_nsec < 0) {
				left.tv_nsec += 1000000000;
				left.tv_sec--;
			}
			if (left.tv_sec < 0) {
				r = -ETIMEDOUT;
				continue;
			}
		}
		__atomic_add_fetch(&s->waiting, 1, __ATOMIC_SEQ_CST);
		r = __sys_futex(&s->value, FUTEX_WAIT, 0, until ? &left : NULL, NULL, 0);
		__atomic_sub_fetch(&s->waiting, 1, __ATOMIC_SEQ_CST);
	}
	return 0;
}

int sem_wait(sem_t *s)
{
	return sem_timedwait(s, NULL);
}

int sem_post(sem_t *s)
{
	int v = __atomic_load_n(&s->value, __ATOMIC_SEQ_CST);

	do
		if (v == SEM_VALUE_MAX) {
			errno = EOVERFLOW;
			return -1;
		}
	while (!__atomic_compare_exchange_n(&s->value, &v, v + 1, 0, __ATOMIC_SEQ_CST,
	                                    __ATOMIC_SEQ_CST));
	if (__atomic_load_n(&s->waiting, __ATOMIC_SEQ_CST) > 0)
		__sys_futex(&s->value, FUTEX_WAKE, 1, NULL, NULL, 0);
	return 0;
}

int sem_getvalue(sem_t *restrict s, int *restrict value)
{
	*value = s->value;
	return 0;
}
