// SPDX-License-Identifier: MIT
// run: debug
/* cow.c - copy on write: what is shared after fork, and who copies when. */
#include <sched.h>
#include <thread.h>
#include "vm.h"

static void both_keep_theirs(void)
{
	char *p = vm_map(16, RW, ANON);

	memset(p, 1, 16 * PAGE);
	if (fork() == 0) {
		for (int i = 0; i < 16; i++) {
			if (p[i * PAGE] != 1)
				_exit(1);
			p[i * PAGE] = 2;
		}
		_exit(!vm_ok());
	}
	FAIL_IF(vm_wait() != 0);
	for (int i = 0; i < 16; i++)
		FAIL_IF(p[i * PAGE] != 1);
	FAIL_IF(!vm_ok());
}

static void memory_is_shared(void)
{
	const unsigned long n = 4096;
	char *p = vm_map(n, RW, ANON);
	int up[2], down[2];
	long before, after;
	char c = 0;

	for (unsigned long i = 0; i < n; i++)
		p[i * PAGE] = 1;
	FAIL_IF(pipe(up) != 0 || pipe(down) != 0);
	before = vm_free_kib();
	/* Who is killed, or has no memory for a pipe, must not keep the other waiting. */
	if (fork() == 0) {
		close(down[1]);
		if (write(up[1], &c, 1) != 1 || read(down[0], &c, 1) != 1)
			_exit(1);
		for (unsigned long i = 0; i < n / 2; i++)
			p[i * PAGE] = 2;
		if (write(up[1], &c, 1) != 1 || read(down[0], &c, 1) != 1)
			_exit(1);
		_exit(0);
	}
	close(up[1]);
	FAIL_IF(read(up[0], &c, 1) != 1);
	after = vm_free_kib();
	FAIL_IF(before - after > 600);			/* of 16 MiB */
	FAIL_IF(write(down[1], &c, 1) != 1 || read(up[0], &c, 1) != 1);
	after = vm_free_kib();
	FAIL_IF(before - after < 8000 || before - after > 9500);
	FAIL_IF(write(down[1], &c, 1) != 1);
	FAIL_IF(vm_wait() != 0);
	FAIL_IF(before - vm_free_kib() > 600);
	FAIL_IF(!vm_ok());
}

static void last_owner_takes(void)
{
	const unsigned long n = 1024;
	char *p = vm_map(n, RW, ANON);
	long before;

	for (unsigned long i = 0; i < n; i++)
		p[i * PAGE] = 1;
	before = vm_free_kib();
	if (fork() == 0)
		_exit(0);
	vm_wait();
	for (unsigned long i = 0; i < n; i++)
		p[i * PAGE] = 2;
	FAIL_IF(before - vm_free_kib() > 400);
	FAIL_IF(!vm_ok());
}

static void three_generations(void)
{
	int *p = (int *)vm_map(8, RW, ANON);

	for (int i = 0; i < 8; i++)
		p[i * 1024] = 100 + i;
	if (fork() == 0) {
		p[1024] = 201;
		if (fork() == 0) {
			p[2048] = 302;
			for (int i = 0; i < 8; i++)
				if (p[i * 1024] != (i == 1 ? 201 : i == 2 ? 302 : 100 + i))
					_exit(1);
			_exit(!vm_ok());
		}
		int bad = vm_wait();

		for (int i = 0; i < 8; i++)
			if (p[i * 1024] != (i == 1 ? 201 : 100 + i))
				_exit(1);
		_exit(bad != 0 || !vm_ok());
	}
	FAIL_IF(vm_wait() != 0);
	for (int i = 0; i < 8; i++)
		FAIL_IF(p[i * 1024] != 100 + i);
}

static void kernel_writes(void)
{
	char *p = vm_map(4, RW, ANON);
	int fd[2];

	memset(p, 'a', 4 * PAGE);
	FAIL_IF(pipe(fd) != 0);
	if (fork() == 0) {
		write(fd[1], "bbbb", 4);
		if (read(fd[0], p + PAGE - 2, 4) != 4 || p[PAGE] != 'b' || p[PAGE + 2] != 'a')
			_exit(1);
		_exit(!vm_ok());
	}
	FAIL_IF(vm_wait() != 0);
	for (unsigned long i = 0; i < 4 * PAGE; i++)
		FAIL_IF(p[i] != 'a');
}

static void shared_stays_shared(void)
{
	int *p = mmap(NULL, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	FAIL_IF(p == MAP_FAILED);
	p[0] = 1;
	if (fork() == 0) {
		if (p[0] != 1)
			_exit(1);
		p[0] = 2;
		p[1024] = 3;			/* first touched by the child */
		_exit(!vm_ok());
	}
	FAIL_IF(vm_wait() != 0);
	FAIL_IF(p[0] != 2 || p[1024] != 3 || p[2048] != 0);
	FAIL_IF(!vm_ok());
}

static void private_file(void)
{
	int fd = vm_file("/tmp/cowfile", 4);
	char *p = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, fd, 0), c;

	FAIL_IF(p == MAP_FAILED || p[0] != 'A' || p[3 * PAGE] != 'D');
	p[PAGE] = 'x';
	if (fork() == 0) {
		if (p[PAGE] != 'x' || p[0] != 'A')
			_exit(1);
		p[PAGE] = 'y';
		p[0] = 'z';
		_exit(!vm_ok());
	}
	FAIL_IF(vm_wait() != 0);
	FAIL_IF(p[PAGE] != 'x' || p[0] != 'A');
	FAIL_IF(pread(fd, &c, 1, (off_t)PAGE) != 1 || c != 'B');
	unlink("/tmp/cowfile");
}

static volatile int stop;
static char *shared_area;

static void *writer(void *arg)
{
	unsigned n = (unsigned)(unsigned long)arg, i = 0;

	while (!stop) {
		volatile unsigned *w = (volatile unsigned *)(shared_area + (n * 16 + i % 16) * PAGE);
		unsigned v = *w;

		if (v != *w)
			return (void *)1;
		*w = v + 1;
		if (*w != v + 1)		/* a lost write: a stale TLB entry, a wrong copy */
			return (void *)1;
		i++;
	}
	return NULL;
}

/* Threads write while the process forks; no write may be lost or appear in a child. */
static void fork_while_threads_write(void)
{
	thread_t t[4];
	void *bad;

	shared_area = vm_map(64, RW, ANON);
	for (unsigned long i = 0; i < 4; i++)
		FAIL_IF(thread_create(&t[i], writer, (void *)i) != 0);
	for (int i = 0; i < 30; i++) {
		if (fork() == 0) {
			unsigned sum = 0, again = 0;

			for (int k = 0; k < 64; k++)
				sum += *(unsigned *)(shared_area + k * (long)PAGE);
			for (int k = 0; k < 64; k++)
				again += *(unsigned *)(shared_area + k * (long)PAGE);
			_exit(sum != again);
		}
		FAIL_IF(vm_wait() != 0);
	}
	stop = 1;
	for (int i = 0; i < 4; i++) {
		FAIL_IF(thread_join(t[i], &bad) != 0);
		FAIL_IF(bad != NULL);
	}
	FAIL_IF(!vm_ok());
}

static void *toucher(void *arg)
{
	unsigned long n = (unsigned long)arg;

	for (unsigned long i = 0; i < 16; i++)
		shared_area[(n * 16 + i) * PAGE] = (char)(n + 1);
	for (unsigned long i = 0; i < 128; i++)	/* and all of the others' */
		(void)((volatile char *)shared_area)[i * PAGE];
	return NULL;
}

static void threads_fault_together(void)
{
	thread_t t[8];

	for (int round = 0; round < 2; round++) {
		shared_area = vm_map(128, RW, ANON);
		for (unsigned long i = 0; i < 8; i++)
			FAIL_IF(thread_create(&t[i], toucher, (void *)i) != 0);
		for (int i = 0; i < 8; i++)
			FAIL_IF(thread_join(t[i], NULL) != 0);
		for (unsigned long i = 0; i < 128; i++)
			FAIL_IF(shared_area[i * PAGE] != (char)(i / 16 + 1));
		FAIL_IF(!vm_ok());
		munmap(shared_area, 128 * PAGE);
	}
}

static void *same_page(void *arg)
{
	(void)arg;
	for (int i = 0; i < 32; i++)
		__sync_fetch_and_add((int *)(shared_area + i * (long)PAGE), 1);
	return NULL;
}

/* All threads touch the same untouched and the same COW pages. */
static void threads_race_for_pages(void)
{
	thread_t t[8];

	shared_area = vm_map(32, RW, ANON);
	for (int round = 1; round <= 4; round++) {
		int pid = 0;

		if (round % 2 == 0) {
			pid = fork();
			if (pid == 0) {
				sleep(100);
				_exit(0);
			}
		}
		for (unsigned long i = 0; i < 8; i++)
			FAIL_IF(thread_create(&t[i], same_page, NULL) != 0);
		for (int i = 0; i < 8; i++)
			FAIL_IF(thread_join(t[i], NULL) != 0);
		for (int i = 0; i < 32; i++)
			FAIL_IF(*(int *)(shared_area + i * (long)PAGE) != 8 * round);
		if (pid > 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
	}
	FAIL_IF(!vm_ok());
}

static volatile int protected;

static void *protector(void *arg)
{
	while (!stop) {
		mprotect(shared_area, 2048 * PAGE, PROT_READ);
		mprotect(shared_area, 2048 * PAGE, RW);
		__atomic_add_fetch(&protected, 2, __ATOMIC_RELAXED);
	}
	return arg;
}

/* Threads of which one always holds the address space for writing and another waits for it:
 * the faults of the others must get their turn all the same. */
static void faults_get_their_turn(void)
{
	char *q = vm_map(32, RW, ANON);
	thread_t t[5];

	shared_area = vm_map(2048, RW, ANON | MAP_POPULATE);
	for (int i = 0; i < 5; i++)
		FAIL_IF(thread_create(&t[i], protector, NULL) != 0);
	while (protected < 100)
		usleep(1000);
	protected = 0;
	for (int i = 0; i < 32; i++) {
		q[i * (long)PAGE] = 1;
		usleep(1000);
	}
	printf("  %d calls of mprotect during 32 faults\n", protected);
	stop = 1;
	for (int i = 0; i < 5; i++)
		FAIL_IF(thread_join(t[i], NULL) != 0);
	FAIL_IF(!vm_ok());
}

/* A child inherits no locks: what they divided in the parent is one area in it. */
static void locks_stay_behind(void)
{
	char *p = vm_map(6, RW, ANON);

	memset(p, 1, 6 * PAGE);
	FAIL_IF(mlock(p + 2 * PAGE, PAGE) != 0 || !vm_ok());
	if (fork() == 0) {
		p[2 * PAGE] = 2;
		_exit(!vm_ok() || vm_number("/proc/self/status", "VmLck") != 0 || p[3 * PAGE] != 1);
	}
	FAIL_IF(vm_wait() != 0 || p[2 * PAGE] != 1);
	FAIL_IF(vm_number("/proc/self/status", "VmLck") != 4 || !vm_ok());
}

/* Forty children of 8 MiB each, all alive: much more than 32 MiB. */
static void many_children(void)
{
	char *p = vm_map(2048, RW, ANON);
	int pids[40], n;

	for (unsigned long i = 0; i < 2048; i++)
		p[i * PAGE] = 1;
	for (n = 0; n < 40; n++) {
		pids[n] = fork();
		if (pids[n] < 0)
			break;
		if (pids[n] == 0) {
			p[n * PAGE] = 2;
			sleep(100);
			_exit(0);
		}
	}
	for (int i = 0; i < n; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	FAIL_IF(n < 40);
	FAIL_IF(!vm_ok());
}

int main(int argc, char **argv)
{
	static const struct row rows[] = {
		{ "both keep theirs", both_keep_theirs },
		{ "memory is really shared", memory_is_shared },
		{ "last owner takes", last_owner_takes },
		{ "three generations", three_generations },
		{ "kernel writes break too", kernel_writes },
		{ "shared stays shared", shared_stays_shared },
		{ "private file", private_file },
		{ "threads fault together", threads_fault_together },
		{ "threads race for the same pages", threads_race_for_pages },
		{ "fork while threads write", fork_while_threads_write },
		{ "faults get their turn", faults_get_their_turn },
		{ "locks stay behind", locks_stay_behind },
		{ "many children", many_children },
	};

	return RUN_ROWS(rows, argc, argv);
}
