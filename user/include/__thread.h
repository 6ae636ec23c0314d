// SPDX-License-Identifier: MIT
/* __thread.h - what thread.h, pthread.h and the library itself stand on.  A program may have
 * functions of thread.h's names for its own: so the library calls these, and pthread.h shows
 * no others. */
#ifndef __THREAD_H
#define __THREAD_H

#include <stddef.h>
#include <sys/types.h>

struct __tcb;

/* 0 free, 1 held, 2 held and somebody may sleep on it */
struct __mutex {
	volatile int state;
};
struct __cond {
	volatile int seq;
};
struct __once {
	volatile int done;
	struct __mutex lock;
};
struct __barrier {
	struct __mutex lock;
	struct __cond cond;
	unsigned need, here, round;
};
#define __MUTEX_INIT	{ 0 }
#define __COND_INIT	{ 0 }
#define __ONCE_INIT	{ 0, __MUTEX_INIT }

int __thread_create(struct __tcb **t, void *(*fn)(void *arg), void *arg, size_t stack);
int __thread_join(struct __tcb *t, void **result);
int __thread_detach(struct __tcb *t);
void __thread_exit(void *result) __attribute__((noreturn));
struct __tcb *__thread_self(void);
pid_t __thread_tid(struct __tcb *t);
void __thread_once(struct __once *o, void (*fn)(void));

void __mutex_lock(struct __mutex *m);
int __mutex_trylock(struct __mutex *m);
void __mutex_unlock(struct __mutex *m);
void __cond_wait(struct __cond *c, struct __mutex *m);
int __cond_timedwait(struct __cond *c, struct __mutex *m, unsigned ms);
void __cond_signal(struct __cond *c);
void __cond_broadcast(struct __cond *c);
void __barrier_init(struct __barrier *b, unsigned n);
int __barrier_wait(struct __barrier *b);

#endif
