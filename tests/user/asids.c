// SPDX-License-Identifier: MIT
// run: harts=8 mem=128M timeout=120 boot=asids=16
/*
 * asids.c - address-space identifiers run out while threads of one process run on many harts.
 *
 * With 16 of them ("asids=16") a dozen forks begin a new generation.  One thread replaces a
 * page again and again and says by another page which round it is; whoever then finds the
 * page of an earlier round has an entry in his TLB that a flush should have reached.
 */
#include <sched.h>
#include <sys/sysinfo.h>
#include <thread.h>
#include "vm.h"

#define READERS 2
#define CHURNERS 2

static volatile unsigned *page, *round_no;
static volatile int stop;

static void *reader(void *arg)
{
	unsigned long stale = 0;

	sched_setaffinity(0, 2UL << (unsigned long)arg);
	while (!stop) {
		unsigned r = __atomic_load_n(round_no, __ATOMIC_ACQUIRE);
		unsigned v = __atomic_load_n(page, __ATOMIC_RELAXED);

		/* 0: the page has gone and is not yet written again */
		stale += v != 0 && v < r;
	}
	return (void *)stale;
}

/* New address spaces on the writer's hart, so that he is given a new number too. */
static void churn(void)
{
	sched_setaffinity(0, 1);
	for (;;) {
		int a = fork(), b = fork();

		if (a == 0 || b == 0)
			_exit(0);
		waitpid(a, NULL, 0);
		waitpid(b, NULL, 0);
	}
}

static void flushes_reach_old_generations(void)
{
	thread_t t[READERS];
	unsigned r = 1, end = (unsigned)uptime() + 20;
	int pids[CHURNERS];
	void *stale, *other = vm_map(1, RW, ANON);

	page = (volatile unsigned *)vm_map(1, RW, ANON);
	round_no = (volatile unsigned *)vm_map(1, RW, ANON);
	for (int i = 0; i < CHURNERS; i++) {
		pids[i] = fork();
		FAIL_IF(pids[i] < 0);
		if (pids[i] == 0)
			churn();
	}
	for (int i = 0; i < READERS; i++)
		FAIL_IF(thread_create(&t[i], reader, (void *)(unsigned long)i) != 0);
	sched_setaffinity(0, 1);
	while (uptime() < end) {
		r++;
		/* The other page takes the freed frame, which then looks like round 1. */
		FAIL_IF(madvise(other, PAGE, MADV_DONTNEED) != 0);
		FAIL_IF(madvise((void *)page, PAGE, MADV_DONTNEED) != 0);
		*(volatile unsigned *)other = 1;
		*page = r;
		__atomic_store_n(round_no, r, __ATOMIC_RELEASE);
		if (r % 64 == 0)
			usleep(1000);		/* the writer changes its hart too */
	}
	stop = 1;
	for (int i = 0; i < READERS; i++) {
		FAIL_IF(thread_join(t[i], &stale) != 0);
		if (stale != NULL)
			printf("  reader %d saw %ld pages of the past\n", i, (long)stale);
		FAIL_IF(stale != NULL);
	}
	for (int i = 0; i < CHURNERS; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	FAIL_IF(!vm_ok());
}

/* Each process keeps its own memory although they all have had the same numbers. */
static void memory_stays_apart(void)
{
	int pids[24];

	for (int i = 0; i < 24; i++) {
		pids[i] = fork();
		FAIL_IF(pids[i] < 0);
		if (pids[i] == 0) {
			volatile int *mine = (volatile int *)vm_map(1, RW, ANON);

			for (int k = 0; k < 300; k++) {
				*mine = i * 1000 + k;
				if (k % 3 == 0)
					usleep(10);
				if (*mine != i * 1000 + k)
					_exit(1);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < 24; i++)
		FAIL_IF(vm_wait() != 0);
}

int main(int argc, char **argv)
{
	static const struct row rows[] = {
		{ "flushes reach old generations", flushes_reach_old_generations },
		{ "memory stays apart", memory_stays_apart },
	};

	return RUN_ROWS(rows, argc, argv);
}
