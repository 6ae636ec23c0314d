// SPDX-License-Identifier: MIT
/*
 * pthread.c - POSIX's names for what thread.h has, where more than the name differs: kinds of
 * mutexes, readers and writers, times of the clock instead of milliseconds, keys.
 */
#include <pthread.h>
#include <stdbool.h>
#include "sys.h"

int pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*fn)(void *), void *arg)
{
	int r = __thread_create(t, fn, arg, a ? a->stack : 0);

	return r == 0 && a && a->detached ? __thread_detach(*t) : r;
}

/* --- mutexes --- */

int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *a)
{
	*m = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	m->type = a ? a->type : PTHREAD_MUTEX_NORMAL;
	return 0;
}

static int lock(pthread_mutex_t *m, bool wait)
{
	struct __tcb *me = __thread_self();

	if (m->type != PTHREAD_MUTEX_NORMAL && m->owner == me) {
		if (m->type == PTHREAD_MUTEX_ERRORCHECK)
			return wait ? EDEADLK : EBUSY;
		m->depth++;
		return 0;
	}
	if (!wait && __mutex_trylock(&m->lock) != 0)
		return EBUSY;
	if (wait)
		__mutex_lock(&m->lock);
	if (m->type != PTHREAD_MUTEX_NORMAL)
		m->owner = me;
	return 0;
}

int pthread_mutex_lock(pthread_mutex_t *m)
{
	return lock(m, true);
}
int pthread_mutex_trylock(pthread_mutex_t *m)
{
	return lock(m, false);
}

int pthread_mutex_unlock(pthread_mutex_t *m)
{
	if (m->type != PTHREAD_MUTEX_NORMAL) {
		if (m->owner != __thread_self())
			return EPERM;
		if (m->depth > 0) {
			m->depth--;
			return 0;
		}
		m->owner = NULL;
	}
	__mutex_unlock(&m->lock);
	return 0;
}

/* --- conditions --- */

/* cond_wait gives up the lock inside m, and with it the ownership. */
int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
	struct __tcb *owner = m->owner;

	m->owner = NULL;
	__cond_wait(c, &m->lock);
	m->owner = owner;
	return 0;
}

int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *until)
{
	struct timespec now;
	struct __tcb *owner = m->owner;
	long ms;
	int r;

	if (until->tv_nsec < 0 || until->tv_nsec >= 1000000000)
		return EINVAL;
	clock_gettime(CLOCK_REALTIME, &now);
	if (until->tv_sec - now.tv_sec > 1000000)
		ms = 1000000000;
	else
		ms = (until->tv_sec - now.tv_sec) * 1000 +
		     (until->tv_nsec - now.tv_nsec + 999999) / 1000000;
	if (ms <= 0)
		return ETIMEDOUT;
	m->owner = NULL;
	r = __cond_timedwait(c, &m->lock, (unsigned)ms);
	m->owner = owner;
	return r;
}

/* --- readers and writers --- */

int pthread_rwlock_init(pthread_rwlock_t *l, const pthread_rwlockattr_t *a)
{
	(void)a;
	*l = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
	return 0;
}

static int take(pthread_rwlock_t *l, bool write, bool wait)
{
	int r = 0;

	__mutex_lock(&l->lock);
	l->writers_waiting += write;
	while (write ? l->readers != 0 : l->readers < 0 || l->writers_waiting > 0) {
		if (!wait) {
			r = EBUSY;
			break;
		}
		__cond_wait(&l->cond, &l->lock);
	}
	l->writers_waiting -= write;
	if (r == 0)
		l->readers = write ? -1 : l->readers + 1;
	__mutex_unlock(&l->lock);
	return r;
}

int pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
	return take(l, false, true);
}
int pthread_rwlock_wrlock(pthread_rwlock_t *l)
{
	return take(l, true, true);
}
int pthread_rwlock_tryrdlock(pthread_rwlock_t *l)
{
	return take(l, false, false);
}
int pthread_rwlock_trywrlock(pthread_rwlock_t *l)
{
	return take(l, true, false);
}

int pthread_rwlock_unlock(pthread_rwlock_t *l)
{
	__mutex_lock(&l->lock);
	l->readers = l->readers < 0 ? 0 : l->readers - 1;
	if (l->readers == 0)
		__cond_broadcast(&l->cond);
	__mutex_unlock(&l->lock);
	return 0;
}

/* --- signals --- */

int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
	return (int)-__sys_sigprocmask(how, set, old);
}

int pthread_kill(pthread_t t, int sig)
{
	pid_t tid = __thread_tid(t);

	return tid == 0 ? ESRCH : (int)-__sys_tgkill((int)__sys_getpid(), tid, sig);
}

/* --- keys --- */

/* Deleting a key and making one raise its round, so that a thread's value of an earlier round is
 * not taken for one of this.  An odd round: the key is in use. */
static struct {
	unsigned round;
	void (*destructor)(void *);
} keys[PTHREAD_KEYS_MAX];
static struct __mutex keys_lock;
static __thread struct {
	unsigned round;
	const void *value;
} values[PTHREAD_KEYS_MAX];

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
	int k = 0;

	__mutex_lock(&keys_lock);
	while (k < PTHREAD_KEYS_MAX && keys[k].round % 2 == 1)
		k++;
	if (k < PTHREAD_KEYS_MAX) {
		keys[k].destructor = destructor;
		keys[k].round++;
		*key = k;
	}
	__mutex_unlock(&keys_lock);
	return k < PTHREAD_KEYS_MAX ? 0 : EAGAIN;
}

static bool in_use(pthread_key_t key)
{
	return key >= 0 && key < PTHREAD_KEYS_MAX && keys[key].round % 2 == 1;
}

/* No destructor is called: the values are the program's affair. */
int pthread_key_delete(pthread_key_t key)
{
	int r = EINVAL;

	__mutex_lock(&keys_lock);
	if (in_use(key)) {
		keys[key].round++;
		r = 0;
	}
	__mutex_unlock(&keys_lock);
	return r;
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
	if (!in_use(key))
		return EINVAL;
	values[key].round = keys[key].round;
	values[key].value = value;
	return 0;
}

void *pthread_getspecific(pthread_key_t key)
{
	return in_use(key) && values[key].round == keys[key].round ? (void *)values[key].value : NULL;
}

/* A destructor may set values anew: so some rounds, then no more. */
void __thread_gone(void)
{
	bool again = true;

	for (int i = 0; again && i < PTHREAD_DESTRUCTOR_ITERATIONS; i++) {
		again = false;
		for (int k = 0; k < PTHREAD_KEYS_MAX; k++) {
			void (*fn)(void *) = keys[k].destructor;
			void *value = pthread_getspecific(k);

			if (!value || !fn)
				continue;
			values[k].value = NULL;
			fn(value);
			again = true;
		}
	}
}
