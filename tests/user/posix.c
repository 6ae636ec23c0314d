// SPDX-License-Identifier: MIT
/* posix.c - what programs written for POSIX rely on, where Pagoda's own calls say less. */
// run: alone
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>
#include "rows.h"

#define D "/tmp/posix.d"
#define F "/tmp/posix.f"

static void unlink_leaves_directories(void)
{
	FAIL_IF(mkdir(D, 0755) != 0);
	FAILS_WITH(unlink(D), EISDIR);
	FAILS_WITH(unlink("/"), EISDIR);
	FAIL_IF(access(D, F_OK) != 0 || remove(D) != 0);
	FAILS_WITH(unlink(D), ENOENT);
	FAIL_IF(close(creat(F, 0600)) != 0);
	FAILS_WITH(unlink(F "/"), ENOTDIR);
	FAILS_WITH(rmdir(F), ENOTDIR);
	FAIL_IF(unlink(F) != 0);
}

static void stdio_does_not_read_directories(void)
{
	char big[8192];
	FILE *f = fopen("/", "r");

	FAIL_IF(!f);
	FAILS_WITH(fgetc(f), EISDIR);
	FAIL_IF(!ferror(f) || feof(f) || fclose(f) != 0);
	f = fopen("/", "r");
	errno = 0;
	FAIL_IF(!f || fread(big, 1, sizeof(big), f) != 0 || errno != EISDIR || !ferror(f));
	fclose(f);
}

static void exec_wants_an_x(void)
{
	static const char text[] = "#!/bin/false\n";
	int fd = open(F, O_CREAT | O_TRUNC | O_WRONLY, 0644), status;

	FAIL_IF(write(fd, text, sizeof(text) - 1) != sizeof(text) - 1 || close(fd) != 0);
	FAIL_IF(chmod(F, 0644) != 0);
	FAILS_WITH(execl(F, F, NULL), EACCES); /* else the row ends with 1 */
	FAILS_WITH(access(F, X_OK), EACCES);
	for (int bit = 1; bit <= 0100; bit *= 8) { /* any of the three will do */
		FAIL_IF(chmod(F, (mode_t)(0644 | bit)) != 0);
		status = system(F);
		FAIL_IF(status != 1 << 8);
	}
	unlink(F);
	FAILS_WITH(execl("/tmp", "/tmp", NULL), EACCES);
}

static void hard_limits_stay(void)
{
	struct rlimit r = { 10, 1000 }, now;

	FAIL_IF(setrlimit(RLIMIT_NOFILE, &r) != 0 || getrlimit(RLIMIT_NOFILE, &now) != 0);
	FAIL_IF(now.rlim_cur != 10 || now.rlim_max != 1000);
	r.rlim_cur = 1000;
	FAIL_IF(setrlimit(RLIMIT_NOFILE, &r) != 0);
	r.rlim_max = 1001;
	FAILS_WITH(setrlimit(RLIMIT_NOFILE, &r), EPERM);
	r.rlim_max = r.rlim_cur = 500;
	FAIL_IF(setrlimit(RLIMIT_NOFILE, &r) != 0);
	r.rlim_cur = 501;
	FAILS_WITH(setrlimit(RLIMIT_NOFILE, &r), EINVAL);
	if (fork() == 0) {
		FAIL_IF(getrlimit(RLIMIT_NOFILE, &now) != 0);
		_exit(now.rlim_cur != 500 || now.rlim_max != 500);
	}
	int status;
	FAIL_IF(wait(&status) < 0 || status != 0);
	FAIL_IF(getrlimit(RLIMIT_STACK, &now) != 0 || now.rlim_max != RLIM_INFINITY);
}

static volatile int signals;

static void count(int sig)
{
	(void)sig;
	signals++;
}

static void file_size_limit(void)
{
	struct iovec iov[2] = { { "0123456789", 10 }, { "0123456789", 10 } };
	struct rlimit r = { 100, 1000 };
	int fd = open(F, O_CREAT | O_TRUNC | O_RDWR, 0644), status;
	char text[80] = "", more[200] = "";
	pid_t pid;
	int p[2];

	signal(SIGXFSZ, count);
	FAIL_IF(setrlimit(RLIMIT_FSIZE, &r) != 0);
	FAIL_IF(write(fd, text, 80) != 80 || write(fd, text, 80) != 20 || signals != 0);
	FAILS_WITH(write(fd, text, 1), EFBIG);
	FAIL_IF(signals != 1);
	FAILS_WITH(pwrite(fd, text, 1, 100), EFBIG);
	FAIL_IF(pwrite(fd, text, 2, 99) != 1 || signals != 2);
	FAILS_WITH(ftruncate(fd, 101), EFBIG);
	FAILS_WITH(truncate(F, 101), EFBIG);
	FAIL_IF(signals != 4 || ftruncate(fd, 100) != 0 || ftruncate(fd, 85) != 0);
	FAIL_IF(lseek(fd, 85, SEEK_SET) != 85 || writev(fd, iov, 2) != 15);
	FAILS_WITH(writev(fd, iov, 2), EFBIG);
	FAIL_IF(fcntl(fd, F_SETFL, O_APPEND) != 0 || lseek(fd, 0, SEEK_SET) != 0);
	FAILS_WITH(write(fd, text, 1), EFBIG);
	FAIL_IF(ftruncate(fd, 95) != 0 || write(fd, text, 10) != 5);
	FAIL_IF(pipe(p) != 0 || write(p[1], more, 200) != 200); /* no file, no limit */
	signal(SIGXFSZ, SIG_DFL);
	pid = fork();
	if (pid == 0) {
		write(fd, text, 1);
		_exit(0);
	}
	FAIL_IF(waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status));
	FAIL_IF(WTERMSIG(status) != SIGXFSZ);
	unlink(F);
}

/* Who waits for the position of a file, while another reads it, can be killed. */
static void a_waiter_for_the_position_dies(void)
{
	size_t part = 8 << 20;
	char *b = malloc(part);
	struct iovec *v = calloc(1024, sizeof(*v));
	int fd = open(F, O_CREAT | O_TRUNC | O_RDWR, 0644), status;
	struct timespec t, u;
	pid_t reader, waiter;

	FAIL_IF(!b || !v || fd < 0 || ftruncate(fd, 1L << 40) != 0);
	for (int i = 0; i < 1024; i++)
		v[i] = (struct iovec){ b, part };
	reader = fork();
	if (reader == 0) {
		for (;;)
			lseek(fd, 0, SEEK_SET), readv(fd, v, 1024);
	}
	usleep(50000);
	waiter = fork();
	if (waiter == 0) {
		for (;;)
			lseek(fd, 0, SEEK_CUR);
	}
	usleep(50000);
	clock_gettime(CLOCK_MONOTONIC, &t);
	kill(waiter, SIGKILL);
	FAIL_IF(waitpid(waiter, &status, 0) != waiter);
	clock_gettime(CLOCK_MONOTONIC, &u);
	kill(reader, SIGKILL);
	FAIL_IF(waitpid(reader, &status, 0) != reader);
	unlink(F);
	FAIL_IF((u.tv_sec - t.tv_sec) * 1000 + (u.tv_nsec - t.tv_nsec) / 1000000 > 200);
}

/* No call moves more than Linux's 0x7ffff000 bytes. */
static void a_call_moves_two_gigabytes(void)
{
	const size_t most = 0x7ffff000, part = 1 << 20;
	struct iovec *v = calloc(1024, sizeof(*v));
	int fd = open("/dev/null", O_RDWR);

	for (int i = 0; i < 1024; i++)
		v[i] = (struct iovec){ (void *)0x10000, part * 4 };
	FAIL_IF(fd < 0 || write(fd, (void *)0x10000, 1L << 40) != (ssize_t)most);
	FAIL_IF(writev(fd, v, 1024) != (ssize_t)most);
	FAIL_IF(pwrite(fd, (void *)0x10000, 1L << 40, 0) != -1 || errno != ESPIPE);
}

static void borders_of_calls(void)
{
	struct iovec iov[2] = { { NULL, LONG_MAX }, { NULL, 1 } };
	struct rlimit r = { 20, 20 };
	struct pollfd fds[21];
	sigset_t set;
	char b[64];
	int fd;

	FAILS_WITH(getcwd(b, 0) ? 0 : -1, EINVAL);
	FAIL_IF(mkdir(D, 0755) != 0 || chdir(D) != 0 || rmdir(D) != 0);
	FAILS_WITH(getcwd(b, sizeof(b)) ? 0 : -1, ENOENT);
	FAIL_IF(chdir("/") != 0 || !getcwd(b, sizeof(b)) || strcmp(b, "/") != 0);

	sigemptyset(&set);
	FAILS_WITH(sigaddset(&set, 0), EINVAL);
	FAILS_WITH(sigaddset(&set, 100), EINVAL);
	FAILS_WITH(sigdelset(&set, -1), EINVAL);
	FAILS_WITH(sigismember(&set, NSIG + 64), EINVAL);
	FAIL_IF(set != 0 || sigaddset(&set, SIGUSR1) != 0 || !sigismember(&set, SIGUSR1));

	fd = open(F, O_CREAT | O_TRUNC | O_RDWR, 0644);
	FAILS_WITH(readv(fd, iov, 2), EINVAL); /* at the end of the file too */
	FAILS_WITH(writev(fd, iov, 2), EINVAL);
	iov[0] = (struct iovec){ b, 1 };
	iov[1] = (struct iovec){ NULL, LONG_MAX };
	FAILS_WITH(readv(fd, iov, 2), EINVAL);
	close(fd);
	unlink(F);

	for (int i = 0; i < 21; i++)
		fds[i].fd = -1;
	FAIL_IF(setrlimit(RLIMIT_NOFILE, &r) != 0 || poll(fds, 20, 0) != 0);
	FAILS_WITH(poll(fds, 21, 0), EINVAL);

	FAIL_IF(mkdir(D, 0755) != 0);
	FAILS_WITH(mount("/dev/null", D, "pfs", 0), ENOTBLK);
	FAILS_WITH(mount("/README", D, "pfs", 0), ENOTBLK);
	rmdir(D);
}

int main(int argc, char **argv)
{
	static const struct row rows[] = {
#define ROW(f) { #f, f }
		ROW(unlink_leaves_directories),
		ROW(stdio_does_not_read_directories),
		ROW(exec_wants_an_x),
		ROW(hard_limits_stay),
		ROW(file_size_limit),
		ROW(a_waiter_for_the_position_dies),
		ROW(a_call_moves_two_gigabytes),
		ROW(borders_of_calls),
	};

	return RUN_ROWS(rows, argc, argv) != 0;
}
