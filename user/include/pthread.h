// SPDX-License-Identifier: MIT
/* pthread.h - the common part of POSIX threads, over thread.h. */
#ifndef PTHREAD_H
#define PTHREAD_H

#include <thread.h>

typedef thread_t pthread_t;
typedef mutex_t pthread_mutex_t;
typedef cond_t pthread_cond_t;
typedef barrier_t pthread_barrier_t;
typedef struct { size_t stack; } pthread_attr_t;
#define PTHREAD_MUTEX_INITIALIZER	MUTEX_INIT
#define PTHREAD_COND_INITIALIZER	COND_INIT

static inline int pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*fn)(void *), void *arg)
{
	return thread_create_stack(t, fn, arg, a ? a->stack : 0);
}
static inline int pthread_join(pthread_t t, void **result) { return thread_join(t, result); }
static inline pthread_t pthread_self(void) { return thread_self(); }
static inline void pthread_exit(void *r) { thread_exit(r); }
static inline int pthread_attr_init(pthread_attr_t *a) { a->stack = 0; return 0; }
static inline int pthread_attr_setstacksize(pthread_attr_t *a, size_t n) { a->stack = n; return 0; }
static inline int pthread_attr_destroy(pthread_attr_t *a) { (void)a; return 0; }
static inline int pthread_mutex_init(pthread_mutex_t *m, void *attr) { (void)attr; mutex_init(m); return 0; }
static inline int pthread_mutex_lock(pthread_mutex_t *m) { mutex_lock(m); return 0; }
static inline int pthread_mutex_trylock(pthread_mutex_t *m) { return mutex_trylock(m); }
static inline int pthread_mutex_unlock(pthread_mutex_t *m) { mutex_unlock(m); return 0; }
static inline int pthread_mutex_destroy(pthread_mutex_t *m) { (void)m; return 0; }
static inline int pthread_cond_init(pthread_cond_t *c, void *attr) { (void)attr; cond_init(c); return 0; }
static inline int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m) { cond_wait(c, m); return 0; }
static inline int pthread_cond_signal(pthread_cond_t *c) { cond_signal(c); return 0; }
static inline int pthread_cond_broadcast(pthread_cond_t *c) { cond_broadcast(c); return 0; }
static inline int pthread_cond_destroy(pthread_cond_t *c) { (void)c; return 0; }
static inline int pthread_barrier_init(pthread_barrier_t *b, void *attr, unsigned n)
{
	(void)attr;
	barrier_init(b, n);
	return 0;
}
static inline int pthread_barrier_wait(pthread_barrier_t *b) { barrier_wait(b); return 0; }

#endif
