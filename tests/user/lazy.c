// SPDX-License-Identifier: MIT
// run: debug
/* lazy.c - memory that comes when it is touched: heap, anonymous areas, the stack. */
#include <sys/resource.h>
#include <thread.h>
#include "vm.h"

static long rss(void) { return vm_number("/proc/self/status", "VmRSS"); }
static long tables(void) { return vm_number("/proc/self/status", "VmPTE"); }

static void heap_is_lazy(void)
{
	char *p = sbrk(20 << 20);
	long before = rss();

	FAIL_IF(p == (char *)-1);
	FAIL_IF(rss() - before > 64);
	for (int i = 0; i < 100; i++)
		p[i * 40 * PAGE] = 1;
	FAIL_IF(rss() - before < 400 || rss() - before > 600);
	FAIL_IF(sbrk(-(20L << 20)) != p + (20 << 20));
	FAIL_IF(rss() - before > 64);
	FAIL_IF(touch(p + 50 * PAGE, 0) != SIGSEGV || vm_code != SEGV_MAPERR || vm_addr != p + 50 * PAGE);
	FAIL_IF(!vm_ok());
}

static void heap_bytes(void)
{
	char *p = sbrk(1), *q;

	FAIL_IF(sbrk(0) != p + 1);
	*p = 7;
	q = sbrk(5000);
	FAIL_IF(q != p + 1 || *p != 7);
	q[4999] = 3;
	FAIL_IF(sbrk(-5001) != q + 5000 || sbrk(0) != p);
	FAIL_IF(brk(p + 100000) != 0 || sbrk(0) != p + 100000);
	FAIL_IF(brk(p) != 0);
}

static void heap_gives_zeroes(void)
{
	char *p = sbrk((intptr_t)(8 * PAGE));

	p += PAGE - (unsigned long)p % PAGE;
	memset(p, 0xee, 6 * PAGE);
	sbrk(-(intptr_t)(7 * PAGE));
	sbrk((intptr_t)(7 * PAGE));
	for (unsigned long i = PAGE; i < 6 * PAGE; i++)
		FAIL_IF(p[i] != 0);
}

static void heap_limits(void)
{
	char *p = sbrk(0);

	FAILS_WITH(sbrk(1L << 40), ENOMEM);
	FAILS_WITH(sbrk(-(1L << 40)), ENOMEM);
	FAILS_WITH(sbrk((intptr_t)(1UL << 63)), ENOMEM);
	FAILS_WITH(brk((void *)~0UL), ENOMEM);
	FAIL_IF(sbrk(0) != p);
	struct rlimit lim = { 1 << 20, 1 << 20 };

	FAIL_IF(setrlimit(RLIMIT_DATA, &lim) != 0);
	FAILS_WITH(sbrk(16 << 20), ENOMEM);
}

static void heap_meets_mapping(void)
{
	char *p = (char *)(((unsigned long)sbrk(0) + 4 * PAGE) & ~(PAGE - 1));

	FAIL_IF(mmap(p, PAGE, RW, ANON | MAP_FIXED, -1, 0) != p);
	FAIL_IF(sbrk((intptr_t)PAGE) == (void *)-1);
	FAILS_WITH(sbrk((intptr_t)(16 * PAGE)), ENOMEM);
	FAIL_IF(munmap(p, PAGE) != 0);
	FAIL_IF(sbrk((intptr_t)(16 * PAGE)) == (void *)-1);
}

static void kernel_touches(void)
{
	char *p = vm_map(64, RW, ANON);
	int fd[2];

	FAIL_IF(pipe(fd) != 0);
	FAIL_IF(write(fd[1], p + 3 * PAGE - 2, 4) != 4);	/* two pages never touched */
	FAIL_IF(read(fd[0], p + 9 * PAGE - 2, 4) != 4);
	FAIL_IF(write(fd[1], "wxyz", 4) != 4);
	FAIL_IF(read(fd[0], p + 20 * PAGE - 2, 4) != 4 || memcmp(p + 20 * PAGE - 2, "wxyz", 4) != 0);
	munmap(p + 30 * PAGE, PAGE);
	FAIL_IF(write(fd[1], "abcd", 4) != 4);
	FAILS_WITH(read(fd[0], p + 30 * PAGE, 4), EFAULT);
	FAILS_WITH(write(fd[1], (char *)0, 4), EFAULT);
	FAILS_WITH(write(fd[1], (char *)0x3fffffffffUL, 4), EFAULT);
	FAILS_WITH(write(fd[1], (char *)~7UL, 16), EFAULT);
	FAILS_WITH(open(p + 30 * PAGE, O_RDONLY), EFAULT);
	memset(p + 29 * PAGE, 'x', PAGE);
	FAILS_WITH(open(p + 29 * PAGE + 4000, O_RDONLY), EFAULT);	/* no end before the hole */
	FAIL_IF(!vm_ok());
}

static void zero_page(void)
{
	char *p = vm_map(4096, RW, ANON);
	long free0 = vm_free_kib(), sum = 0;

	for (unsigned long i = 0; i < 4096; i++)
		sum += p[i * PAGE];
	FAIL_IF(sum != 0);
	FAIL_IF(free0 - vm_free_kib() > 400);		/* only tables */
	p[5 * PAGE] = 1;
	FAIL_IF(p[4 * PAGE] != 0 || p[6 * PAGE] != 0 || p[5 * PAGE] != 1 || p[5 * PAGE + 1] != 0);
	FAIL_IF(!vm_ok());
}

/* More than there is: this process dies of it, and nothing else. */
static void out_of_memory(void)
{
	int status;

	if (fork() == 0) {
		unsigned long n = (unsigned long)vm_number("/proc/meminfo", "MemTotal") / 4 + 4096;
		char *p = mmap(NULL, n * PAGE, RW, ANON | MAP_NORESERVE, -1, 0);

		if (p == MAP_FAILED || n > (512UL << 20) / PAGE)
			_exit(0);		/* too large a machine to fill here */
		for (unsigned long i = 0; i < n; i++)
			p[i * PAGE] = 1;
		_exit(1);
	}
	status = vm_wait();
	FAIL_IF(status != 0 && status != SIGKILL);
	FAIL_IF(vm_map(16, RW, ANON | MAP_POPULATE)[0] != 0);
}

static void sparse(void)
{
	char *p = mmap(NULL, 64UL << 30, RW, ANON | MAP_NORESERVE, -1, 0);
	long before;

	FAIL_IF(p == MAP_FAILED);
	before = tables();
	for (unsigned long g = 0; g < 64; g++)
		p[g << 30] = (char)g;
	FAIL_IF(tables() - before > 4 * (2 * 64 + 1));
	for (unsigned long g = 0; g < 64; g++)
		FAIL_IF(p[g << 30] != (char)g);
	FAIL_IF(munmap(p, 64UL << 30) != 0);
	FAIL_IF(tables() > before);
	FAIL_IF(!vm_ok());
}

static int __attribute__((noinline)) deep(int n)
{
	volatile char frame[2000];

	frame[0] = (char)n;
	frame[1999] = 1;
	return n == 0 ? 0 : deep(n - 1) + frame[1999];
}

static void stack_grows(void)
{
	FAIL_IF(deep(2000) != 2000);			/* 4 MB */
	volatile char *p = (volatile char *)__builtin_frame_address(0);

	FAIL_IF(touch(p - (3 << 20), 1) != 0);		/* far below, in one step */
	FAIL_IF(!vm_ok());
}

/* The pages of a stack of 256 pages that are there from the start, in some order. */
static void *touch_upper_half(void *arg)
{
	char *top = arg;

	for (int i = 1; i <= 256; i++)
		top[-(i * (long)PAGE)] = 1;
	return NULL;
}

/* A page's index is computed from two fields that growing changes: rule P3 tells. */
static void stack_grows_under_faults(void)
{
	char *top = (char *)strtoul("0x2000000000", NULL, 0);	/* nothing is near */

	for (int round = 0; round < 60; round++) {
		thread_t t;

		FAIL_IF(mmap(top - 256 * PAGE, 256 * PAGE, RW,
			     ANON | MAP_FIXED_NOREPLACE | MAP_GROWSDOWN, -1, 0) == MAP_FAILED);
		top[-1] = 1;
		FAIL_IF(thread_create(&t, touch_upper_half, top) != 0);
		for (int i = 257; i < 700; i++)
			top[-(i * (long)PAGE)] = 1;
		FAIL_IF(thread_join(t, NULL) != 0 || !vm_ok());
		FAIL_IF(munmap(top - 700 * PAGE, 700 * PAGE) != 0);
	}
}

static void stack_ends(void)
{
	char *top = (char *)__builtin_frame_address(0);

	/* Beyond the limit of 8 MiB, and in the guard gap. */
	FAIL_IF(touch(top - (9 << 20), 1) != SIGSEGV || vm_code != SEGV_MAPERR);
	FAIL_IF(!vm_ok());
}

static void stack_guard(void)
{
	char *low = (char *)(((unsigned long)__builtin_frame_address(0) - (2 << 20)) & ~(PAGE - 1));

	FAIL_IF(mmap(low, PAGE, RW, ANON | MAP_FIXED, -1, 0) != low);
	FAIL_IF(touch(low, 1) != 0);
	FAIL_IF(touch(low + 2 * PAGE, 1) != SIGSEGV);	/* growing there would end at low */
	FAIL_IF(touch(low + (256 + 4) * PAGE, 1) != 0);
	FAIL_IF(!vm_ok());
}

static void null_and_kernel(void)
{
	FAIL_IF(touch((char *)0, 0) != SIGSEGV || vm_code != SEGV_MAPERR || vm_addr != NULL);
	FAIL_IF(touch((char *)8, 1) != SIGSEGV);
	FAIL_IF(touch((char *)0xffffffc080200000UL, 0) != SIGSEGV);
	FAIL_IF(touch((char *)0x4000000000UL, 0) != SIGSEGV);
	FAIL_IF(touch((char *)0x8000000000000000UL, 1) != SIGSEGV);
	char *p = vm_map(1, PROT_READ, ANON);

	FAIL_IF(touch(p, 0) != 0);
	FAIL_IF(touch(p, 1) != SIGSEGV || vm_code != SEGV_ACCERR || vm_addr != p);
}

int main(int argc, char **argv)
{
	static const struct row rows[] = {
		{ "heap is lazy", heap_is_lazy },
		{ "heap moves by bytes", heap_bytes },
		{ "heap gives zeroes", heap_gives_zeroes },
		{ "heap limits", heap_limits },
		{ "heap meets a mapping", heap_meets_mapping },
		{ "kernel touches untouched memory", kernel_touches },
		{ "zero page", zero_page },
		{ "sparse mapping", sparse },
		{ "out of memory", out_of_memory },
		{ "stack grows", stack_grows },
		{ "stack grows under faults", stack_grows_under_faults },
		{ "stack ends", stack_ends },
		{ "stack guard gap", stack_guard },
		{ "null and kernel addresses", null_and_kernel },
	};

	return RUN_ROWS(rows, argc, argv);
}
