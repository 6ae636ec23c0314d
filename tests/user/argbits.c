// SPDX-License-Identifier: MIT
/*
 * argbits.c - a 32-bit argument comes in a 64-bit register, and a program can put anything
 * into the upper half.
 *
 * Each row makes a call with clean registers, and then with other upper halves in those that
 * hold an int or unsigned: the answer must be the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "syscall_nr.h"
#include "raw.h"
#include "test.h"

static long page[512] __attribute__((aligned(4096)));
static volatile int word = 7;

#define FD    (-77001L)	/* a file of 4096 bytes, open for reading and writing */
#define DIRFD (-77002L)
#define PID   (-77003L)
#define PAGE  ((long)page)
#define PATH  ((long)"argbits.tmp")

#define NEW_FD  0x100	/* what comes back is to be closed, or unmapped */
#define NEW_MAP 0x200

static long fd, dirfd;

static const struct row {
	const char *name;
	long nr;
	unsigned ints;		/* bit n: argument n has 32 bits */
	long arg[6];
} rows[] = {
	{ "read", SYS_read, 1, { FD, PAGE, 0 } },
	{ "write", SYS_write, 1, { FD, PAGE, 0 } },
	{ "pread", SYS_pread, 1, { FD, PAGE, 8, 0 } },
	{ "pwrite", SYS_pwrite, 1, { FD, PAGE, 8, 0 } },
	{ "readv", SYS_readv, 1, { FD, PAGE, 0 } },
	{ "writev", SYS_writev, 1, { FD, PAGE, 0 } },
	{ "lseek", SYS_lseek, 5, { FD, 10, SEEK_SET } },
	{ "ftruncate", SYS_ftruncate, 1, { FD, 4096 } },
	{ "fsync", SYS_fsync, 1, { FD } },
	{ "fdatasync", SYS_fdatasync, 1, { FD } },
	{ "close of none", SYS_close, 1, { 77 } },
	{ "close of -1", SYS_close, 1, { -1 } },
	{ "dup", SYS_dup, 1 | NEW_FD, { FD } },
	{ "dup2", SYS_dup2, 3, { FD, 50 } },
	{ "dup2 to -1", SYS_dup2, 3, { FD, -1 } },
	{ "dup3", SYS_dup3, 7, { FD, 50, O_CLOEXEC } },
	{ "fchdir", SYS_fchdir, 1, { DIRFD } },
	{ "fcntl", SYS_fcntl, 3, { FD, F_GETFL, 0 } },
	{ "ioctl", SYS_ioctl, 1, { FD, 0x5413, PAGE } },
	{ "fstat", SYS_fstat, 1, { FD, PAGE } },
	{ "fstat2", SYS_fstat2, 1, { FD, PAGE } },
	{ "fchmod", SYS_fchmod, 3, { FD, 0755 } },
	{ "chmod", SYS_chmod, 2, { PATH, 0755 } },
	{ "getsid", SYS_getsid, 1, { PID } },
	{ "getrusage", SYS_getrusage, 1, { 0, PAGE } },
	{ "getdents", SYS_getdents, 1, { DIRFD, PAGE, 8 } },
	{ "open", SYS_open, 6 | NEW_FD, { PATH, O_RDWR | O_CREAT, 0644 } },
	{ "open of a missing file", SYS_open, 6, { (long)"none", O_RDONLY, 0 } },
	{ "mkdir2", SYS_mkdir2, 2, { PATH, 0755 } },
	{ "mknod", SYS_mknod, 6, { PATH, 1, 1 } },
	{ "access", SYS_access, 2, { PATH, R_OK } },
	{ "pipe2", SYS_pipe2, 2, { PAGE, 0x40000000 } },
	{ "memfd_create", SYS_memfd_create, 2 | NEW_FD, { PATH, 0 } },
	{ "poll", SYS_poll, 6, { PAGE, 0, 0 } },
	{ "waitpid", SYS_waitpid, 5, { -1, PAGE, WNOHANG } },
	{ "setpgid", SYS_setpgid, 3, { 0, -5 } },
	{ "getpgid", SYS_getpgid, 1, { PID } },
	{ "sendsig", SYS_sendsig, 3, { PID, 0 } },
	{ "sendsig to none", SYS_sendsig, 3, { 1000000, SIGTERM } },
	{ "tgkill", SYS_tgkill, 7, { PID, PID, 0 } },
	{ "sigaction", SYS_sigaction, 1, { SIGTERM, 0, PAGE } },
	{ "sigprocmask", SYS_sigprocmask, 1, { SIG_BLOCK, 0, PAGE } },
	{ "setitimer", SYS_setitimer, 1, { ITIMER_REAL, 0, PAGE } },
	{ "alarm", SYS_alarm, 1, { 0 } },
	{ "sleep", SYS_sleep, 1, { 0 } },
	{ "clock_gettime", SYS_clock_gettime, 1, { CLOCK_MONOTONIC, PAGE } },
	{ "sched_setaffinity", SYS_sched_setaffinity, 1, { PID, 1 } },
	{ "getpriority", SYS_getpriority, 3, { 0, PID } },
	{ "setpriority", SYS_setpriority, 3, { PID, 0 } },
	{ "futex", SYS_futex, 6, { (long)&word, 0, 8, 0, 0 } },
	{ "getrlimit", SYS_getrlimit, 1, { RLIMIT_NOFILE, PAGE } },
	{ "getrlimit of none", SYS_getrlimit, 1, { 16, PAGE } },
	{ "setrlimit of none", SYS_setrlimit, 1, { 16, PAGE } },
	{ "reboot how", SYS_reboot, 1, { 77 } },
	{ "getrandom", SYS_getrandom, 4, { PAGE, 8, 0 } },
	{ "mmap", SYS_mmap, 0x1c | NEW_MAP, { 0, 4096, PROT_READ, MAP_PRIVATE, FD, 0 } },
	{ "mmap of nothing", SYS_mmap, 0x1c | NEW_MAP,
	  { 0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 } },
	{ "mprotect", SYS_mprotect, 4, { PAGE, 4096, PROT_READ | PROT_WRITE } },
	{ "madvise", SYS_madvise, 4, { PAGE, 4096, MADV_NORMAL } },
	{ "mremap", SYS_mremap, 8, { PAGE, 4096, 4096, 0, 0 } },
	{ "msync", SYS_msync, 4, { PAGE, 4096, MS_ASYNC } },
	{ "mlockall", SYS_mlockall, 1, { 0x40000000 } },
	{ "remap_file_pages", SYS_remap_file_pages, 0x14, { PAGE, 4096, 0, 0, 0 } },
};

static long call(const struct row *r, unsigned long upper)
{
	long a[6], ret;

	for (int i = 0; i < 6; i++) {
		a[i] = r->arg[i] == FD ? fd : r->arg[i] == DIRFD ? dirfd
		     : r->arg[i] == PID ? getpid() : r->arg[i];
		if (upper && (r->ints & 1u << i))
			a[i] = (long)(upper << 32 | (unsigned)a[i]);
	}
	lseek((int)dirfd, 0, SEEK_SET);
	lseek((int)fd, 0, SEEK_SET);
	ret = raw(r->nr, a);
	if ((r->ints & NEW_FD) && ret >= 0)
		ret = close((int)ret);
	if ((r->ints & NEW_MAP) && ret > 0)
		ret = munmap((void *)ret, 4096);
	return ret;
}

static const struct row *row;

TEST(upper_halves)
{
	static const unsigned long upper[] = { 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xffffffc0 };
	long clean = call(row, 0);

	for (unsigned k = 0; k < sizeof(upper) / sizeof(upper[0]); k++)
		CHECK_EQ(call(row, upper[k]), clean);
}

int main(void)
{
	fd = open("argbits.tmp", O_RDWR | O_CREAT | O_TRUNC, 0644);
	dirfd = open("/", O_RDONLY);
	if (fd < 0 || dirfd < 0 || ftruncate((int)fd, 4096) < 0)
		return 1;
	for (row = rows; row < rows + sizeof(rows) / sizeof(rows[0]); row++)
		RUN_AS(row->name, upper_halves);
	unlink("argbits.tmp");
	return test_end();
}
