// SPDX-License-Identifier: MIT
/*
 * overcommit.c - how much memory may be promised.
 *
 * mmap and fork promise memory that is not there yet; most of it is never touched.
 * Every private writable page is a promise (VM_ACCOUNT), counted in vm_committed.
 * What to do when the sum is larger than the machine is a policy:
 *
 *   0  guess   refuse only a single promise that all of RAM and swap could not hold;
 *   1  always  refuse nothing: sparse arrays of 64 GiB work;
 *   2  never   the sum stays below swap + overcommit_ratio percent of RAM, so that
 *              no promise is ever broken by the OOM killer.
 *
 * The count is kept in every mode, so that the mode can change at any time.
 */
#include "fs/procfs.h"
#include "lib/string.h"
#include "mm/phys/gfp.h"
#include "mm/vm/overcommit.h"
#include "uapi/errno.h"

int overcommit_memory = OVERCOMMIT_GUESS;
int overcommit_ratio = 50;
atomic64_t vm_committed;

/* Pages that all swap areas hold.  There is no swap yet; what brings it defines this. */
__attribute__((weak)) unsigned long nr_swap_total(void) { return 0; }

s64 commit_limit(void)
{
	return nr_swap_total() + nr_total_pages() * overcommit_ratio / 100;
}

int vm_commit(struct mm *mm, s64 pages)
{
	s64 sum;

	(void)mm;
	if (pages == 0)
		return 0;
	sum = atomic_add_return(&vm_committed, pages);
	if (pages < 0 || overcommit_memory == OVERCOMMIT_ALWAYS)
		return 0;
	if (overcommit_memory == OVERCOMMIT_GUESS ?
	    (u64)pages <= nr_total_pages() + nr_swap_total() : sum <= commit_limit())
		return 0;
	atomic_add(&vm_committed, -pages);
	return -ENOMEM;
}

static int show_int(struct seq *s, void *value)
{
	seq_printf(s, "%d\n", *(int *)value);
	return 0;
}

static int parse_int(const char *buf, int max, int *value)
{
	char *end;
	unsigned long n = simple_strtoul(buf, &end, 10);

	if (end == buf || n > (unsigned long)max || (*end != '\0' && *end != '\n'))
		return -EINVAL;
	*value = n;
	return 0;
}

static int write_mode(const char *buf, size_t n, void *value)
{
	(void)n;
	return parse_int(buf, OVERCOMMIT_NEVER, value);
}

static int write_ratio(const char *buf, size_t n, void *value)
{
	(void)n;
	return parse_int(buf, 10000, value);
}

void overcommit_init(void)
{
	proc_create("sys/vm/overcommit_memory", show_int, write_mode, &overcommit_memory);
	proc_create("sys/vm/overcommit_ratio", show_int, write_ratio, &overcommit_ratio);
}
