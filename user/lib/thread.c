// SPDX-License-Identifier: MIT
/*
 * thread.c - threads, mutexes, condition variables, over clone and futex.
 *
 * A thread gets one mapping: a guard page without any right, the stack, its struct __tcb
 * and, at the top, its __thread variables, which tp points to.  clone is told the address of `tid`: the kernel
 * zeroes that word when the thread has left its stack for good and wakes who waits on it,
 * so thread_join may unmap the stack at once.
 * Condition: a counter that every signal increments; a waiter sleeps only as long as it
 * has the value read under the mutex, so a signal between unlock and sleep is not lost.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <thread.h>
#include <time.h>
#include "sys.h"

#define STACK_DEFAULT 65536
#define STACK_MIN     8192

static void futex_wait(volatile int *addr, int val, const struct timespec *ts)
{
	__sys_futex(addr, FUTEX_WAIT, val, ts, NULL, 0);
}

static void futex_wake(volatile int *addr, int n)
{
	__sys_futex(addr, FUTEX_WAKE, n, NULL, NULL, 0);
}

/* --- threads --- */

WEAK void __thread_gone(void) {}

static int run(void *arg)
{
	struct __tcb *t = arg;

	t->result = t->fn(t->arg);
	__thread_gone();
	return 0;
}

static struct __tcb *detached;
static mutex_t detached_lock;

/* A thread cannot unmap the stack it stands on; so the next one to begin cleans up. */
static void free_detached(void)
{
	__mutex_lock(&detached_lock);
	for (struct __tcb **p = &detached, *t; (t = *p) != NULL;)
		if (__atomic_load_n(&t->tid, __ATOMIC_ACQUIRE) == 0) {
			*p = t->next;
			__sys_munmap(t->map, t->map_len);
		} else
			p = &t->next;
	__mutex_unlock(&detached_lock);
}

int __thread_detach(thread_t t)
{
	if (!t->map) /* the first thread is nobody's to join */
		return 0;
	__mutex_lock(&detached_lock);
	t->next = detached;
	detached = t;
	__mutex_unlock(&detached_lock);
	return 0;
}

int __thread_create(thread_t *out, void *(*fn)(void *arg), void *arg, size_t stack)
{
	size_t len;
	struct __tcb *t, *tp;
	char *map;
	long r;

	if (detached)
		free_detached();
	if (stack == 0)
		stack = STACK_DEFAULT;
	if (stack < STACK_MIN)
		stack = STACK_MIN;
	len = ((stack + THREAD_AREA + 4095) & ~4095UL) + 2 * 4096;
	map = __mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1,
	           0);
	if (map == MAP_FAILED)
		return EAGAIN;
	__sys_mprotect(map, 4096, PROT_NONE);
	tp = __thread_area(map + len);
	t = tp - 1;
	t->self = t;
	t->fn = fn;
	t->arg = arg;
	t->map = map;
	t->map_len = len;
	r = __clone(run, t,
	            CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
	                    CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
	            (void *)((uintptr_t)t & ~15UL), &t->tid, tp, &t->tid);
	if (r < 0) {
		__sys_munmap(map, len);
		return (int)-r;
	}
	*out = t;
	return 0;
}

WEAK int thread_create(thread_t *t, void *(*fn)(void *arg), void *arg)
{
	return __thread_create(t, fn, arg, 0);
}

int __thread_join(thread_t t, void **result)
{
	int tid;

	if (t == __self())
		return EDEADLK;
	while ((tid = __atomic_load_n(&t->tid, __ATOMIC_ACQUIRE)) != 0)
		futex_wait(&t->tid, tid, NULL);
	if (result)
		*result = t->result;
	__sys_munmap(t->map, t->map_len);
	return 0;
}

void __thread_exit(void *result)
{
	__self()->result = result;
	__thread_gone();
	for (;;)
		__sys_exit(0);
}

thread_t __thread_self(void)
{
	return __self();
}

pid_t __thread_tid(thread_t t)
{
	return !t->map ? (pid_t)__sys_getpid() : t->tid;
}

/* --- condition --- */

WEAK void cond_init(cond_t *c)
{
	c->seq = 0;
}

int __cond_timedwait(cond_t *c, mutex_t *m, unsigned ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };
	int seq = c->seq;
	long r;

	__mutex_unlock(m);
	r = __sys_futex(&c->seq, FUTEX_WAIT, seq, &ts, NULL, 0);
	__mutex_lock(m);
	return r == -ETIMEDOUT ? ETIMEDOUT : 0;
}

void __cond_wait(cond_t *c, mutex_t *m)
{
	int seq = c->seq;

	__mutex_unlock(m);
	futex_wait(&c->seq, seq, NULL);
	__mutex_lock(m);
}

void __cond_signal(cond_t *c)
{
	__atomic_add_fetch(&c->seq, 1, __ATOMIC_RELEASE);
	futex_wake(&c->seq, 1);
}

void __cond_broadcast(cond_t *c)
{
	__atomic_add_fetch(&c->seq, 1, __ATOMIC_RELEASE);
	futex_wake(&c->seq, 0x7fffffff);
}

/* --- the rest --- */

void __thread_once(once_t *o, void (*fn)(void))
{
	if (__atomic_load_n(&o->done, __ATOMIC_ACQUIRE))
		return;
	__mutex_lock(&o->lock);
	if (!o->done) {
		fn();
		__atomic_store_n(&o->done, 1, __ATOMIC_RELEASE);
	}
	__mutex_unlock(&o->lock);
}

void __barrier_init(barrier_t *b, unsigned n)
{
	*b = (barrier_t){ .need = n };
}

int __barrier_wait(barrier_t *b)
{
	unsigned round;
	int last;

	__mutex_lock(&b->lock);
	round = b->round;
	last = ++b->here == b->need;
	if (last) {
		b->here = 0;
		b->round++;
		__cond_broadcast(&b->cond);
	} else
		while (round == b->round)
			__cond_wait(&b->cond, &b->lock);
	__mutex_unlock(&b->lock);
	return last;
}

WEAK int clone(int (*fn)(void *), void *stack, int flags, void *arg, pid_t *ptid, void *tls, pid_t *ctid)
{
	return (int)__ret(__clone(fn, arg, (unsigned long)flags, stack, ptid, tls, ctid));
}

/* --- thread.h's names --- */

int thread_create_stack(thread_t *t, void *(*fn)(void *), void *arg, size_t n) ALIAS(__thread_create);
int thread_join(thread_t t, void **result) ALIAS(__thread_join);
int thread_detach(thread_t t) ALIAS(__thread_detach);
void thread_exit(void *result) ALIAS(__thread_exit);
thread_t thread_self(void) ALIAS(__thread_self);
pid_t thread_tid(thread_t t) ALIAS(__thread_tid);
void thread_once(once_t *o, void (*fn)(void)) ALIAS(__thread_once);
void cond_wait(cond_t *c, mutex_t *m) ALIAS(__cond_wait);
int cond_timedwait(cond_t *c, mutex_t *m, unsigned ms) ALIAS(__cond_timedwait);
void cond_signal(cond_t *c) ALIAS(__cond_signal);
void cond_broadcast(cond_t *c) ALIAS(__cond_broadcast);
void barrier_init(barrier_t *b, unsigned n) ALIAS(__barrier_init);
int barrier_wait(barrier_t *b) ALIAS(__barrier_wait);
