// SPDX-License-Identifier: MIT
/* time COMMAND [ARG ...] - run it and tell how long it took. */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec a, b;
	struct tms t;
	int status = 0;
	pid_t pid;

	if (argc < 2)
		errx(2, "usage: time COMMAND [ARG ...]");
	clock_gettime(CLOCK_MONOTONIC, &a);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		warn("%s", argv[1]);
		_exit(errno == ENOENT ? 127 : 126);
	}
	signal(SIGINT, SIG_IGN);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	clock_gettime(CLOCK_MONOTONIC, &b);
	times(&t);
	fprintf(stderr, "real %.3f s  user %.2f s  sys %.2f s\n",
	        (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9,
	        (double)t.tms_cutime / 100, (double)t.tms_cstime / 100);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
