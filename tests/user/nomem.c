// SPDX-License-Identifier: MIT
/*
 * nomem.c - making processes, threads and programs while memory fails: the first allocation,
 * the second, ... until a run has no failure.  The answer is an error number, the caller
 * lives, and at the end nothing is lost.
 */
#include <fcntl.h>
#include <signal.h>
#include <thread.h>
#include "leak.h"
#include "test.h"

static int arm(int n)
{
	char text[64];
	int fd = open("/proc/fault-inject", O_WRONLY), len;

	if (fd < 0)
		return -1;
	len = snprintf(text, sizeof(text), "task=%d fail_nth=%d", getpid(), n);
	len = write(fd, text, len) == len ? 0 : -1;
	close(fd);
	return len;
}

/* Run op with the nth allocation failing, n = 1, 2, ..., each in a child of its own: a page
 * that the child itself does not get may kill it.  op gives 0 or an error number.
 * => how many times it was refused; negative: something else happened */
static int until_it_works(int (*op)(void))
{
	int refused = 0, works = 0, status;

	for (int n = 1; n < 300 && works < 5; n++) {
		pid_t pid = fork();

		if (pid < 0)
			return -1;
		if (pid == 0) {
			arm(n);
			status = op();
			arm(0);
			_exit(status);
		}
		if (waitpid(pid, &status, 0) != pid)
			return -2;
		if (status == 0) {
			works++;
			continue;
		}
		works = 0;
		refused++;
		if (status != ENOMEM << 8 && status != EAGAIN << 8 && status != SIGKILL &&
		    status != SIGBUS) {
			printf("  allocation %d: status 0x%x\n", n, status);
			return -3;
		}
	}
	return works == 5 ? refused : -4;
}

static int op_fork(void)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (pid == 0)
		_exit(0);
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1;
}

static int op_vfork(void)
{
	int status;
	pid_t pid = vfork();

	if (pid < 0)
		return errno;
	if (pid == 0)
		_exit(0);
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1;
}

static void *nothing(void *arg) { return arg; }

static int op_thread(void)
{
	thread_t t;
	int err = thread_create(&t, nothing, NULL);

	return err ? err : thread_join(t, NULL);
}

static void ignore(int sig) { (void)sig; }

static int op_sigaction(void)
{
	struct sigaction sa = { .sa_handler = ignore };
	int err = sigaction(SIGUSR1, &sa, NULL) ? errno : 0;

	/* Without memory for the details a signal still comes. */
	if (!err && kill(getpid(), SIGUSR1) != 0)
		err = 2;
	return err;
}

static int op_exec(void)
{
	execl("/tests/exec", "exec", "exit", "0", (char *)NULL);
	return errno;
}

/* Harts keep spare stacks and lists of pages on purpose; those are taken back before both looks,
 * so that what is left between them is less than a page a refusal. */
static int memory_is_back(int (*op)(void), const char *name)
{
	struct in_use before;
	int refused;

	if (until_it_works(op) < 1)
		return 0;
	in_use_drop_spares();
	before = in_use_now();
	refused = until_it_works(op);
	printf("  refused %d times\n", refused);
	in_use_drop_spares();
	return refused > 0 && in_use_check(name, before, 4 * refused - 4) == 0;
}

TEST(fork_fails_cleanly) { CHECK(memory_is_back(op_fork, "fork: all back")); }
TEST(vfork_fails_cleanly) { CHECK(memory_is_back(op_vfork, "vfork: all back")); }
TEST(thread_fails_cleanly) { CHECK(memory_is_back(op_thread, "thread: all back")); }
TEST(sigaction_fails_cleanly) { CHECK(memory_is_back(op_sigaction, "sigaction: all back")); }
TEST(exec_fails_cleanly) { CHECK(memory_is_back(op_exec, "exec: all back")); }

int main(void)
{
	if (arm(0) != 0) {
		printf("ok nomem (skipped: no /proc/fault-inject)\n");
		return 0;
	}
	RUN(fork_fails_cleanly);
	RUN(vfork_fails_cleanly);
	RUN(thread_fails_cleanly);
	RUN(sigaction_fails_cleanly);
	RUN(exec_fails_cleanly);
	return test_end();
}
