// SPDX-License-Identifier: MIT
/* ktest.c - runs the tests of tests/kernel; see ktest.h. */
#include "tests/kernel/ktest.h"
#include "lib/fdt.h"
#include "lib/string.h"
#include "riscv/sbi.h"
#include "riscv/timer.h"

extern const struct ktest ktest_start[], ktest_end[];	/* kernel.ld */

static bool failed_now;

void ktest_failed(const char *cond, const char *file, int line)
{
	failed_now = true;
	printk_loud("  %s:%d: %s does not hold\n", file, line, cond);
}

void ktest_run(void)
{
	unsigned passed = 0, failed = 0;
	char prefix[64];

	selftest();
	if (boot_arg("bench-mm", prefix, sizeof(prefix)))
		machine_poweroff(bench_mm() != 0);
	if (!boot_arg("ktest", prefix, sizeof(prefix)))
		return;
	for (const struct ktest *t = ktest_start; t < ktest_end; t++) {
		u64 start;

		if (strncmp(t->name, prefix, strlen(prefix)) != 0)
			continue;
		failed_now = false;
		start = time_ns();
		t->fn();
		if (failed_now)
			failed++;
		else
			passed++;
		printk_loud("%s %s (%lu us)\n", failed_now ? "FAIL" : "ok", t->name,
			    (time_ns() - start) / 1000);
	}
	printk_loud("ktest: %u passed, %u failed\n", passed, failed);
	machine_poweroff(failed != 0 || passed == 0);
}
