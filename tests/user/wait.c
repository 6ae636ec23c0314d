// SPDX-License-Identifier: MIT
/* wait.c - the end of children: statuses, options, orphans, groups. */
#include <signal.h>
#include <sys/resource.h>
#include "test.h"

int __sys_wait(int *status);		/* xv6's call, without the library between */
int __sys_kill(int pid);

static pid_t child_exits(int code)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(code);
	return pid;
}

/* It is ended by a signal; or else, where the row has failed, by itself. */
static pid_t child_sleeps(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		sleep(20);
		_exit(99);
	}
	return pid;
}

TEST(posix_status)
{
	int status;
	pid_t pid = child_exits(7);

	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	pid = child_sleeps();
	CHECK(kill(pid, SIGTERM) == 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

TEST(xv6_status)
{
	int status = 99;
	pid_t pid = child_exits(7);

	CHECK(__sys_wait(&status) == pid);
	CHECK_EQ(status, 7);
	pid = fork();
	if (pid == 0)
		_exit(-3);
	CHECK(__sys_wait(&status) == pid);
	CHECK_EQ(status, -3);
	pid = child_sleeps();
	CHECK(__sys_kill(pid) == 0);
	CHECK(__sys_wait(&status) == pid);
	CHECK_EQ(status, -1);
	pid = child_exits(3);
	CHECK(__sys_wait(NULL) == pid);
	CHECK(__sys_wait(NULL) == -ECHILD);
	CHECK(__sys_kill(999999) == -ESRCH);
}

TEST(no_child)
{
	int status;

	CHECK(wait(&status) < 0 && errno == ECHILD);
	CHECK(waitpid(1, &status, 0) < 0 && errno == ECHILD);
	CHECK(waitpid(-1, &status, 0x40000000) < 0 && errno == EINVAL);
}

TEST(nohang)
{
	int status;
	pid_t pid = child_sleeps();

	CHECK(waitpid(pid, &status, WNOHANG) == 0);
	CHECK(waitpid(-1, &status, WNOHANG) == 0);
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST(bad_pointer_buries_nobody)
{
	int status;
	pid_t pid = child_exits(9);

	CHECK(waitpid(pid, (int *)8, 0) < 0 && errno == EFAULT);
	CHECK(waitpid(pid, (int *)0xffffffc000000000, 0) < 0 && errno == EFAULT);
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 9);
}

TEST(chosen_child)
{
	int status;
	pid_t a = child_exits(1), b = child_exits(2), c = child_exits(3);

	CHECK(waitpid(b, &status, 0) == b && WEXITSTATUS(status) == 2);
	CHECK(waitpid(a, &status, 0) == a && WEXITSTATUS(status) == 1);
	CHECK(waitpid(c, &status, 0) == c && WEXITSTATUS(status) == 3);
}

TEST(groups)
{
	int status;
	pid_t a = child_sleeps(), b = child_sleeps(), c = child_exits(0);

	CHECK(setpgid(a, a) == 0 && setpgid(b, a) == 0);
	CHECK_EQ(getpgid(b), a);
	CHECK(setpgid(b, 999999) < 0 && errno == EPERM);
	CHECK(waitpid(0, &status, 0) == c);
	CHECK(waitpid(0, &status, 0) < 0 && errno == ECHILD);
	CHECK(kill(-a, SIGTERM) == 0);
	CHECK(waitpid(-a, &status, 0) > 0 && WTERMSIG(status) == SIGTERM);
	CHECK(waitpid(-a, &status, 0) > 0 && WTERMSIG(status) == SIGTERM);
	CHECK(kill(-a, 0) < 0 && errno == ESRCH);
}

TEST(sessions)
{
	int pid, st;

	CHECK(getsid(0) == getsid(getpid()) && getsid(1000000) == -1 && errno == ESRCH);
	pid = fork();
	if (pid == 0) {
		if (setsid() != getpid() || getsid(0) != getpid() || getpgrp() != getpid())
			_exit(1);
		_exit(setsid() == -1 && errno == EPERM && setpgid(0, 0) == -1 ? 0 : 2);
	}
	CHECK(waitpid(pid, &st, 0) == pid);
	CHECK_EQ(st, 0);
}

TEST(usage)
{
	struct rusage r, before;
	long sum = 0;
	int pid, st;

	CHECK(getrusage(RUSAGE_SELF, &before) == 0 && before.ru_maxrss > 0);
	for (volatile char *p = malloc(1 << 20), *q = p; q < p + (1 << 20); q += 4096)
		*q = 1;
	CHECK(getrusage(RUSAGE_SELF, &r) == 0);
	CHECK(r.ru_minflt >= before.ru_minflt + 200 && r.ru_maxrss >= before.ru_maxrss + 800);
	pid = fork();
	if (pid == 0) {
		for (volatile int i = 0; i < 30000000; i++)
			;
		_exit(0);
	}
	CHECK(waitpid(pid, &st, 0) == pid && getrusage(RUSAGE_CHILDREN, &r) == 0);
	sum = r.ru_utime.tv_sec * 1000000 + r.ru_utime.tv_usec;
	CHECK(sum > 0 && r.ru_utime.tv_usec < 1000000);
	CHECK(getrusage(RUSAGE_THREAD, &r) == 0);
	CHECK(getrusage(5, &r) == -1 && errno == EINVAL);
	CHECK(getrusage(RUSAGE_SELF, (void *)8) == -1 && errno == EFAULT);
}

TEST(orphans_go_to_init)
{
	int fd[2], status;
	pid_t pid, told[2];

	CHECK(pipe(fd) == 0);
	pid = fork();
	if (pid == 0) {
		pid_t parent = getpid();

		if (fork() == 0) {
			while (getppid() == parent)
				usleep(1000);
			told[0] = getppid();
			write(fd[1], told, sizeof(told[0]));
			_exit(0);
		}
		_exit(0);
	}
	close(fd[1]);				/* an orphan that is killed writes nothing */
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(read(fd[0], told, sizeof(told[0])) == sizeof(told[0]));
	CHECK_EQ(told[0], 1);
	close(fd[0]);
}

TEST(ignored_sigchld_buries)
{
	int status;

	signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < 10; i++)
		CHECK(child_exits(i) > 0);
	CHECK(wait(&status) < 0 && errno == ECHILD);	/* after the last one has ended */
	signal(SIGCHLD, SIG_DFL);
}

TEST(stopped_children)
{
	int status;
	pid_t pid = child_sleeps();

	CHECK(kill(pid, SIGSTOP) == 0);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	CHECK(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0);
	CHECK(kill(pid, SIGCONT) == 0);
	usleep(1000);
	CHECK(kill(pid, SIGTERM) == 0);
	CHECK(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGTERM);

	pid = child_sleeps();
	CHECK(kill(pid, SIGSTOP) == 0);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	CHECK(kill(pid, SIGKILL) == 0);		/* also when stopped */
	CHECK(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGKILL);
}

TEST(many_zombies)
{
	int status, seen = 0;

	for (int i = 0; i < 300; i++)
		CHECK(child_exits(i & 0x7f) > 0);
	for (int i = 0; i < 300; i++) {
		CHECK(wait(&status) > 0);
		seen += WEXITSTATUS(status);
	}
	CHECK_EQ(seen, 2 * (127 * 128 / 2) + 43 * 44 / 2);
}

int main(void)
{
	RUN(posix_status);
	RUN(xv6_status);
	RUN(no_child);
	RUN(nohang);
	RUN(bad_pointer_buries_nobody);
	RUN(chosen_child);
	RUN(groups);
	RUN(sessions);
	RUN(usage);
	RUN(orphans_go_to_init);
	RUN(ignored_sigchld_buries);
	RUN(stopped_children);
	RUN(many_zombies);
	return test_end();
}
