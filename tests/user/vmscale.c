// SPDX-License-Identifier: MIT
// run: harts=1,8 mem=128M timeout=120
/*
 * vmscale.c - costs that must not grow: look-up with the number of areas, a sparse mapping
 * with its size, faults with the number of threads.
 *
 * Under ICOUNT=1 a tick of the time register is 100 instructions, and the figures are judged
 * (tests/system/test_scale.py); elsewhere they are only printed, since they would measure
 * the host.
 */
#include <sched.h>
#include <thread.h>
#include "vm.h"

static int judged;

static unsigned long ticks(void)
{
	unsigned long t;

	__asm__ volatile("rdtime %0" : "=r"(t) :: "memory");
	return t;
}

static unsigned long seed = 1;

static unsigned long rnd(unsigned long n)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (seed >> 33) % n;
}

#define LOOKUPS	1000

/* Every second page of a range is an area of its own. */
static char *make_areas(unsigned long n)
{
	char *p = mmap(NULL, 2 * n * PAGE, PROT_READ, ANON | MAP_NORESERVE, -1, 0);

	FAIL_IF(p == MAP_FAILED);
	for (unsigned long i = 0; i < n; i++)
		FAIL_IF(munmap(p + (2 * i + 1) * PAGE, PAGE) != 0);
	return p;
}

/* Instructions of one system call that looks one area up, at a random place. */
static unsigned long lookup_cost(const char *p, unsigned long n)
{
	unsigned char v;
	unsigned long t = ticks();

	for (int i = 0; i < LOOKUPS; i++)
		mincore((void *)(p + rnd(n) * 2 * PAGE), PAGE, &v);
	return (ticks() - t) * 100 / LOOKUPS;
}

static unsigned long fault_cost(const char *p, unsigned long n)
{
	unsigned long t, all = 0, faults = n < LOOKUPS ? n : LOOKUPS;

	for (unsigned long i = 0; i < faults; i++) {
		const volatile char *at = p + (n <= LOOKUPS ? i : rnd(n)) * 2 * PAGE;

		t = ticks();
		(void)*at;
		all += ticks() - t;
	}
	return all * 100 / faults;
}

/* From ten areas to sixty thousand: twelve levels of the tree, some instructions each. */
static void lookup_grows_like_log(void)
{
	static const unsigned long counts[] = { 10, 100, 1000, 10000, 60000 };
	unsigned long cost[5];

	for (int i = 0; i < 5; i++) {
		char *p = make_areas(counts[i]);

		lookup_cost(p, counts[i]);
		cost[i] = lookup_cost(p, counts[i]);
		printf("  %5lu areas: %lu instructions a look-up, %lu a read fault\n", counts[i],
		       cost[i], fault_cost(p, counts[i]));
		FAIL_IF(!vm_ok());
		FAIL_IF(munmap(p, 2 * counts[i] * PAGE) != 0);
	}
	for (int i = 1; i < 5 && judged; i++) {
		FAIL_IF(cost[i] > cost[i - 1] + 90);		/* 3.3 levels */
		FAIL_IF(cost[i] > cost[0] + 60 * (unsigned long)i + 30);
	}
}

static void sparse_costs_what_is_touched(void)
{
	const unsigned long gib = 1UL << 30;
	long tables, rss, free_kib;
	unsigned long t, map, touch_all, unmap;
	char *p;

	tables = vm_number("/proc/self/status", "VmPTE");
	rss = vm_number("/proc/self/status", "VmRSS");
	free_kib = vm_free_kib();
	t = ticks();
	p = mmap(NULL, 64 * gib, RW, ANON | MAP_NORESERVE, -1, 0);
	map = ticks() - t;
	FAIL_IF(p == MAP_FAILED);
	FAIL_IF(vm_number("/proc/self/status", "VmPTE") != tables);
	FAIL_IF(vm_number("/proc/self/status", "VmRSS") != rss);
	FAIL_IF(labs(vm_free_kib() - free_kib) > 32);
	t = ticks();
	for (unsigned long g = 0; g < 64; g++)
		p[g * gib + rnd(gib)] = 1;
	touch_all = ticks() - t;
	FAIL_IF(vm_number("/proc/self/status", "VmPTE") - tables > 4 * 2 * 64);
	FAIL_IF(vm_number("/proc/self/status", "VmRSS") - rss != 4 * 64);
	FAIL_IF(!vm_ok());
	if (fork() == 0)			/* and a copy costs the same */
		_exit(vm_number("/proc/self/status", "VmPTE") > tables + 4 * 2 * 64 + 16);
	FAIL_IF(vm_wait() != 0);
	t = ticks();
	FAIL_IF(munmap(p, 64 * gib) != 0);
	unmap = ticks() - t;
	FAIL_IF(vm_number("/proc/self/status", "VmPTE") != tables);
	printf("  64 GiB: %lu instructions to map, %lu to touch a page of each, %lu to unmap\n",
	       map * 100, touch_all * 100, unmap * 100);
	FAIL_IF(judged && (map > 50 || touch_all > 64 * 60 || unmap > 64 * 60));
}

/* --- eight threads, eight harts --- */

#define PAGES	512

static char *area;
static volatile int ready, start;
static int threads;

static void *toucher(void *arg)
{
	unsigned long n = (unsigned long)arg;

	sched_setaffinity(0, 1UL << n);
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	while (!start)
		sched_yield();
	for (unsigned long i = 0; i < PAGES; i++)
		area[(n * PAGES + i) * PAGE] = 1;
	return NULL;
}

/* Instructions a fault, all harts' taken together. */
static unsigned long threads_cost(int n)
{
	thread_t t[8];
	unsigned long from;

	threads = n;
	ready = start = 0;
	area = vm_map((unsigned long)n * PAGES, RW, ANON);
	for (unsigned long i = 0; i < (unsigned long)n; i++)
		FAIL_IF(thread_create(&t[i], toucher, (void *)i) != 0);
	while (ready != n)
		sched_yield();
	from = ticks();
	start = 1;
	for (int i = 0; i < n; i++)
		FAIL_IF(thread_join(t[i], NULL) != 0);
	from = ticks() - from;
	for (unsigned long i = 0; i < (unsigned long)n * PAGES; i++)
		FAIL_IF(area[i * PAGE] != 1);
	FAIL_IF(!vm_ok());
	FAIL_IF(munmap(area, (unsigned long)n * PAGES * PAGE) != 0);
	return from * 100 / ((unsigned long)n * PAGES);
}

static void threads_fault_side_by_side(void)
{
	unsigned long one, eight;

	threads_cost(8);
	one = threads_cost(1);
	eight = threads_cost(8);
	printf("  a fault: %lu instructions with one thread, %lu with eight\n", one, eight);
	FAIL_IF(judged && eight * 2 > one * 3);
}

int main(int argc, char **argv)
{
	static const struct row rows[] = {
		{ "look-up grows like log n", lookup_grows_like_log },
		{ "64 GiB cost what is touched", sparse_costs_what_is_touched },
		{ "threads fault side by side", threads_fault_side_by_side },
	};
	char line[512] = "";
	FILE *f = fopen("/proc/cmdline", "r");

	judged = f != NULL && fgets(line, sizeof(line), f) != NULL && strstr(line, "icount=1") != NULL;
	return RUN_ROWS(rows, argc, argv);
}
