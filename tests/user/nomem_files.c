// SPDX-License-Identifier: MIT
// run: harts=1,8 mem=128M timeout=120
/*
 * nomem_files.c - the nth allocation of a round of file calls fails, for every n.
 *
 * A call may return -ENOMEM; nothing may panic, nothing may be left behind, and after
 * the round the same calls work.  The kernel counts the allocations of one task
 * (/proc/fault-inject, fail_nth).
 */
#include "rows.h"

#include <dirent.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/statfs.h>

static char buf[20000];
static int strict;		/* no allocation fails: every call must work */
static const char *home_of_round = "/tmp";

static void want(int ok, const char *what)
{
	if (strict && !ok) {
		printf("FAIL %s: %s fails without a failed allocation (errno %d)\n", row_name, what, errno);
		fflush(stdout);
		_exit(1);
	}
	if (!ok && errno != ENOMEM && errno != ENOSPC && errno != ENOENT && errno != EBADF &&
	    errno != EEXIST && errno != EINVAL && errno != ENOTDIR && errno != ENOTEMPTY && errno != EBUSY && errno != EAGAIN && errno != EIO) {
		printf("FAIL %s: %s: errno %d\n", row_name, what, errno);
		fflush(stdout);
		_exit(1);
	}
}
#define DO(call) want((long)(call) >= 0, #call)

static void round_of_calls(void)
{
	struct pollfd pfd[20];
	struct stat st;
	struct dirent *de;
	int fd, p[2] = { -1, -1 };
	char *m;
	DIR *d;

	DO(mkdir("d", 0755));
	fd = open("d/f", O_CREAT | O_RDWR, 0644);
	DO(fd);
	DO(write(fd, buf, sizeof(buf)));
	DO(pwrite(fd, buf, 100, 3L << 32));
	DO(pread(fd, buf, 5000, 100));
	DO(fsync(fd));
	DO(ftruncate(fd, 5000));
	m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	want(m != MAP_FAILED, "mmap");
	if (m != MAP_FAILED)
		munmap(m, 8192);
	DO(dup2(fd, 200));
	close(200);
	close(fd);
	DO(link("d/f", "d/g"));
	DO(rename("d/g", "h"));
	DO(stat("h", &st));
	DO(chdir("d"));
	want(getcwd(buf, 1000) != NULL, "getcwd");
	chdir("/");
	chdir(home_of_round);
	d = opendir(".");
	if (d != NULL) {
		while ((de = readdir(d)) != NULL)
			;
		closedir(d);
	}
	DO(pipe2(p, O_NONBLOCK));
	if (p[0] > 0) {
		DO(write(p[1], buf, 10000));
		DO(read(p[0], buf, 10000));
		for (int i = 0; i < 20; i++)
			pfd[i] = (struct pollfd){ p[i & 1], POLLIN | POLLOUT, 0 };
		DO(poll(pfd, 20, 0));
		close(p[0]);
		close(p[1]);
	}
	fd = memfd_create("m", 0);
	DO(fd);
	DO(write(fd, buf, 10000));
	close(fd);
	fd = open("/proc/mounts", O_RDONLY);
	DO(fd);
	read(fd, buf, 1000);
	close(fd);
}

static const char *home;

static void clean(void)
{
	chdir(home);
	for (int fd = 3; fd < 20; fd++)
		close(fd);
	close(200);
	unlink("d/f");
	unlink("d/g");
	unlink("h");
	rmdir("d");
	umount("d");
	rmdir("d");
}

static void inject(int pid, int n)
{
	int fd = open("/proc/fault-inject", O_WRONLY);
	int len = snprintf(buf, sizeof(buf), "task=%d fail_nth=%d", pid, n);

	FAIL_IF(fd < 0 || write(fd, buf, (size_t)len) != len);
	close(fd);
}

static long mem_free(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
	char *s;
	ssize_t n;

	sync();
	FAIL_IF(fd < 0 || write(fd, "3", 1) != 1);
	close(fd);
	fd = open("/proc/meminfo", O_RDONLY);
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	FAIL_IF(n <= 0);
	buf[n] = '\0';
	s = strstr(buf, "MemFree:");
	FAIL_IF(s == NULL);
	return atol(s + 8);
}

static void every_nth(void)
{
	long before = 0, after;

	FAIL_IF(chdir(home));
	for (int n = 0; n < 120; n++) {
		int go[2], pid, status;
		char c;

		if (n == 2)
			before = mem_free();
		FAIL_IF(pipe(go));
		pid = fork();
		if (pid == 0) {
			close(go[1]);
			read(go[0], &c, 1);
			close(go[0]);
			strict = n == 0;
			round_of_calls();
			_exit(0);
		}
		close(go[0]);
		if (n != 0)
			inject(pid, n);
		write(go[1], "g", 1);
		close(go[1]);
		FAIL_IF(waitpid(pid, &status, 0) != pid);
		if (status != 0)
			printf("n %d: status %x\n", n, status);
		FAIL_IF(status != 0 && status != 9);	/* 9: no memory for a page of its own */
		clean();
		/* and now it works */
		if (n % 20 == 0) {
			pid = fork();
			if (pid == 0) {
				strict = 1;
				round_of_calls();
				_exit(0);
			}
			FAIL_IF(waitpid(pid, &status, 0) != pid || status != 0);
			clean();
		}
	}
	after = mem_free();
	FAIL_IF(after < before - 512);
}

static const struct row rows[] = {
	{ "every_nth", every_nth },
};

int main(int argc, char **argv)
{
	int failed = 0;

	mkdir("/tmp/nomem_files", 0755);
	mkdir("/nomem_files", 0755);
	home = "/tmp/nomem_files";
	failed += RUN_ROWS(rows, argc, argv);
	home = "/nomem_files";
	failed += RUN_ROWS(rows, argc, argv);
	rmdir("/tmp/nomem_files");
	rmdir("/nomem_files");
	return failed != 0;
}
