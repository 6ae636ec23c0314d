// SPDX-License-Identifier: MIT
/*
 * ktest.h - tests that run inside the kernel.
 *
 *	KTEST(buddy_merges_back)
 *	{
 *		KT_ASSERT(zone_check(z) == 0);
 *	}
 *
 * A kernel built with KTEST=1 contains every test of tests/kernel and, when bootargs
 * say "ktest" (all) or "ktest=PREFIX", runs them in pid 1's kernel thread once the
 * root is mounted, prints a row each, and powers off with 0 or 1.  KT_ASSERT ends
 * the test at the first condition that does not hold.
 */
#ifndef TESTS_KTEST_H
#define TESTS_KTEST_H

#include "lib/printk.h"
#include "lib/types.h"

struct ktest {
	const char *name;
	void (*fn)(void);
};

#define KTEST(test)							\
	static void ktest_##test(void);					\
	static const struct ktest ktest_row_##test			\
	__attribute__((section(".ktest"), used)) = { #test, ktest_##test };	\
	static void ktest_##test(void)

#define KT_ASSERT(cond)							\
	do {								\
		if (!(cond)) {						\
			ktest_failed(#cond, __FILE__, __LINE__);	\
			return;						\
		}							\
	} while (0)

/* As KT_ASSERT, showing both numbers when they differ. */
#define KT_EQUAL(a, b)							\
	do {								\
		long kt_a = (long)(a), kt_b = (long)(b);		\
		if (kt_a != kt_b) {					\
			printk_loud("  %s is %ld, %s is %ld\n", #a, kt_a, #b, kt_b);	\
			ktest_failed(#a " == " #b, __FILE__, __LINE__);	\
			return;						\
		}							\
	} while (0)

void ktest_failed(const char *cond, const char *file, int line);
/* Runs what bootargs ask for and powers off; returns if they ask for nothing. */
void ktest_run(void);
unsigned bench_mm(void);	/* bench_mm.c: rows over their bars */
void selftest(void);		/* selftest.c */

#endif
