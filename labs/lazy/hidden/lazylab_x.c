// SPDX-License-Identifier: MIT
/* lazylab_x.c - what the hidden tests of lab lazy run. */
#include <errno.h>
#include <sys/resource.h>
#include <thread.h>
#include "labs/include/lab.h"
#include "labs/include/touch.h"

#define MIB (1024UL * 1024)
#define RW (PROT_READ | PROT_WRITE)

static char *heap_edge(void)
{
	u64 now = (u64)sbrk(0);

	sbrk((intptr_t)(-now & (PAGE - 1)));
	return sbrk(0);
}

/* errno of an sbrk that must fail and change nothing; 0 if it did not fail, 1 if it moved */
static u64 refused(intptr_t by)
{
	void *was = sbrk(0);
	u64 result;

	errno = 0;
	result = sbrk(by) == (void *)-1 ? (u64)errno : 0;
	return sbrk(0) == was ? result : 1;
}

/* RLIMIT_AS for heap and stack; then the stack without it. */
static u64 space(void)
{
	struct rlimit lim = { 6 * MIB, RLIM_INFINITY };
	char *low = (char *)__builtin_frame_address(0) - 7 * MIB;
	u64 sum = 0;

	if (setrlimit(RLIMIT_AS, &lim) != 0)
		exit(3);
	sum = mix(sum, refused(7 * MIB));
	sum = mix(sum, (u64)touch(low, 1));
	lim.rlim_cur = RLIM_INFINITY;
	if (setrlimit(RLIMIT_AS, &lim) != 0)
		exit(3);
	return mix(sum, (u64)touch(low, 1));
}

static int limits(void)
{
	char *end = heap_edge(), *wall = end + 5 * PAGE, *down = end + MIB / 2;
	struct rlimit lim = { 2 * MIB, 2 * MIB };
	u64 sum = 0, exact = 0;

	sum = mix(sum, refused((intptr_t)(1UL << 40)));
	sum = mix(sum, refused(-(intptr_t)(1UL << 40)));
	sum = mix(sum, refused((intptr_t)(1UL << 63)));
	if (mmap(wall, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != wall)
		return 1;
	fill_page(wall, nonce, 1);
	sum = mix(sum, refused((intptr_t)(6 * PAGE)));
	sum = mix(sum, refused((intptr_t)(16 * PAGE)));
	exact = mix(exact, sbrk((intptr_t)(5 * PAGE)) == (void *)-1);
	*(volatile char *)(wall - 1) = 1;
	out("mapping", sum_page(wall));
	munmap(wall, PAGE);
	exact = mix(exact, sbrk((intptr_t)(7 * PAGE)) == (void *)-1);
	if (mmap(down, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, -1, 0) != down)
		return 1;
	sum = mix(sum, refused((intptr_t)(64 * PAGE)));
	munmap(down, PAGE);
	out("space", mix(nonce, space()));
	if (setrlimit(RLIMIT_DATA, &lim) != 0)
		return 1;
	sum = mix(sum, refused(16 * MIB));
	out("errors", mix(nonce, sum));
	out("exact", mix(nonce, exact));
	return 0;
}

/* Under strict accounting, what sbrk promised must be given back. */
static int promise(void)
{
	int fd = open("/proc/sys/vm/overcommit_memory", O_WRONLY);
	u64 rounds = 0;

	if (fd < 0 || write(fd, "2", 1) != 1)
		return 1;
	for (int i = 0; i < 60; i++) {
		char *p = sbrk(4 * MIB);

		if (p == (char *)-1)
			break;
		if (i % 3 == 0)
			p[i * (int)PAGE] = 1;
		if (sbrk(-(intptr_t)(4 * MIB)) == (void *)-1)
			break;
		rounds++;
	}
	out("rounds", mix(nonce, rounds));
	return 0;
}

/* Heap by the MiB until there is no more. */
static u64 all_heap(void)
{
	u64 n = 0;

	while (n < 64 && sbrk((intptr_t)MIB) != (void *)-1)
		n++;
	return n;
}

/* Under strict accounting half of the machine can be promised, and a stack is promised too. */
static int strict(void)
{
	int fd = open("/proc/sys/vm/overcommit_memory", O_WRONLY), status = 0;
	u64 first, second;

	heap_edge();
	if (fd < 0 || write(fd, "2", 1) != 1)
		return 1;
	out("more than half", mix(nonce, refused(40 * MIB)));
	if (fork() == 0) {
		all_heap();
		*((volatile char *)__builtin_frame_address(0) - 3 * MIB) = 1;
		_exit(0);
	}
	if (wait(&status) < 0)
		return 1;
	out("child", mix(nonce, WIFSIGNALED(status) ? (u64)WTERMSIG(status) : 0));
	first = all_heap();
	out("refused", mix(nonce, refused((intptr_t)MIB)));
	sbrk(-(intptr_t)(first * MIB));
	second = all_heap();
	out("heap", mix(nonce, first) ^ mix(nonce, second) ^ first);
	return 0;
}

/* checkpoints: 0 at first, 1 with heap, 2 with less heap, 3 with a grown stack */
static int counted(void)
{
	char *p = heap_edge();
	volatile char *low = (char *)__builtin_frame_address(0) - 3 * MIB;

	checkpoint(0, p, 0);
	sbrk((intptr_t)(2 * MIB));
	for (u64 i = 0; i < 8; i++)
		p[i * 40 * PAGE] = 1;
	for (u64 i = 0; i < 4; i++)
		(void)*(volatile char *)(p + (i * 40 + 11) * PAGE);
	checkpoint(1, p, 512);
	sbrk(-(intptr_t)(420 * PAGE));
	checkpoint(2, p, 512);
	*low = 1;
	low[MIB] = 1;
	checkpoint(3, p, 0);
	return 0;
}

static int zeroes(void)
{
	enum { N = 600 };
	u64 sum = 0;
	char *first = anon(1);

	sum |= *(volatile u64 *)first;
	checkpoint(0, first, 1);
	for (int c = 0; c < 6; c++) {
		if (fork() == 0) {
			char *p = anon(N);

			for (u64 i = 0; i < N; i++)
				sum |= *(volatile u64 *)(p + i * PAGE);
			munmap(p, N / 2 * PAGE);
			_exit(sum != 0);
		}
		if (child_status() != 0)
			return 1;
	}
	char *w = anon(N), *r = anon(N);

	for (u64 i = 0; i < N; i++)
		fill_page(w + i * PAGE, nonce, i);
	for (u64 i = 0; i < N; i++)
		for (u64 k = 0; k < PAGE; k += 512)
			sum |= *(volatile u64 *)(r + i * PAGE + k);
	checkpoint(1, r, 1);
	out("sum", mix(nonce, sum));
	return 0;
}

enum { RACE = 10000, PASSES = 8 };
static char *race_area;
static barrier_t race_begin;

/* Both go through the area and store into their own word of two pages of three.  A hart's
 * turn lasts 10 million instructions and a fault takes a thousand, most of them between
 * the look at the entry and the store to it: now and then the other one comes by just there. */
static void *racer(void *arg)
{
	u64 me = (u64)arg;

	barrier_wait(&race_begin);
	for (u64 r = 0; r < RACE; r++) {
		u64 *page = (u64 *)(race_area + r * 3 * PAGE);

		page[me] = mix(nonce, r);
		page[PAGE / 8 + me] = mix(nonce, r);
	}
	return NULL;
}

/* One pass: how many stores were lost. */
static u64 race_once(void)
{
	thread_t t[2];
	u64 lost = 0;

	race_area = anon(3 * RACE);
	barrier_init(&race_begin, 2);
	for (u64 i = 0; i < 2; i++)
		if (thread_create(&t[i], racer, (void *)i) != 0)
			return 1;
	for (int i = 0; i < 2; i++)
		thread_join(t[i], NULL);
	for (u64 r = 0; r < RACE; r++)
		for (u64 k = 0; k < 4; k++) {
			u64 *page = (u64 *)(race_area + (r * 3 + k / 2) * PAGE);

			lost += page[k & 1] != mix(nonce, r);
		}
	return lost;
}

/* A process a pass: one that goes has nothing to tell the other hart's TLB. */
static int race(void)
{
	u64 lost = 0;

	for (int pass = 1; pass < PASSES; pass++) {
		if (fork() == 0)
			_exit(race_once() != 0);
		lost += child_status() != 0;
	}
	lost += race_once();
	checkpoint(0, race_area, 90);
	out("lost", mix(nonce, lost));
	return 0;
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";

	if (strcmp(part, "limits") == 0)
		return limits();
	if (strcmp(part, "promise") == 0)
		return promise();
	if (strcmp(part, "strict") == 0)
		return strict();
	if (strcmp(part, "counted") == 0)
		return counted();
	if (strcmp(part, "zeroes") == 0)
		return zeroes();
	if (strcmp(part, "race") == 0)
		return race();
	return 2;
}
