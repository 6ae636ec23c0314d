// SPDX-License-Identifier: MIT
/* pipes.c - pipes: order, blocking, ends, atomic writes, limits, poll. */
#include "rows.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <time.h>

static char buf[100000];

static void basic(void)
{
	int *volatile bad = (int *)8;
	int p[2], n;

	FAIL_IF(pipe(p));
	FAIL_IF(write(p[1], "hello", 5) != 5);
	FAIL_IF(ioctl(p[0], FIONREAD, &n) || n != 5);
	FAIL_IF(read(p[0], buf, 2) != 2 || memcmp(buf, "he", 2));
	FAIL_IF(read(p[0], buf, 100) != 3 || memcmp(buf, "llo", 3));
	FAILS_WITH(write(p[0], "x", 1), EBADF);
	FAILS_WITH(read(p[1], buf, 1), EBADF);
	FAILS_WITH(lseek(p[0], 0, SEEK_SET), ESPIPE);
	FAILS_WITH(pread(p[0], buf, 1, 0), ESPIPE);
	FAILS_WITH(ftruncate(p[1], 0), EINVAL);
	FAIL_IF(write(p[1], "", 0) != 0);
	FAIL_IF(write(p[1], "end", 3) != 3 || close(p[1]));
	FAIL_IF(read(p[0], buf, 100) != 3 || read(p[0], buf, 100) != 0 || read(p[0], buf, 1) != 0);
	FAILS_WITH(pipe(bad), EFAULT);
	FAILS_WITH(pipe2(p, 12345), EINVAL);
}

static volatile int got_sigpipe;
static void on_sigpipe(int sig)
{
	got_sigpipe = sig;
}

static void no_reader(void)
{
	int p[2];

	FAIL_IF(pipe(p) || close(p[0]));
	FAILS_WITH(write(p[1], "x", 1), EPIPE);		/* and we live */
	signal(SIGPIPE, on_sigpipe);
	FAILS_WITH(write(p[1], "x", 1), EPIPE);
	FAIL_IF(got_sigpipe != SIGPIPE);
}

static void reader_goes(void)
{
	int p[2], pid, status;

	FAIL_IF(pipe(p));
	pid = fork();
	if (pid == 0) {
		close(p[1]);
		usleep(20000);
		_exit(0);				/* p[0] closes while the parent waits */
	}
	close(p[0]);
	FAIL_IF(write(p[1], buf, 65536) != 65536);
	FAILS_WITH(write(p[1], "x", 1), EPIPE);
	waitpid(pid, &status, 0);
}

static void bulk(void)
{
	int p[2], pid, status;
	long total = 0;
	ssize_t n;

	FAIL_IF(pipe(p));
	pid = fork();
	if (pid == 0) {
		unsigned x = 1, sent = 0;

		close(p[0]);
		for (int round = 0; round < 200; round++) {
			int len = 1 + (int)(x = x * 1103515245 + 12345) % 40000;

			if (len < 0)
				len = -len;
			for (int i = 0; i < len; i++)
				buf[i] = (char)(sent++ * 31 >> 3);
			if (write(p[1], buf, (size_t)len) != len)
				_exit(1);
		}
		_exit(0);
	}
	close(p[1]);
	for (unsigned got = 0; (n = read(p[0], buf, 1 + total % 30011)) > 0; total += n)
		for (ssize_t i = 0; i < n; i++)
			FAIL_IF(buf[i] != (char)(got++ * 31 >> 3));
	FAIL_IF(n != 0 || waitpid(pid, &status, 0) != pid || status != 0);
	FAIL_IF(total < 100000);
}

static void nonblocking(void)
{
	struct pollfd pfd[2];
	int p[2], n = 0;

	FAIL_IF(pipe2(p, O_NONBLOCK | O_CLOEXEC));
	FAIL_IF(fcntl(p[0], F_GETFD) != FD_CLOEXEC);
	FAILS_WITH(read(p[0], buf, 1), EAGAIN);
	while (write(p[1], buf, 4096) == 4096)
		n++;
	FAIL_IF(errno != EAGAIN || n != 16);		/* 64 KiB */
	pfd[0] = (struct pollfd){ p[0], POLLIN, 0 };
	pfd[1] = (struct pollfd){ p[1], POLLOUT, 0 };
	FAIL_IF(poll(pfd, 2, 0) != 1 || pfd[0].revents != POLLIN || pfd[1].revents != 0);
	FAIL_IF(read(p[0], buf, 4096) != 4096);
	FAIL_IF(poll(pfd, 2, 0) != 2 || pfd[1].revents != POLLOUT);
	FAIL_IF(fcntl(p[1], F_SETFL, 0) || (fcntl(p[1], F_GETFL) & O_NONBLOCK));
	FAIL_IF(read(p[0], buf, 65536) != 15 * 4096);
	FAILS_WITH(read(p[0], buf, 1), EAGAIN);
	close(p[1]);
	FAIL_IF(poll(pfd, 1, -1) != 1 || !(pfd[0].revents & POLLHUP));
}

static void poll_wakes(void)
{
	struct pollfd pfd[3] = { { -1, POLLIN, 7 } };
	int a[2], b[2];
	long t;

	FAIL_IF(pipe(a) || pipe(b));
	if (fork() == 0) {
		usleep(30000);
		write(b[1], "x", 1);
		_exit(0);
	}
	pfd[1] = (struct pollfd){ a[0], POLLIN, 0 };
	pfd[2] = (struct pollfd){ b[0], POLLIN, 0 };
	FAIL_IF(poll(pfd, 3, 5000) != 1 || pfd[0].revents || pfd[1].revents ||
		pfd[2].revents != POLLIN);
	FAIL_IF(read(b[0], buf, 10) != 1);
	t = uptime();
	FAIL_IF(poll(pfd, 3, 100) != 0);
	FAIL_IF(uptime() - t < 0);
	FAILS_WITH(poll((struct pollfd *)8, 1, 0), EFAULT);
	FAILS_WITH(poll(pfd, 100000, 0), EINVAL);
}

/* Writes of up to PIPE_BUF bytes are in one piece. */
static void atomic_writes(void)
{
	enum { WRITERS = 4, LEN = 1500, N = 60 };
	int p[2], count[WRITERS] = { 0 };
	char rec[LEN];

	FAIL_IF(pipe(p));
	for (int w = 0; w < WRITERS; w++)
		if (fork() == 0) {
			memset(rec, 'a' + w, LEN);
			for (int i = 0; i < N; i++)
				if (write(p[1], rec, LEN) != LEN)
					_exit(1);
			_exit(0);
		}
	close(p[1]);
	for (;;) {
		int have = 0;
		ssize_t n;

		while (have < LEN && (n = read(p[0], rec + have, (size_t)(LEN - have))) > 0)
			have += (int)n;
		if (have == 0)
			break;
		FAIL_IF(have != LEN);
		for (int i = 1; i < LEN; i++)
			FAIL_IF(rec[i] != rec[0]);
		count[rec[0] - 'a']++;
	}
	for (int w = 0; w < WRITERS; w++)
		FAIL_IF(count[w] != N);
}

static void bad_buffers(void)
{
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd[2];

	FAIL_IF(p == MAP_FAILED || munmap(p + 4096, 4096) || pipe(fd));
	memset(p, 'q', 4096);
	FAILS_WITH(write(fd[1], (char *)8, 10), EFAULT);
	FAIL_IF(write(fd[1], p + 4000, 200) != 96);	/* as far as it goes */
	FAIL_IF(read(fd[0], p + 4086, 50) != 10 || read(fd[0], buf, 1000) != 86);
	FAIL_IF(write(fd[1], "abc", 3) != 3);
	FAILS_WITH(read(fd[0], (char *)8, 3), EFAULT);
	FAIL_IF(read(fd[0], buf, 10) != 3 || memcmp(buf, "abc", 3));	/* nothing was lost */
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void interrupted(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	int p[2];

	FAIL_IF(pipe(p) || sigaction(SIGALRM, &sa, NULL));
	alarm(1);
	FAILS_WITH(read(p[0], buf, 1), EINTR);
	FAIL_IF(write(p[1], buf, 65536) != 65536);
	alarm(1);
	FAILS_WITH(write(p[1], buf, 1), EINTR);
	alarm(1);
	FAIL_IF(write(p[1], buf, 1) != -1 || errno != EINTR);
}

static long mem_free(void)
{
	int fd = open("/proc/meminfo", O_RDONLY);
	ssize_t n = read(fd, buf, sizeof(buf) - 1);
	char *s;

	close(fd);
	FAIL_IF(n <= 0);
	buf[n] = '\0';
	s = strstr(buf, "MemFree:");
	return s != NULL ? atol(s + 8) : -1;
}

static void flood(void)
{
	long before = 0, after;
	int p[2];

	for (int round = 0; round < 3; round++) {
		if (round == 1)
			before = mem_free();
		if (fork() == 0) {
			int n = 0;

			while (pipe(p) == 0) {
				n++;
				write(p[1], buf, 20000);
			}
			_exit(n < 100 || (errno != EMFILE && errno != ENOMEM));
		}
		int status;

		FAIL_IF(wait(&status) < 0 || status != 0);
	}
	after = mem_free();
	FAIL_IF(after < before - 1024);			/* KiB */
}

/* All ends but in[0] and out[1] are closed: whose neighbour has died must see it. */
static void keep_ends(int (*p)[2], int n, int in, int out)
{
	for (int i = 0; i < n; i++) {
		if (i != in)
			close(p[i][0]);
		if (i != out)
			close(p[i][1]);
	}
}

static void many_hands(void)
{
	enum { RING = 8, ROUNDS = 200 };
	int p[RING][2], v = 0;

	for (int i = 0; i < RING; i++)
		FAIL_IF(pipe(p[i]));
	for (int i = 1; i < RING; i++)
		if (fork() == 0) {
			keep_ends(p, RING, i - 1, i);
			for (int r = 0; r < ROUNDS; r++) {
				if (read(p[i - 1][0], &v, sizeof(v)) != sizeof(v))
					_exit(1);
				v++;
				if (write(p[i][1], &v, sizeof(v)) != sizeof(v))
					_exit(1);
			}
			_exit(0);
		}
	keep_ends(p, RING, RING - 1, 0);
	for (int r = 0; r < ROUNDS; r++) {
		FAIL_IF(write(p[0][1], &v, sizeof(v)) != sizeof(v));
		FAIL_IF(read(p[RING - 1][0], &v, sizeof(v)) != sizeof(v));
	}
	FAIL_IF(v != ROUNDS * (RING - 1));
}

/* readv gives what is there and does not wait for the rest. */
static void vectors(void)
{
	char a[4], b[4];
	struct iovec iov[2] = { { a, 4 }, { b, 4 } };
	int p[2];

	FAIL_IF(pipe(p));
	alarm(5);
	FAIL_IF(writev(p[1], iov, 2) != 8 || readv(p[0], iov, 2) != 8);
	FAIL_IF(write(p[1], "four", 4) != 4 || readv(p[0], iov, 2) != 4 || memcmp(a, "four", 4));
	FAIL_IF(write(p[1], "seven..", 7) != 7 || readv(p[0], iov, 2) != 7 || memcmp(b, "n..", 3));
	FAIL_IF(close(p[1]) || readv(p[0], iov, 2) != 0);
}

static const struct row rows[] = {
	{ "basic", basic },
	{ "no_reader", no_reader },
	{ "reader_goes", reader_goes },
	{ "bulk", bulk },
	{ "nonblocking", nonblocking },
	{ "poll_wakes", poll_wakes },
	{ "atomic_writes", atomic_writes },
	{ "vectors", vectors },
	{ "bad_buffers", bad_buffers },
	{ "interrupted", interrupted },
	{ "flood", flood },
	{ "many_hands", many_hands },
};

int main(int argc, char **argv)
{
	return RUN_ROWS(rows, argc, argv) != 0;
}
