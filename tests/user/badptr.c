// SPDX-License-Identifier: MIT
/*
 * badptr.c - a bad pointer in every argument of every call that takes one.
 *
 * The row of a call says how to make it with a given pointer in one place and good values
 * in the others.  Every kind of bad pointer must give EFAULT (or, for strings, at least no
 * success), must not end the program, and must leave nothing half done: descriptors and
 * names are counted before and after.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include "raw.h"
#include "syscall_nr.h"
#include "test.h"

#define PAGE 4096

#define BAD    (-77777L) /* here goes the pointer */
#define FD     (-77778L) /* a file open for reading and writing, with data */
#define DIRFD  (-77779L)
#define STR    (-77780L) /* a good path */
#define BUF    (-77781L) /* a good buffer */
#define PIPE_R (-77782L) /* a pipe with something in it */
#define PIPE_W (-77783L)
#define ZERO   (-77784L) /* /dev/zero */
#define ARGV   (-77785L) /* { "true", NULL } */

/* what the kernel does with it */
#define IN     1 /* reads */
#define OUT    2 /* writes */
#define STRING 4

static const struct {
	const char *name;
	int nr;
	long a[4];
	int use;
	size_t size; /* bytes it touches: decides which border pointers are bad */
} rows[] = {
	{ "read file", SYS_read, { FD, BAD, 64 }, OUT, 64 },
	{ "read /dev/zero", SYS_read, { ZERO, BAD, 64 }, OUT, 64 },
	{ "read pipe", SYS_read, { PIPE_R, BAD, 8 }, OUT, 8 },
	{ "write file", SYS_write, { FD, BAD, 64 }, IN, 64 },
	{ "write pipe", SYS_write, { PIPE_W, BAD, 64 }, IN, 64 },
	{ "pread", SYS_pread, { FD, BAD, 64, 0 }, OUT, 64 },
	{ "pwrite", SYS_pwrite, { FD, BAD, 64, 0 }, IN, 64 },
	{ "readv vector", SYS_readv, { FD, BAD, 2 }, IN, 32 },
	{ "writev vector", SYS_writev, { FD, BAD, 2 }, IN, 32 },
	{ "getdents", SYS_getdents, { DIRFD, BAD, 512 }, OUT, 24 },
	{ "fstat", SYS_fstat, { FD, BAD }, OUT, 24 },
	{ "fstat2", SYS_fstat2, { FD, BAD }, OUT, 80 },
	{ "stat path", SYS_stat, { BAD, BUF }, STRING, 0 },
	{ "stat buffer", SYS_stat, { STR, BAD }, OUT, 80 },
	{ "statfs path", SYS_statfs, { BAD, BUF }, STRING, 0 },
	{ "statfs buffer", SYS_statfs, { STR, BAD }, OUT, 64 },
	{ "open", SYS_open, { BAD, O_RDWR | O_CREAT, 0644 }, STRING, 0 },
	{ "mkdir", SYS_mkdir, { BAD }, STRING, 0 },
	{ "mkdir2", SYS_mkdir2, { BAD, 0755 }, STRING, 0 },
	{ "rmdir", SYS_rmdir, { BAD }, STRING, 0 },
	{ "unlink", SYS_unlink, { BAD }, STRING, 0 },
	{ "link from", SYS_link, { BAD, STR }, STRING, 0 },
	{ "link to", SYS_link, { STR, BAD }, STRING, 0 },
	{ "rename from", SYS_rename, { BAD, STR }, STRING, 0 },
	{ "rename to", SYS_rename, { STR, BAD }, STRING, 0 },
	{ "mknod", SYS_mknod, { BAD, 4, 3 }, STRING, 0 },
	{ "chdir", SYS_chdir, { BAD }, STRING, 0 },
	{ "access", SYS_access, { BAD, 0 }, STRING, 0 },
	{ "truncate", SYS_truncate, { BAD, 0 }, STRING, 0 },
	{ "utimens path", SYS_utimens, { BAD, 0 }, STRING, 0 },
	{ "utimens times", SYS_utimens, { STR, BAD }, IN, 32 },
	{ "mount target", SYS_mount, { STR, BAD, STR, 0 }, STRING, 0 },
	{ "umount", SYS_umount, { BAD }, STRING, 0 },
	{ "swapon", SYS_swapon, { BAD, 0 }, STRING, 0 },
	{ "swapoff", SYS_swapoff, { BAD }, STRING, 0 },
	{ "memfd_create", SYS_memfd_create, { BAD, 0 }, STRING, 0 },
	{ "getcwd", SYS_getcwd, { BAD, 200 }, OUT, 2 },
	{ "exec path", SYS_exec, { BAD, ARGV }, STRING, 0 },
	{ "exec argv", SYS_exec, { STR, BAD }, IN, 8 },
	{ "execve path", SYS_execve, { BAD, ARGV, 0 }, STRING, 0 },
	{ "execve envp", SYS_execve, { STR, ARGV, BAD }, IN, 8 },
	{ "pipe", SYS_pipe, { BAD }, OUT, 8 },
	{ "pipe2", SYS_pipe2, { BAD, 0 }, OUT, 8 },
	{ "poll", SYS_poll, { BAD, 2, 0 }, IN | OUT, 16 },
	{ "nanosleep", SYS_nanosleep, { BAD, 0 }, IN, 16 },
	{ "futex wait", SYS_futex, { BAD, 0, 1, 0 }, IN, 4 },
	{ "sigaction new", SYS_sigaction, { SIGUSR1, BAD, 0 }, IN, 32 },
	{ "sigaction old", SYS_sigaction, { SIGUSR1, 0, BAD }, OUT, 32 },
	{ "sigprocmask new", SYS_sigprocmask, { SIG_BLOCK, BAD, 0 }, IN, 8 },
	{ "sigprocmask old", SYS_sigprocmask, { SIG_BLOCK, 0, BAD }, OUT, 8 },
	{ "sigpending", SYS_sigpending, { BAD }, OUT, 8 },
	{ "clock_gettime", SYS_clock_gettime, { 1, BAD }, OUT, 16 },
	{ "times", SYS_times, { BAD }, OUT, 32 },
	{ "getrlimit", SYS_getrlimit, { 3, BAD }, OUT, 16 },
	{ "setitimer", SYS_setitimer, { ITIMER_REAL, BAD, 0 }, IN, 32 },
	{ "setitimer old", SYS_setitimer, { ITIMER_REAL, 0, BAD }, OUT, 32 },
	{ "unlink2", SYS_unlink2, { BAD }, STRING, 0 },
	{ "setrlimit", SYS_setrlimit, { 4, BAD }, IN, 16 },
	{ "sysinfo", SYS_sysinfo, { BAD }, OUT, 100 },
	{ "getrandom", SYS_getrandom, { BAD, 16, 0 }, OUT, 16 },
	{ "uname", SYS_uname, { BAD }, OUT, 390 },
};
#define NR_ROWS (int)(sizeof(rows) / sizeof(rows[0]))

static char *area; /* page 0 rw, 1 read-only, 2 nothing at all, 3 PROT_NONE, 4 rw */
static char buf[1024];
static char *argv_true[] = { "true", NULL };
static int fd, dirfd_, pipe_[2], zero;

static long value(long v, long bad)
{
	switch (v) {
	case BAD:
		return bad;
	case FD:
		return fd;
	case DIRFD:
		return dirfd_;
	case STR:
		return (long)"bp.file";
	case BUF:
		return (long)buf;
	case PIPE_R:
		return pipe_[0];
	case PIPE_W:
		return pipe_[1];
	case ZERO:
		return zero;
	case ARGV:
		return (long)argv_true;
	}
	return v;
}

static int count_fds(void)
{
	int n = 0;

	for (int i = 0; i < 64; i++)
		n += fcntl(i, F_GETFD) >= 0;
	return n;
}

static int count_names(void)
{
	DIR *d = opendir(".");
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

/* All bad pointers through row r. => the first complaint, or NULL */
static const char *complaint(int r)
{
	static char text[160];
	const unsigned long bad[] = {
		8,
		0xfff,
		0x80000000,
		0x3fffffe000,
		0x3ffffff000,
		0x3ffffffff8,
		0x4000000000,
		0x8000000000,
		0x7ffffffffffff000,
		0x8000000000000000,
		0xffffffbfffffffff,
		0xffffffc000000000,
		0xffffffc080200000,
		0xffffffe000000000,
		0xfffffff000000000,
		0xffffffff80000000,
		0xffffffff80200000,
		0xfffffffffffff000,
		0xfffffffffffffff8,
		0xffffffffffffffff,
		(unsigned long)area + 2 * PAGE,
		(unsigned long)area + 3 * PAGE,
		(unsigned long)area + 4 * PAGE - 1,
		/* the first byte is good, what follows is not */
		(unsigned long)area + 2 * PAGE - 1,
		(unsigned long)area + PAGE - 1,
		/* read-only */
		(unsigned long)area + PAGE + 100,
		(unsigned long)raw,
	};
	int n = (int)(sizeof(bad) / sizeof(bad[0])), fds = count_fds(), names = count_names();

	for (int i = 0; i < n; i++) {
		bool half = i == n - 4, to_readonly = i == n - 3, readonly = i >= n - 2;
		long ret;

		if ((readonly || to_readonly) && !(rows[r].use & OUT))
			continue;
		if ((half || to_readonly) && rows[r].size == 1)
			continue;
		lseek(fd, 0, SEEK_SET);
		lseek(dirfd_, 0, SEEK_SET);
		ret = raw(rows[r].nr, (long[6]){ value(rows[r].a[0], (long)bad[i]),
					     value(rows[r].a[1], (long)bad[i]),
					     value(rows[r].a[2], (long)bad[i]),
					     value(rows[r].a[3], (long)bad[i]) });
		if (ret == -EFAULT || ret == -ENOSYS ||
		    (ret == -EINVAL && rows[r].nr == SYS_futex && bad[i] % 4))
			continue;
		/* a transfer may report what it did before the border */
		if ((half || to_readonly) && ret > 0 && ret < (long)rows[r].size)
			continue;
		snprintf(text, sizeof(text), "pointer %#lx gives %ld", bad[i], ret);
		return text;
	}
	if (count_fds() != fds) {
		snprintf(text, sizeof(text), "descriptors left: %d before, %d after", fds,
		         count_fds());
		return text;
	}
	if (count_names() != names) {
		snprintf(text, sizeof(text), "names left: %d before, %d after", names,
		         count_names());
		return text;
	}
	return NULL;
}

int main(void)
{
	int failed = 0;

	mkdir("/tmp/badptr", 0755);
	if (chdir("/tmp/badptr") < 0) {
		perror("FAIL /tmp/badptr");
		return 1;
	}
	fd = open("bp.file", O_RDWR | O_CREAT | O_TRUNC, 0644);
	dirfd_ = open(".", O_RDONLY);
	zero = open("/dev/zero", O_RDWR);
	area = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fd < 0 || dirfd_ < 0 || zero < 0 || pipe2(pipe_, O_NONBLOCK) < 0 ||
	    area == MAP_FAILED ||
	    write(fd, memset(buf, 'd', sizeof(buf)), sizeof(buf)) != sizeof(buf)) {
		perror("FAIL set up");
		return 1;
	}
	memset(area, 'x', 5 * PAGE);
	mprotect(area + PAGE, PAGE, PROT_READ);
	munmap(area + 2 * PAGE, PAGE);
	mprotect(area + 3 * PAGE, PAGE, PROT_NONE);
	for (int r = 0; r < NR_ROWS; r++) {
		const char *why;

		while (read(pipe_[0], buf, sizeof(buf)) > 0)
			;
		memset(buf, 'd', sizeof(buf));
		if (write(pipe_[1], buf, 100) != 100)
			perror("pipe");
		why = complaint(r);
		if (why)
			printf("FAIL %s: %s\n", rows[r].name, why);
		else
			printf("ok %s\n", rows[r].name);
		failed |= why != NULL;
	}
	if (chdir("/") == 0)
		system("rm -r /tmp/badptr");
	return failed;
}
