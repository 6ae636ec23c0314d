// SPDX-License-Identifier: MIT
/*
 * selftest.c - ways to end in a panic, for the tests that read the report.
 *
 * "selftest=NAME" in bootargs makes a kernel built for tests commit one of the bugs
 * the kernel must name: each row's report is checked by tests/system/test_panic.py.
 */
#include "lib/fdt.h"
#include "lib/string.h"
#include "proc/sched.h"
#include "riscv/hart.h"
#include "riscv/pgtable.h"
#include "sync/mutex.h"
#include "tests/kernel/ktest.h"

static spinlock_t lock_a = SPINLOCK_INIT("selftest_a");
static spinlock_t lock_b = SPINLOCK_INIT("selftest_b");
static struct mutex mutex;

static __noinline unsigned long deeper(unsigned long n)
{
	volatile char frame[512];

	memset((void *)frame, (int)n, sizeof(frame));
	return n == 0 ? 0 : deeper(n - 1) + (unsigned long)frame[n % sizeof(frame)];
}

static void overflow(void) { printk("%lu\n", deeper(1000)); }
static volatile int *volatile near_null = (volatile int *)8;	/* the compiler must not see it */
static void null_read(void) { *near_null = 1; }
static void wild_write(void) { *(volatile int *)(PAGE_OFFSET - PAGE_SIZE) = 1; }
static void text_write(void) { *(volatile int *)(unsigned long)schedule = 0; }
static void plain_panic(void) { panic("selftest: %d and %s", 42, "text"); }
static void failed_assert(void) { assert(nr_harts == 0); }

static void inversion(void)
{
	spin_lock(&lock_a);
	spin_lock(&lock_b);
	spin_unlock(&lock_b);
	spin_unlock(&lock_a);
	spin_lock(&lock_b);
	spin_lock(&lock_a);
}

static void sleep_under_spinlock(void)
{
	mutex_init(&mutex, "selftest_mutex");
	spin_lock(&lock_a);
	mutex_lock(&mutex);
}

static void double_lock(void)
{
	spin_lock(&lock_a);
	spin_lock(&lock_a);
}

static const struct { const char *name; void (*run)(void); } rows[] = {
	{ "overflow", overflow }, { "null", null_read }, { "wild", wild_write },
	{ "text", text_write }, { "panic", plain_panic }, { "assert", failed_assert },
	{ "inversion", inversion }, { "sleep", sleep_under_spinlock }, { "double", double_lock },
};

void selftest(void)
{
	char name[32];

	if (!boot_arg("selftest", name, sizeof(name)))
		return;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].name, name) == 0) {
			rows[i].run();
			printk_loud("selftest %s: still alive\n", name);
		}
}
