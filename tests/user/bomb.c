// SPDX-License-Identifier: MIT
// run: harts=1,8 mem=128M timeout=200
/*
 * bomb.c - a thousand children of 64 MiB each on a machine of 128 MiB.
 *
 * A child costs its task, its stack and its page tables, and of the parent's memory only
 * what it writes.  Where the 64 MiB are promised, or only read, fork makes no table for
 * them and all thousand live at once, each with a page of its own.
 * Where the parent has written them, each child has 32 page tables of its own, so that some
 * three hundred fit; the next fork fails with ENOMEM or EAGAIN, nobody else is hurt, and
 * when some have gone there is room for others.
 */
#include <poll.h>
#include "leak.h"
#include "vm.h"

#define CHILDREN 1000
#define SIZE (64UL << 20)

static int go[2], done[2];
static char *memory;

/* => children that live and wait; the errno of the first refusal in *err */
static int fork_many(int most, void (*child)(int), int *err)
{
	int n;

	*err = 0;
	FAIL_IF(pipe(go) != 0 || pipe(done) != 0);
	for (n = 0; n < most; n++) {
		pid_t pid = fork();
		char c = 1;

		if (pid < 0) {
			*err = errno;
			break;
		}
		if (pid == 0) {
			close(go[1]);
			child(n);
			if (write(done[1], &c, 1) != 1)
				_exit(8);
			_exit(read(go[0], &c, 1) == 0 ? 0 : 9);
		}
	}
	return n;
}

/* Lets n children go; how many were well. */
static int reap(int n)
{
	int well = 0, status;

	close(go[1]);
	for (int i = 0; i < n; i++) {
		FAIL_IF(wait(&status) <= 0);
		FAIL_IF(status != 0 && status != SIGKILL);	/* killed: no page for its write */
		well += status == 0;
	}
	FAIL_IF(wait(&status) != -1 || errno != ECHILD);
	close(go[0]);
	close(done[0]);
	close(done[1]);
	return well;
}

/* n children have done their work; that one of them has died instead shows, too. */
static void wait_for(int n)
{
	struct pollfd p = { done[0], POLLIN, 0 };
	char c;

	for (int i = 0; i < n; i++) {
		while (poll(&p, 1, 200) == 0)
			FAIL_IF(waitpid(-1, NULL, WNOHANG) != 0);
		FAIL_IF(read(done[0], &c, 1) != 1);
	}
}

static void look_and_write(int n)
{
	char *mine = memory + (unsigned long)n * PAGE;	/* one page table's worth of it */

	if (mine[0] != 0 || mine[PAGE / 2] != 0)
		_exit(1);
	mine[0] = 1;
}

/* Read by parent and children: the zero frame, however large. */
static void promised(void)
{
	struct in_use before = in_use_now();
	long shown;
	int err, n;

	memory = vm_map(SIZE / PAGE, RW, ANON);
	for (unsigned long i = 0; i < SIZE; i += PAGE)
		FAIL_IF(memory[i] != 0);
	n = fork_many(CHILDREN, look_and_write, &err);
	FAIL_IF(n != CHILDREN);
	wait_for(n);
	shown = before.kib - in_use_now().kib;
	printf("  %d children of 64 MiB: %ld KiB each\n", n, shown / n);
	FAIL_IF(reap(n) != n);
	FAIL_IF(!vm_ok());
}

static void look(int n)
{
	for (unsigned long i = (unsigned long)n * PAGE; i < SIZE; i += SIZE / 16)
		if (memory[i] != (char)(i / PAGE % 100 + 1))
			_exit(1);
}

static void look_half(int n)
{
	for (unsigned long i = (unsigned long)n * PAGE; i < SIZE / 2; i += SIZE / 4)
		if (memory[i] != (char)(i / PAGE % 100 + 1))
			_exit(1);
}

static void shared_file(void)
{
	int fd = memfd_create("bomb", 0), err, n;

	FAIL_IF(fd < 0 || ftruncate(fd, (off_t)SIZE) != 0);
	memory = mmap(NULL, SIZE, RW, MAP_SHARED, fd, 0);
	FAIL_IF(memory == MAP_FAILED);
	for (unsigned long i = 0; i < SIZE / 2; i += PAGE)
		memory[i] = (char)(i / PAGE % 100 + 1);
	FAIL_IF(munmap(memory, SIZE) != 0);
	memory = mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE, fd, 0);
	FAIL_IF(memory == MAP_FAILED);
	n = fork_many(CHILDREN, look_half, &err);
	FAIL_IF(n != CHILDREN);
	wait_for(n);
	FAIL_IF(reap(n) != n);
	FAIL_IF(!vm_ok());
}

static void look_and_break(int n)
{
	look(n);
	memory[(unsigned long)n * PAGE] = 77;
}

/* Written by the parent: waves of as many as fit, until a thousand have lived. */
static void written(void)
{
	int err, total = 0, waves = 0, well = 0;

	memory = vm_map(SIZE / PAGE, RW, ANON);
	for (unsigned long i = 0; i < SIZE; i += PAGE)
		memory[i] = (char)(i / PAGE % 100 + 1);
	while (total < CHILDREN) {
		int n = fork_many(CHILDREN - total, look_and_break, &err), alive;

		FAIL_IF(n < 200 && total + n < CHILDREN);
		FAIL_IF(err != 0 && err != ENOMEM && err != EAGAIN);
		alive = reap(n);
		printf("  wave %d: %d children, %d of them had their page (errno %d)\n", ++waves, n,
		       alive, err);
		well += alive;
		total += n;
		for (unsigned long i = 0; i < SIZE; i += PAGE)
			FAIL_IF(memory[i] != (char)(i / PAGE % 100 + 1));
		FAIL_IF(!vm_ok());
	}
	FAIL_IF(waves < 2 || well < total * 9 / 10);
}

/* With nothing on the lists of zeroed page tables and in caches that would be given back. */
static struct in_use settled(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	if (fd >= 0) {
		write(fd, "3", 1);
		close(fd);
	}
	return in_use_now();
}

#define KEPT_KIB 1536			/* kernel stacks and slabs at hand, on eight harts */

/* The row in a child, and then everything must be back. */
static int all_back(const struct row *r, int argc, char **argv)
{
	struct in_use before, now;
	int failed;

	if (argc > 1 && strcmp(argv[1], r->name) != 0)
		return 0;
	before = settled();
	failed = run_rows(r, 1, argc, argv);
	for (int i = 0; i < 150; i++) {
		now = settled();
		if (now.tasks <= before.tasks && before.kib - now.kib <= KEPT_KIB) {
			printf("ok %s, all back: %ld KiB less\n", r->name, before.kib - now.kib);
			return failed;
		}
		usleep(20000);
	}
	printf("FAIL %s, all back: before %ld KiB, %u tasks; after %ld KiB, %u tasks\n", r->name,
	       before.kib, before.tasks, now.kib, now.tasks);
	return 1;
}

int main(int argc, char **argv)
{
	static const struct row rows[] = {
		{ "promised and read", promised },
		{ "a file", shared_file },
		{ "written by the parent", written },
	};
	int failed = 0;

	for (int i = 0; i < 3; i++)
		failed += all_back(&rows[i], argc, argv);
	return failed;
}
