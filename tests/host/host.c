// SPDX-License-Identifier: MIT
/*
 * host.c - what kernel sources need of the kernel when they run on the build machine.
 *
 * Locks only keep book: one thread runs, so taking a held lock or releasing a free one is
 * a bug of the code under test and ends the test.  Everything here is weak: a test that
 * wants something else defines it.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host.h"
#include "lib/printk.h"
#include "lib/xarray.h"
#include "sync/mutex.h"
#include "sync/rwsem.h"
#include "sync/spinlock.h"

#define WEAK __attribute__((weak))

/* --- rows --- */

static jmp_buf row_end;
static bool in_row;

void row_failed(const char *file, int line, const char *cond)
{
	printf("FAIL %s:%d: %s\n", file, line, cond);
	fflush(stdout);
	if (!in_row)
		exit(1);
	longjmp(row_end, 1);
}

int run_rows(const struct row *rows, size_t n)
{
	volatile unsigned passed = 0, failed = 0;
	const char *only = getenv("ROW");

	for (volatile size_t i = 0; i < n; i++) {
		if (only != NULL && strcmp(only, rows[i].name) != 0)
			continue;
		rnd_seed(getenv("SEED") ? strtoul(getenv("SEED"), NULL, 0) : 1);
		in_row = true;
		if (setjmp(row_end) == 0) {
			rows[i].fn();
			printf("ok %s\n", rows[i].name);
			passed++;
		} else {
			printf("FAIL %s\n", rows[i].name);
			failed++;
		}
		in_row = false;
		fflush(stdout);
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}

/* xorshift64* (Vigna 2016) */
static u64 rnd_state = 1;

void rnd_seed(u64 seed)
{
	rnd_state = seed * 0x9e3779b97f4a7c15UL | 1;
}

u64 rnd(void)
{
	rnd_state ^= rnd_state >> 12;
	rnd_state ^= rnd_state << 25;
	rnd_state ^= rnd_state >> 27;
	return rnd_state * 0x2545f4914f6cdd1dUL;
}

unsigned long ops_wanted(unsigned long usual)
{
	const char *s = getenv("OPS");

	return s != NULL ? strtoul(s, NULL, 0) : usual;
}

/* --- printk, panic --- */

bool panic_expected;
void *panic_jump[5];

static void die(void)
{
	if (panic_expected)
		__builtin_longjmp(panic_jump, 1);
	abort();
}

WEAK void printk(const char *fmt, ...)
{
	va_list ap;

	if (getenv("QUIET") != NULL)
		return;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

WEAK void printk_loud(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

WEAK void panic(const char *fmt, ...)
{
	va_list ap;

	if (!panic_expected) {
		va_start(ap, fmt);
		printf("panic: ");
		vprintf(fmt, ap);
		printf("\n");
		fflush(stdout);
		va_end(ap);
	}
	die();
	__builtin_unreachable();
}

WEAK void assert_fail(const char *expr, const char *file, int line, const char *func)
{
	if (!panic_expected) {
		printf("%s:%d: %s: assertion failed: %s\n", file, line, func, expr);
		fflush(stdout);
	}
	die();
	__builtin_unreachable();
}

/* --- locks --- */

WEAK void spin_lock_init(spinlock_t *l, const char *name)
{
	(void)name;
	l->locked = 0;
}

WEAK void spin_lock(spinlock_t *l)
{
	if (l->locked)
		panic("spin_lock: already held");
	l->locked = 1;
}

WEAK void spin_unlock(spinlock_t *l)
{
	if (!l->locked)
		panic("spin_unlock: not held");
	l->locked = 0;
}

WEAK bool spin_trylock(spinlock_t *l)
{
	if (l->locked)
		return false;
	l->locked = 1;
	return true;
}

WEAK unsigned long spin_lock_irqsave(spinlock_t *l)
{
	spin_lock(l);
	return 0;
}

WEAK void spin_unlock_irqrestore(spinlock_t *l, unsigned long flags)
{
	(void)flags;
	spin_unlock(l);
}

WEAK void spin_lock_nested(spinlock_t *l) { spin_lock(l); }
WEAK bool holding(const spinlock_t *l) { return l->locked; }

WEAK void mutex_init(struct mutex *m, const char *name)
{
	(void)name;
	m->owner = NULL;
}

WEAK void mutex_lock(struct mutex *m)
{
	if (m->owner != NULL)
		panic("mutex_lock: already held");
	m->owner = (void *)m;
}

WEAK void mutex_unlock(struct mutex *m)
{
	if (m->owner == NULL)
		panic("mutex_unlock: not held");
	m->owner = NULL;
}

WEAK void mutex_lock_nested(struct mutex *m) { mutex_lock(m); }
WEAK bool mutex_held(const struct mutex *m) { return m->owner != NULL; }

#define RWSEM_WRITER (1UL << 48)

WEAK void rwsem_init(struct rwsem *s, const char *name)
{
	(void)name;
	s->count = 0;
}

WEAK void down_read(struct rwsem *s)
{
	if (rwsem_held_write(s))
		panic("down_read: write-held");
	s->count++;
}

WEAK void up_read(struct rwsem *s)
{
	if (!rwsem_held(s) || rwsem_held_write(s))
		panic("up_read: not held");
	s->count--;
}

WEAK void down_write(struct rwsem *s)
{
	if (rwsem_held(s))
		panic("down_write: held");
	s->count = RWSEM_WRITER;
}

WEAK void up_write(struct rwsem *s)
{
	if (!rwsem_held_write(s))
		panic("up_write: not held");
	s->count = 0;
}

/* --- xarray nodes --- */

unsigned long xa_fail_nth;
long xa_nodes_live;

WEAK struct xa_node *xa_node_alloc(void)
{
	if (xa_fail_nth != 0 && --xa_fail_nth == 0)
		return NULL;
	xa_nodes_live++;
	return calloc(1, sizeof(struct xa_node));
}

WEAK void xa_node_free(struct xa_node *node)
{
	xa_nodes_live--;
	free(node);
}
