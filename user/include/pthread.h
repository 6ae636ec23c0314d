// SPDX-License-Identifier: MIT
/* pthread.h - the common part of POSIX threads, over __thread.h. */
#ifndef PTHREAD_H
#define PTHREAD_H

#include <__thread.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

typedef struct __cond pthread_cond_t;
typedef struct __barrier pthread_barrier_t;
typedef struct __once pthread_once_t;
typedef struct { size_t stack; int detached; } pthread_attr_t;
typedef struct { int type; } pthread_mutexattr_t;
typedef struct { int unused; } pthread_condattr_t, pthread_barrierattr_t, pthread_rwlockattr_t;
/* type NORMAL: the owner and depth are not kept */
typedef struct {
	struct __mutex lock;
	int type, depth;
	struct __tcb *owner;
} pthread_mutex_t;
typedef struct __mutex pthread_spinlock_t;
/* readers: how many hold it; -1 a writer */
typedef struct {
	struct __mutex lock;
	struct __cond cond;
	int readers, writers_waiting;
} pthread_rwlock_t;
typedef int pthread_key_t;

#define PTHREAD_MUTEX_NORMAL		0
#define PTHREAD_MUTEX_RECURSIVE		1
#define PTHREAD_MUTEX_ERRORCHECK	2
#define PTHREAD_MUTEX_DEFAULT		PTHREAD_MUTEX_NORMAL
#define PTHREAD_PROCESS_PRIVATE		0
#define PTHREAD_PROCESS_SHARED		1	/* both alike: a futex is found by its page */
#define PTHREAD_CREATE_JOINABLE		0
#define PTHREAD_CREATE_DETACHED		1
#define PTHREAD_BARRIER_SERIAL_THREAD	(-1)
#define PTHREAD_MUTEX_INITIALIZER	{ __MUTEX_INIT, 0, 0, NULL }
#define PTHREAD_COND_INITIALIZER	__COND_INIT
#define PTHREAD_RWLOCK_INITIALIZER	{ __MUTEX_INIT, __COND_INIT, 0, 0 }
#define PTHREAD_ONCE_INIT		__ONCE_INIT

int pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*fn)(void *), void *arg);
static inline int pthread_join(pthread_t t, void **result) { return __thread_join(t, result); }
static inline int pthread_detach(pthread_t t) { return __thread_detach(t); }
static inline pthread_t pthread_self(void) { return __thread_self(); }
static inline int pthread_equal(pthread_t a, pthread_t b) { return a == b; }
static inline __attribute__((noreturn)) void pthread_exit(void *r) { __thread_exit(r); }
static inline int pthread_once(pthread_once_t *o, void (*fn)(void)) { __thread_once(o, fn); return 0; }

static inline int pthread_attr_init(pthread_attr_t *a) { a->stack = 0; a->detached = 0; return 0; }
static inline int pthread_attr_destroy(pthread_attr_t *a) { (void)a; return 0; }
static inline int pthread_attr_setstacksize(pthread_attr_t *a, size_t n) { a->stack = n; return 0; }
static inline int pthread_attr_setdetachstate(pthread_attr_t *a, int d) { a->detached = d; return 0; }

static inline int pthread_mutexattr_init(pthread_mutexattr_t *a) { a->type = 0; return 0; }
static inline int pthread_mutexattr_settype(pthread_mutexattr_t *a, int t) { a->type = t; return 0; }
static inline int pthread_mutexattr_setpshared(pthread_mutexattr_t *a, int s) { (void)a; (void)s; return 0; }
static inline int pthread_mutexattr_destroy(pthread_mutexattr_t *a) { (void)a; return 0; }
int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *a);
int pthread_mutex_lock(pthread_mutex_t *m);
int pthread_mutex_trylock(pthread_mutex_t *m);
int pthread_mutex_unlock(pthread_mutex_t *m);
static inline int pthread_mutex_destroy(pthread_mutex_t *m) { (void)m; return 0; }

static inline int pthread_condattr_init(pthread_condattr_t *a) { a->unused = 0; return 0; }
static inline int pthread_condattr_setpshared(pthread_condattr_t *a, int s) { (void)a; (void)s; return 0; }
static inline int pthread_condattr_destroy(pthread_condattr_t *a) { (void)a; return 0; }
static inline int pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *a) { (void)a; c->seq = 0; return 0; }
int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m);
int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *until);
static inline int pthread_cond_signal(pthread_cond_t *c) { __cond_signal(c); return 0; }
static inline int pthread_cond_broadcast(pthread_cond_t *c) { __cond_broadcast(c); return 0; }
static inline int pthread_cond_destroy(pthread_cond_t *c) { (void)c; return 0; }

static inline int pthread_barrier_init(pthread_barrier_t *b, const pthread_barrierattr_t *a, unsigned n)
{
	(void)a;
	__barrier_init(b, n);
	return 0;
}
/* One of those that it lets go gets PTHREAD_BARRIER_SERIAL_THREAD. */
static inline int pthread_barrier_wait(pthread_barrier_t *b) { return __barrier_wait(b) ? -1 : 0; }
static inline int pthread_barrier_destroy(pthread_barrier_t *b) { (void)b; return 0; }

/* A lock that sleeps: threads share few harts, and spinning for one that does not run is waste. */
static inline int pthread_spin_init(pthread_spinlock_t *l, int s) { (void)s; l->state = 0; return 0; }
static inline int pthread_spin_lock(pthread_spinlock_t *l) { __mutex_lock(l); return 0; }
static inline int pthread_spin_trylock(pthread_spinlock_t *l) { return __mutex_trylock(l); }
static inline int pthread_spin_unlock(pthread_spinlock_t *l) { __mutex_unlock(l); return 0; }
static inline int pthread_spin_destroy(pthread_spinlock_t *l) { (void)l; return 0; }

/* Writers first: readers wait while one waits. */
int pthread_rwlock_init(pthread_rwlock_t *l, const pthread_rwlockattr_t *a);
int pthread_rwlock_rdlock(pthread_rwlock_t *l);
int pthread_rwlock_wrlock(pthread_rwlock_t *l);
int pthread_rwlock_tryrdlock(pthread_rwlock_t *l);
int pthread_rwlock_trywrlock(pthread_rwlock_t *l);
int pthread_rwlock_unlock(pthread_rwlock_t *l);
static inline int pthread_rwlock_destroy(pthread_rwlock_t *l) { (void)l; return 0; }

/* Signals: of the calling thread, and to one of the process. */
int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old);
int pthread_kill(pthread_t t, int sig);

/* Up to 64 values a thread (__thread is simpler).  At a thread's end the destructors of those
 * that are not NULL are called, but not at exit(). */
#define PTHREAD_KEYS_MAX		64
#define PTHREAD_DESTRUCTOR_ITERATIONS	4
int pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
int pthread_key_delete(pthread_key_t key);
int pthread_setspecific(pthread_key_t key, const void *value);
void *pthread_getspecific(pthread_key_t key);

#endif
