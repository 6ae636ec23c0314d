// SPDX-License-Identifier: MIT
// run: harts=2,8 mem=128M timeout=120 debug
/*
 * filerace.c - a file's pages are taken away while somebody uses them: truncation against
 * reads, MADV_PAGEOUT against write(2) and against stores to private copies, sync against
 * stores to what is just being written.
 *
 *	filerace [row [milliseconds]]
 */
#include <thread.h>
#include <time.h>
#include "vm.h"

#define PAGES	64
#define SIZE	(PAGES * PAGE)

static unsigned ms = 400;
static int file = -1;
static volatile int stop;
static char buf[SIZE];

static int out_of_time(void)
{
	static struct timespec begin;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (begin.tv_sec == 0)
		begin = now;
	return (now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 > ms;
}

static int scratch(void)
{
	int fd = open("/filerace", O_CREAT | O_TRUNC | O_RDWR, 0600);

	FAIL_IF(fd < 0 || unlink("/filerace") != 0);
	return fd;
}

static void *read_all(void *arg)
{
	static char into[SIZE];

	(void)arg;
	while (!stop)
		pread(file, into, SIZE, 0);
	return NULL;
}

/* Others commit, so that truncation waits for a transaction now and then. */
static void *keep_journal_busy(void *arg)
{
	(void)arg;
	while (!stop) {
		int fd = open("/filerace.other", O_CREAT | O_RDWR, 0600);

		if (write(fd, "x", 1) == 1)
			fsync(fd);
		close(fd);
		unlink("/filerace.other");
	}
	return NULL;
}

/* What was cut off is zero when the file grows again, whoever read it meanwhile. */
static void truncate_and_read(void)
{
	thread_t t[3];

	file = scratch();
	for (int i = 0; i < 3; i++)
		FAIL_IF(thread_create(&t[i], i == 0 ? keep_journal_busy : read_all, NULL) != 0);
	while (!out_of_time()) {
		memset(buf, 'x', SIZE);
		FAIL_IF(pwrite(file, buf, SIZE, 0) != (ssize_t)SIZE || fsync(file) != 0);
		FAIL_IF(ftruncate(file, 0) != 0 || ftruncate(file, SIZE) != 0);
		FAIL_IF(pread(file, buf, SIZE, 0) != (ssize_t)SIZE);
		for (unsigned long i = 0; i < SIZE; i += 64)
			FAIL_IF(buf[i] != 0);
	}
	stop = 1;
	for (int i = 0; i < 3; i++)
		thread_join(t[i], NULL);
}

static void *page_out(void *arg)
{
	while (!stop)
		madvise(arg, SIZE, MADV_PAGEOUT);
	return NULL;
}

/* A page that waits for its place on disk keeps the promise of one. */
static void pageout_and_write(void)
{
	thread_t t;
	char *p;

	file = scratch();
	p = mmap(NULL, SIZE, RW, MAP_SHARED, file, 0);
	FAIL_IF(p == MAP_FAILED || thread_create(&t, page_out, p) != 0);
	for (int round = 1; !out_of_time(); round++) {
		FAIL_IF(ftruncate(file, 0) != 0);
		memset(buf, round, SIZE);
		for (int i = 0; i < PAGES; i++)
			FAIL_IF(pwrite(file, buf, PAGE, i * (long)PAGE) != (ssize_t)PAGE);
		FAIL_IF(fsync(file) != 0);
		FAIL_IF(pread(file, buf, SIZE, 0) != (ssize_t)SIZE);
		for (unsigned long i = 0; i < SIZE; i += 512)
			FAIL_IF(buf[i] != (char)round);
	}
	stop = 1;
	thread_join(t, NULL);
}

static volatile int turn;

static void *page_out_each(void *arg)
{
	for (int done = 0; !stop;) {
		if (turn == done)
			continue;
		done = turn;
		madvise(*(char **)arg, SIZE, MADV_PAGEOUT);
	}
	return NULL;
}

/* PAGEOUT loses nothing, not even a private copy that is made just now. */
static void pageout_and_private(void)
{
	static char *volatile p;
	thread_t t;

	file = scratch();
	FAIL_IF(pwrite(file, buf, SIZE, 0) != (ssize_t)SIZE);
	FAIL_IF(thread_create(&t, page_out_each, (void *)&p) != 0);
	for (int round = 1; !out_of_time(); round++) {
		p = mmap(NULL, SIZE, RW, MAP_PRIVATE, file, 0);
		FAIL_IF(p == MAP_FAILED);
		turn = round;
		for (int i = 0; i < 100 * (round % 50); i++)
			__asm__ volatile("");
		for (int i = PAGES - 1; i >= 0; i--)
			p[i * PAGE] = 'p';
		for (int i = 0; i < PAGES; i++)
			FAIL_IF(p[i * PAGE] != 'p');
		munmap(p, SIZE);
	}
	stop = 1;
	thread_join(t, NULL);
}

/* sync writes what was stored while an earlier write of the same page was under way. */
static void sync_while_written(void)
{
	char *p;

	file = scratch();
	FAIL_IF(pwrite(file, buf, SIZE, 0) != (ssize_t)SIZE);
	p = mmap(NULL, SIZE, RW, MAP_SHARED, file, 0);
	FAIL_IF(p == MAP_FAILED);
	sync();
	for (int round = 0; round < 20; round++) {
		memset(p, round, SIZE);
		FAIL_IF(madvise(p, SIZE, MADV_PAGEOUT) != 0);	/* starts to write, waits for nothing */
		FAIL_IF(pwrite(file, buf, SIZE, 0) != (ssize_t)SIZE);
		sync();
		FAIL_IF(vm_number("/proc/meminfo", "Dirty") != 0);
	}
}

int main(int argc, char **argv)
{
	static const struct row rows[] = {
		{ "truncate and read", truncate_and_read },
		{ "pageout and write", pageout_and_write },
		{ "pageout and private copies", pageout_and_private },
		{ "sync while written", sync_while_written },
	};

	if (argc > 2)
		ms = (unsigned)atoi(argv[2]);
	return RUN_ROWS(rows, argc > 2 && strcmp(argv[1], "all") == 0 ? 1 : argc, argv);
}
