// SPDX-License-Identifier: MIT
/*
 * thread.c - threads, mutexes, condition variables, over clone and futex.
 *
 * A thread gets one mapping: a guard page without any right, the stack, its struct thread
 * and, at the top, its __thread variables, which tp points to.  clone is told the address of `tid`: the kernel
 * zeroes that word when the thread has left its stack for good and wakes who waits on it,
 * so thread_join may unmap the stack at once.
 * Condition: a counter that every signal increments; a waiter sleeps only as long as it
 * has the value read under the mutex, so a signal between unlock and sleep is not lost.
 */
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

static int run(void *arg)
{
	struct thread *t = arg;

	t->result = t->fn(t->arg);
	return 0;
}

static struct thread *detached;
static mutex_t detached_lock;

/* A thread cannot unmap the stack it stands on; so the next one to begin cleans up. */
static void free_detached(void)
{
	mutex_lock(&detached_lock);
	for (struct thread **p = &detached, *t; (t = *p) != NULL;)
		if (__atomic_load_n(&t->tid, __ATOMIC_ACQUIRE) == 0) {
			*p = t->next;
			__sys_munmap(t->map, t->map_len);
		} else
			p = &t->next;
	mutex_unlock(&detached_lock);
}

int thread_detach(thread_t t)
{
	if (!t->map) /* the first thread is nobody's to join */
		return 0;
	mutex_lock(&detached_lock);
	t->next = detached;
	detached = t;
	mutex_unlock(&detached_lock);
	return 0;
}

int thread_create_stack(thread_t *out, void *(*fn)(void *arg), void *arg, size_t stack)
{
	size_t len;
	struct thread *t, *tp;
	char *map;
	long r;

	if (detached)
		free_detached();
	if (stack == 0)
		stack = STACK_DEFAULT;
	if (stack < STACK_MIN)
		stack = STACK_MIN;
	len = ((stack + THREAD_AREA + 4095) & ~4095UL) + 2 * 4096;
	map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1,
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

int thread_create(thread_t *t, void *(*fn)(void *arg), void *arg)
{
	return thread_create_stack(t, fn, arg, 0);
}

int thread_join(thread_t t, void **result)
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

void thread_exit(void *result)
{
	__self()->result = result;
	for (;;)
		__sys_exit(0);
}

thread_t thread_self(void)
{
	return __self();
}

pid_t thread_tid(thread_t t)
{
	return !t->map ? (pid_t)__sys_getpid() : t->tid;
}

/* --- condition --- */

void cond_init(cond_t *c)
{
	c->seq = 0;
}

int cond_timedwait(cond_t *c, mutex_t *m, unsigned ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };
	int seq = c->seq;
	long r;

	mutex_unlock(m);
	r = __sys_futex(&c->seq, FUTEX_WAIT, seq, &ts, NULL, 0);
	mutex_lock(m);
	return r == -ETIMEDOUT ? ETIMEDOUT : 0;
}

void cond_wait(cond_t *c, mutex_t *m)
{
	int seq = c->seq;

	mutex_unlock(m);
	futex_wait(&c->seq, seq, NULL);
	mutex_lock(m);
}

void cond_signal(cond_t *c)
{
	__atomic_add_fetch(&c->seq, 1, __ATOMIC_RELEASE);
	futex_wake(&c->seq, 1);
}

void cond_broadcast(cond_t *c)
{
	__atomic_add_fetch(&c->seq, 1, __ATOMIC_RELEASE);
	futex_wake(&c->seq, 0x7fffffff);
}

/* --- the rest --- */

void thread_once(once_t *o, void (*fn)(void))
{
	if (__atomic_load_n(&o->done, __ATOMIC_ACQUIRE))
		return;
	mutex_lock(&o->lock);
	if (!o->done) {
		fn();
		__atomic_store_n(&o->done, 1, __ATOMIC_RELEASE);
	}
	mutex_unlock(&o->lock);
}

void barrier_init(barrier_t *b, unsigned n)
{
	mutex_init(&b->lock);
	cond_init(&b->cond);
	b->need = n;
	b->here = b->round = 0;
}

int barrier_wait(barrier_t *b)
{
	unsigned round;
	int last;

	mutex_lock(&b->lock);
	round = b->round;
	last = ++b->here == b->need;
	if (last) {
		b->here = 0;
		b->round++;
		cond_broadcast(&b->cond);
	} else
		while (round == b->round)
			cond_wait(&b->cond, &b->lock);
	mutex_unlock(&b->lock);
	return last;
}

int clone(int (*fn)(void *), void *stack, int flags, void *arg, pid_t *ptid, void *tls, pid_t *ctid)
{
	return (int)__ret(__clone(fn, arg, (unsigned long)flags, stack, ptid, tls, ctid));
}
