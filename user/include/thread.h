// SPDX-License-Identifier: MIT
/* thread.h - threads: functions that run in parallel in one address space. */
#ifndef THREAD_H
#define THREAD_H

#include <__thread.h>

typedef struct __tcb *thread_t;

/* 0 or an error number (errno is not touched). stack: bytes; 0 means 64 KiB. */
int thread_create(thread_t *t, void *(*fn)(void *arg), void *arg);
int thread_create_stack(thread_t *t, void *(*fn)(void *arg), void *arg, size_t stack);
/* Wait for its end and free what it had; every thread must be joined once. */
int thread_join(thread_t t, void **result);
/* Nobody will join it: what it had is freed when another thread begins. */
int thread_detach(thread_t t);
void thread_exit(void *result) __attribute__((noreturn));
thread_t thread_self(void);
pid_t thread_tid(thread_t t);

typedef struct __mutex mutex_t;
#define MUTEX_INIT	__MUTEX_INIT
void mutex_init(mutex_t *m);
void mutex_lock(mutex_t *m);
int mutex_trylock(mutex_t *m);		/* 0 got it, EBUSY */
void mutex_unlock(mutex_t *m);

typedef struct __cond cond_t;
#define COND_INIT	__COND_INIT
void cond_init(cond_t *c);
void cond_wait(cond_t *c, mutex_t *m);	/* may return without a signal: loop */
/* 0, or ETIMEDOUT after ms milliseconds */
int cond_timedwait(cond_t *c, mutex_t *m, unsigned ms);
void cond_signal(cond_t *c);
void cond_broadcast(cond_t *c);

typedef struct __once once_t;
#define ONCE_INIT	__ONCE_INIT
void thread_once(once_t *o, void (*fn)(void));

typedef struct __barrier barrier_t;
void barrier_init(barrier_t *b, unsigned n);
int barrier_wait(barrier_t *b);	/* 1 for the one that came last, 0 for the others */

#endif
