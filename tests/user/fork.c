// SPDX-License-Identifier: MIT
// run: debug
/* fork.c - making processes: what a child has of its parent, and how many there can be. */
#include <fcntl.h>
#include <sys/mman.h>
#include "test.h"

TEST(child_has_own_memory)
{
	volatile int v = 1;
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		v = 2;
		_exit(v);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, 2 << 8);
	CHECK_EQ(v, 1);
}

TEST(fork_returns_twice)
{
	pid_t me = getpid(), pid;
	int fd[2], status;
	pid_t told[2];

	CHECK(pipe(fd) == 0);
	pid = fork();
	if (pid == 0) {
		told[0] = getpid();
		told[1] = getppid();
		write(fd[1], told, sizeof(told));
		_exit(0);
	}
	close(fd[1]);				/* a child that is killed writes nothing */
	CHECK(read(fd[0], told, sizeof(told)) == sizeof(told));
	CHECK_EQ(told[0], pid);
	CHECK_EQ(told[1], me);
	CHECK(waitpid(pid, &status, 0) == pid);
	close(fd[0]);
}

TEST(registers_survive)
{
	/* Values that live in callee-saved registers and floating point across fork. */
	register long a asm("s5") = 0x1234;
	double x = 1.5, y = getpid() * 0.25;
	int status;
	pid_t pid;

	asm volatile("" : "+r"(a));
	pid = fork();
	asm volatile("" : "+r"(a));
	if (pid == 0)
		_exit(a == 0x1234 && x * 2 == 3.0 && y == getppid() * 0.25 ? 0 : 1);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(a == 0x1234 && y == getpid() * 0.25);
}

/* Each of several processes keeps its own floating-point registers through many switches. */
TEST(floating_point_is_private)
{
	pid_t pid[4];
	int status;

	for (int i = 0; i < 4; i++) {
		pid[i] = fork();
		CHECK(pid[i] >= 0);
		if (pid[i] == 0) {
			volatile double sum = 0;

			for (int k = 0; k < 2000; k++) {
				double step = i + 1;

				asm volatile("" : "+f"(step));
				if (k % 20 == 0)
					write(1, "", 0), usleep(1);
				asm volatile("" : "+f"(step));
				sum += step;
			}
			_exit(sum == 2000.0 * (i + 1) ? 0 : 1);
		}
	}
	for (int i = 0; i < 4; i++)
		CHECK(waitpid(pid[i], &status, 0) == pid[i] && status == 0);
}

TEST(files_are_shared)
{
	int fd = open("/tmp/fork.txt", O_CREAT | O_TRUNC | O_RDWR, 0644), status;
	char buf[4] = "";
	pid_t pid;

	CHECK(fd >= 0);
	pid = fork();
	if (pid == 0) {
		write(fd, "ab", 2);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(write(fd, "c", 1) == 1);		/* behind the child's: one offset */
	CHECK(pread(fd, buf, 3, 0) == 3 && memcmp(buf, "abc", 3) == 0);
	close(fd);
	unlink("/tmp/fork.txt");
}

TEST(shared_mapping_is_shared)
{
	int *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	CHECK(p != MAP_FAILED);
	if (fork() == 0) {
		*p = 77;
		_exit(0);
	}
	CHECK(wait(&status) > 0);
	CHECK_EQ(*p, 77);
	munmap(p, 4096);
}

TEST(vfork_waits_and_shares)
{
	volatile int v = 1;
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		v = 2;
		_exit(0);
	}
	CHECK(pid > 0);
	CHECK_EQ(v, 2);		/* the child has ended before we go on */
	CHECK(waitpid(pid, &status, 0) == pid);
	pid = vfork();
	if (pid == 0) {
		execl("/tests/exec", "exec", "exit", "5", (char *)NULL);
		_exit(99);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, 5 << 8);
}

TEST(deep_chain)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		for (int depth = 0; depth < 50; depth++) {
			pid = fork();
			if (pid < 0)
				_exit(100);
			if (pid > 0) {
				if (waitpid(pid, &status, 0) != pid)
					_exit(101);
				_exit(WEXITSTATUS(status));
			}
		}
		_exit(42);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(WEXITSTATUS(status), 42);
}

/* As many as there can be (or 5000, for machines with much memory): the refusal is EAGAIN or
 * ENOMEM, and all is well after. */
TEST(bomb)
{
	int n = 0, status, err = 0, fd[2];
	char c;

	CHECK(pipe(fd) == 0);
	while (n < 5000) {
		pid_t pid = fork();

		if (pid < 0) {
			err = errno;
			break;
		}
		if (pid == 0) {
			close(fd[1]);
			read(fd[0], &c, 1);
			_exit(0);
		}
		n++;
	}
	close(fd[1]);
	close(fd[0]);
	for (int i = 0; i < n; i++)
		CHECK(wait(&status) > 0 && status == 0);
	CHECK(wait(&status) < 0 && errno == ECHILD);
	CHECK(err == EAGAIN || err == ENOMEM || n == 5000);
	CHECK(n >= 100);
	printf("  %d processes\n", n);
}

TEST(nothing_leaks)
{
	long before, after;
	int status;

	for (int round = 0; round < 2; round++) {
		before = proc_number("/proc/meminfo", "MemFree:");
		for (int i = 0; i < 200; i++) {
			pid_t pid = fork();

			CHECK(pid >= 0);
			if (pid == 0)
				_exit(0);
			CHECK(waitpid(pid, &status, 0) == pid);
		}
		after = proc_number("/proc/meminfo", "MemFree:");
	}
	if (before > 0)
		CHECK(before - after < 300);	/* KiB; a leaked frame each would be 800 */
}

int main(void)
{
	RUN(child_has_own_memory);
	RUN(fork_returns_twice);
	RUN(registers_survive);
	RUN(floating_point_is_private);
	RUN(files_are_shared);
	RUN(shared_mapping_is_shared);
	RUN(vfork_waits_and_shares);
	RUN(deep_chain);
	RUN(bomb);
	RUN(nothing_leaks);
	return test_end();
}
