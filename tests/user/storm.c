// SPDX-License-Identifier: MIT
/*
 * storm.c - too much of everything, and all of it back afterwards.
 *
 * Fork bombs, exec storms, floods of pipes and descriptors, threads by the hundred, orphans:
 * the limits must answer with the right errno, everything else must go on running, and
 * tasks, descriptors and memory must be back when the storm is over.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread.h>
#include <unistd.h>
#include "leak.h"
#include "test.h"

#define SLACK_KIB 2048

/* The row in a child, so that what it leaves open does not count. */
static int row(const char *name, void (*fn)(void))
{
	struct in_use before = in_use_now();
	char line[80];
	int status;
	pid_t pid;

	test_name = name;
	test_failed = 0;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		fn();
		fflush(stdout);
		_exit(test_failed);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		status = -1;
	if (status == 0)
		printf("ok %s\n", name);
	else if (status != 1 << 8)
		printf("FAIL %s: status 0x%x\n", name, status);
	snprintf(line, sizeof(line), "%s: all back", name);
	return (status != 0) | in_use_check(line, before, SLACK_KIB);
}

static void set_limit(int what, unsigned long n)
{
	struct rlimit r = { n, n };

	setrlimit(what, &r);
}

/* Children that only wait, until there is no place for one more. */
static void fork_bomb(void)
{
	int n = 0, fds[2];
	char c;

	set_limit(RLIMIT_NPROC, 4000); /* on a large machine; a small one ends before */
	CHECK(pipe(fds) == 0);
	for (; n < 5000; n++) {
		pid_t pid = fork();

		if (pid == 0) {
			close(fds[1]);
			_exit(read(fds[0], &c, 1) == 0 ? 0 : 1);
		}
		if (pid < 0)
			break;
	}
	CHECK(errno == EAGAIN || errno == ENOMEM);
	close(fds[1]); /* and off they go */
	CHECK(n >= 100);
	for (int i = 0; i < n; i++) {
		int status;

		CHECK(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
	CHECK(wait(NULL) < 0 && errno == ECHILD);
	CHECK(fork() > 0 || (_exit(0), 1));
	CHECK(wait(NULL) > 0);
}

/* Each generation forks twice: 2^11 processes in all, most of them orphans. */
static void fork_tree(void)
{
	for (int depth = 0; depth < 7; depth++)
		if (fork() < 0)
			break;
	_exit(0);
}

static void fork_tree_row(void)
{
	int status = run_child(fork_tree);

	CHECK_EQ(status, 0);
}

static void exec_storm(void)
{
	static char big[3000];
	char *argv[] = { "true", big, NULL };
	int alive = 0;

	memset(big, 'a', sizeof(big) - 1);
	for (int i = 0; i < 300; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			execv("/bin/true", argv);
			_exit(99);
		}
		if (++alive == 20)
			for (; alive > 0; alive--) {
				int status;

				CHECK(wait(&status) > 0);
				CHECK_EQ(status, 0);
			}
	}
	while (wait(NULL) > 0)
		;
}

static void *wait_for_ever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/* exec of something else while threads run and children wait for pipes */
static void exec_with_threads(void)
{
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			thread_t t;

			for (int k = 0; k < 4; k++)
				thread_create(&t, wait_for_ever, NULL);
			execl("/bin/true", "true", (char *)NULL);
			_exit(99);
		}
		int status;

		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK_EQ(status, 0);
	}
}

static void all_descriptors(void)
{
	int n = 0, fd, last = -1;

	while ((fd = dup(0)) >= 0) {
		last = fd;
		n++;
	}
	CHECK_EQ(errno, EMFILE);
	CHECK(n > 50);
	CHECK(open("/", O_RDONLY) < 0 && errno == EMFILE);
	int p[2];
	CHECK(pipe(p) < 0 && errno == EMFILE);
	close(last);
	CHECK(pipe(p) < 0 && errno == EMFILE); /* one is not enough, and it is not lost */
	CHECK_EQ(dup(0), last);
}

static void pipe_flood(void)
{
	static char block[65536];
	int p[200][2], n = 0;

	for (; n < 200; n++) {
		if (pipe2(p[n], O_NONBLOCK) < 0)
			break;
		while (write(p[n][1], block, sizeof(block)) > 0)
			;
		CHECK(errno == EAGAIN);
	}
	CHECK_EQ(n, 200);
	for (int i = 0; i < n; i++) {
		char c;

		CHECK(read(p[i][0], &c, 1) == 1);
	}
}

/* Twenty writers, one reader: every byte arrives, records up to PIPE_BUF stay whole. */
static void pipe_crowd(void)
{
	struct {
		int who;
		char pad[396];
	} rec;
	int p[2], count[20] = { 0 }, status;

	CHECK(pipe(p) == 0);
	for (int w = 0; w < 20; w++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			close(p[0]);
			rec.who = w;
			memset(rec.pad, 'a' + w, sizeof(rec.pad));
			for (int i = 0; i < 100; i++)
				if (write(p[1], &rec, sizeof(rec)) != sizeof(rec))
					_exit(1);
			_exit(0);
		}
	}
	close(p[1]);
	for (;;) {
		size_t got = 0;
		ssize_t n = 0;

		while (got < sizeof(rec) &&
		       (n = read(p[0], (char *)&rec + got, sizeof(rec) - got)) > 0)
			got += (size_t)n;
		if (got == 0)
			break;
		CHECK_EQ(got, sizeof(rec));
		CHECK(rec.who >= 0 && rec.who < 20);
		for (unsigned i = 0; i < sizeof(rec.pad); i++)
			CHECK(rec.pad[i] == 'a' + rec.who);
		count[rec.who]++;
	}
	for (int w = 0; w < 20; w++) {
		CHECK_EQ(count[w], 100);
		CHECK(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
}

static void *add_up(void *arg)
{
	__atomic_add_fetch((long *)arg, 1, __ATOMIC_RELAXED);
	return arg;
}

static void thread_crowd(void)
{
	thread_t t[100];
	static long sum;
	void *r;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100; i++)
			CHECK_EQ(thread_create_stack(&t[i], add_up, &sum, 8192), 0);
		for (int i = 0; i < 100; i++) {
			CHECK_EQ(thread_join(t[i], &r), 0);
			CHECK(r == &sum);
		}
	}
	CHECK_EQ(sum, 300);
}

/* Nobody waits; init has to. */
static void orphans(void)
{
	for (int i = 0; i < 50; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			if (fork() == 0) {
				usleep(1000 * (unsigned)(i % 7));
				_exit(getppid() == 1 ? 0 : 1);
			}
			_exit(0);
		}
		CHECK(waitpid(pid, NULL, 0) == pid);
	}
}

static void killed_in_sleep(void)
{
	pid_t pid[30];
	int status, p[2];
	char c;

	CHECK(pipe(p) == 0);
	for (int i = 0; i < 30; i++) {
		pid[i] = fork();
		CHECK(pid[i] >= 0);
		if (pid[i] == 0) {
			if (i % 3 == 0)
				sleep(1000);
			else if (i % 3 == 1)
				_exit((int)read(p[0], &c, 1));
			else
				for (;;)
					sched_yield();
		}
	}
	for (int i = 0; i < 30; i++)
		CHECK(kill(pid[i], SIGKILL) == 0);
	for (int i = 0; i < 30; i++) {
		CHECK(waitpid(pid[i], &status, 0) == pid[i]);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	CHECK(kill(pid[0], 0) < 0 && errno == ESRCH);
}

/* Children that touch memory of their own until the limit, one after the other. */
static void memory_hogs(void)
{
	int status;

	for (int i = 0; i < 8; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			char *p;

			set_limit(RLIMIT_DATA, 8 << 20);
			for (long n = 0; (p = sbrk(65536)) != (char *)-1; n++)
				memset(p, i, 65536);
			_exit(errno == ENOMEM ? 0 : 1);
		}
		if (i % 2)
			for (int k = 0; k < 2; k++) {
				CHECK(wait(&status) > 0);
				CHECK_EQ(status, 0);
			}
	}
}

static void dirs_and_files(void)
{
	char name[64];

	CHECK(mkdir("/storm", 0755) == 0 && chdir("/storm") == 0);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0644);

		CHECK(fd >= 0);
		CHECK(write(fd, name, sizeof(name)) == sizeof(name));
		if (i % 3 == 0)
			CHECK(unlink(name) == 0); /* open but nameless */
		close(fd);
	}
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		CHECK((unlink(name) == 0) == (i % 3 != 0));
	}
	CHECK(chdir("/") == 0 && rmdir("/storm") == 0);
}

int main(void)
{
	int failed = 0;

	run_child(dirs_and_files); /* caches warm, before anything is measured */
	failed |= row("dirs and files", dirs_and_files);
	failed |= row("all descriptors", all_descriptors);
	failed |= row("pipe flood", pipe_flood);
	failed |= row("pipe crowd", pipe_crowd);
	failed |= row("fork tree", fork_tree_row);
	failed |= row("orphans", orphans);
	failed |= row("killed in sleep", killed_in_sleep);
	failed |= row("exec storm", exec_storm);
	failed |= row("exec with threads", exec_with_threads);
	failed |= row("thread crowd", thread_crowd);
	failed |= row("memory hogs", memory_hogs);
	failed |= row("fork bomb", fork_bomb);
	return failed;
}
