// SPDX-License-Identifier: MIT
/*
 * fuzz.c - system calls at random.
 * run: harts=8 mem=128M timeout=400 alone args=1000000
 *
 *	fuzz [-s SEED] [-r ROUND] [-v] [CALLS]
 *
 * Each round is a child with a random number sequence of its own, derived from the seed
 * and the round's number, so one round can be repeated alone (-s SEED -r ROUND -v prints
 * every call).  The child makes up to 2000 calls with arguments that are sometimes right,
 * sometimes at the edge, sometimes absurd: bad pointers of every kind, closed descriptors,
 * huge lengths, names that do not exist.  It may kill itself, map over its own stack or
 * sleep for ever: the parent counts its calls in a shared page, ends it after a while, and
 * goes on.
 *
 * What must hold: no call returns an error number that is none; the kernel lives; at the
 * end tasks and memory are back.  Left out: power off, mounting, swap, the alarm, and
 * everything aimed at processes that are not the fuzzer's own.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "raw.h"
#include "syscall_nr.h"

#define ROUND_CALLS 2000
#define ROUND_MS    1500 /* then it is ended from outside, ... */
#define STUCK_MS    30 /* ... or when it has made no call for so long */
#define ERRNO_MAX   133
#define PAGE        4096
/* Far from everything, so that what runs beyond a buffer hits nothing of the fuzzer's. */
#define AREA   ((char *)0x1800000000)
#define SHARED ((void *)0x1000000000)

/* Argument letters: f descriptor, p path, b buffer, s size, a address, n small number,
 * o offset, q offset of a mapping, K ioctl, x anything, d process, i signal, t timespec, v iovec, P PROT_, M MAP_, O O_,
 * C clone flags, F futex word */
static const struct call {
	int nr;
	const char *name, *args;
	unsigned weight;
} calls[] = {
	{ SYS_fork, "fork", "", 2 },
	{ SYS_exit, "exit", "n", 1 },
	{ SYS_wait, "wait", "b", 2 },
	{ SYS_pipe, "pipe", "b", 6 },
	{ SYS_read, "read", "fbs", 30 },
	{ SYS_exec, "exec", "pb", 2 },
	{ SYS_fstat, "fstat", "fb", 10 },
	{ SYS_chdir, "chdir", "p", 6 },
	{ SYS_dup, "dup", "f", 10 },
	{ SYS_getpid, "getpid", "", 1 },
	{ SYS_sbrk, "sbrk", "n", 10 },
	{ SYS_uptime, "uptime", "", 1 },
	{ SYS_open, "open", "pOn", 40 },
	{ SYS_write, "write", "fbs", 30 },
	{ SYS_mknod, "mknod", "pnn", 4 },
	{ SYS_unlink, "unlink", "p", 15 },
	{ SYS_link, "link", "pp", 12 },
	{ SYS_mkdir, "mkdir", "p", 10 },
	{ SYS_close, "close", "f", 25 },
	{ SYS_execve, "execve", "pbb", 2 },
	{ SYS_waitpid, "waitpid", "dbn", 4 },
	{ SYS_tgkill, "tgkill", "ddi", 2 },
	{ SYS_getppid, "getppid", "", 1 },
	{ SYS_sched_yield, "sched_yield", "", 2 },
	{ SYS_nanosleep, "nanosleep", "tb", 3 },
	{ SYS_clone, "clone", "Cbbbb", 2 },
	{ SYS_futex, "futex", "FnntFn", 6 },
	{ SYS_gettid, "gettid", "", 1 },
	{ SYS_sigaction, "sigaction", "ibb", 6 },
	{ SYS_sigprocmask, "sigprocmask", "nbb", 6 },
	{ SYS_sigreturn, "sigreturn", "", 1 },
	{ SYS_sendsig, "sendsig", "di", 2 },
	{ SYS_getpgid, "getpgid", "d", 2 },
	{ SYS_clock_gettime, "clock_gettime", "nb", 4 },
	{ SYS_times, "times", "b", 3 },
	{ SYS_getrlimit, "getrlimit", "nb", 3 },
	{ SYS_sysinfo, "sysinfo", "b", 3 },
	{ SYS_set_tid_address, "set_tid_address", "b", 2 },
	{ SYS_sigpending, "sigpending", "b", 3 },
	{ SYS_getpriority, "getpriority", "d", 2 },
	{ SYS_setpriority, "setpriority", "dn", 2 },
	{ SYS_sched_getcpu, "sched_getcpu", "", 1 },
	{ SYS_sched_setaffinity, "sched_setaffinity", "dx", 2 },
	{ SYS_vfork, "vfork", "", 1 },
	{ SYS_getrandom, "getrandom", "bsn", 4 },
	{ SYS_uname, "uname", "b", 3 },
	{ SYS_mmap, "mmap", "asPMfq", 40 },
	{ SYS_munmap, "munmap", "as", 20 },
	{ SYS_mprotect, "mprotect", "asP", 20 },
	{ SYS_madvise, "madvise", "asn", 12 },
	{ SYS_mlock, "mlock", "as", 6 },
	{ SYS_munlock, "munlock", "as", 6 },
	{ SYS_mlockall, "mlockall", "n", 1 },
	{ SYS_munlockall, "munlockall", "", 1 },
	{ SYS_mremap, "mremap", "assna", 15 },
	{ SYS_msync, "msync", "asn", 6 },
	{ SYS_mincore, "mincore", "asb", 6 },
	{ SYS_brk, "brk", "a", 4 },
	{ SYS_remap_file_pages, "remap_file_pages", "asnnn", 4 },
	{ SYS_lseek, "lseek", "fon", 12 },
	{ SYS_ftruncate, "ftruncate", "fo", 10 },
	{ SYS_truncate, "truncate", "po", 6 },
	{ SYS_pread, "pread", "fbso", 15 },
	{ SYS_pwrite, "pwrite", "fbso", 15 },
	{ SYS_fsync, "fsync", "f", 1 },
	{ SYS_fdatasync, "fdatasync", "f", 1 },
	{ SYS_rename, "rename", "pp", 12 },
	{ SYS_dup2, "dup2", "ff", 10 },
	{ SYS_getdents, "getdents", "fbs", 10 },
	{ SYS_stat, "stat", "pb", 12 },
	{ SYS_fstat2, "fstat2", "fb", 10 },
	{ SYS_getcwd, "getcwd", "bs", 6 },
	{ SYS_rmdir, "rmdir", "p", 10 },
	{ SYS_ioctl, "ioctl", "fKb", 6 },
	{ SYS_fcntl, "fcntl", "fnx", 10 },
	{ SYS_pipe2, "pipe2", "bO", 6 },
	{ SYS_poll, "poll", "bnn", 6 },
	{ SYS_statfs, "statfs", "pb", 6 },
	{ SYS_access, "access", "pn", 8 },
	{ SYS_readv, "readv", "fvn", 10 },
	{ SYS_writev, "writev", "fvn", 10 },
	{ SYS_mkdir2, "mkdir2", "pn", 8 },
	{ SYS_utimens, "utimens", "pb", 6 },
	{ SYS_memfd_create, "memfd_create", "pn", 5 },
	{ 0, "number 0", "xxx", 1 },
	{ 200, "number 200", "xxx", 1 },
	{ 100000, "number 100000", "xxx", 1 },
	{ -1, "number -1", "xxx", 1 },
};
#define NR_CALLS (sizeof(calls) / sizeof(calls[0]))

/* In a page that all rounds share. */
static volatile struct shared {
	unsigned long calls, bad, bad_ret, made;
	int bad_call;
	unsigned long per_call[NR_CALLS], good[NR_CALLS];
} * shared;

static uint64_t state;
static bool verbose;
static char *area; /* 8 pages: rw, rw, r, none, rw, (hole), file beyond its end */
static pid_t root_pid;

static uint64_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1dUL >> 11;
}

static unsigned below(unsigned n)
{
	return (unsigned)(rnd() % n);
}

/* --- arguments --- */

static long bad_pointer(void)
{
	static const unsigned long bad[] = {
		0,
		1,
		8,
		PAGE - 1,
		PAGE,
		0x3fffffffff,
		0x3ffffffff8,
		0x4000000000,
		0x3ffffff000,
		0x7fffffffffff,
		0x8000000000000000,
		0xffffffc000000000,
		0xffffffc080200000,
		0xffffffe000000000,
		0xffffffe000001ffc,
		0xfffffff000000000,
		0xfffffff800000000,
		0xffffffff80000000,
		0xffffffff80200000,
		0xfffffffffffff000,
		0xfffffffffffffff8,
		0xffffffffffffffff,
		0xffffffbfffffffff,
		0xdeadbeefdeadbeef,
	};

	return (long)(bad[below(sizeof(bad) / sizeof(*bad))] + (below(4) ? 0 : below(64)));
}

static long buffer(void)
{
	switch (below(10)) {
	case 0:
	case 1:
		return bad_pointer();
	case 2:
		return (long)area + 2 * PAGE - (long)below(40); /* into the read-only page */
	case 3:
		return (long)area + 3 * PAGE - (long)below(40); /* into PROT_NONE */
	case 4:
		return (long)area + 5 * PAGE - (long)below(600); /* into the hole */
	case 5:
		return (long)area + 6 * PAGE + (long)below(PAGE); /* beyond the file: SIGBUS */
	case 6:
		return (long)raw + (long)below(64); /* text */
	default:
		return (long)area + (long)below(2 * PAGE) / 8 * 8;
	}
}

/* The tests that come after us need these: they are looked at, never changed. */
static const char *const readonly[] = {
	"/proc/self/maps", "/proc/self/status",
	"/proc/meminfo",   "/dev/zero",
	"/dev/null",       "/dev/full",
	"/dev/random",     "/",
	"/proc",           "/dev",
	"/bin/true",       "/proc/self",
	"/proc/1/stat",    "/README",
};

static bool is_readonly(long p)
{
	for (unsigned i = 0; i < sizeof(readonly) / sizeof(*readonly); i++)
		if (p == (long)readonly[i])
			return true;
	return false;
}

static long path(void)
{
	static const char *const names[] = {
		"a",
		"b",
		"c",
		"d",
		"dir",
		"dir/a",
		"dir/b",
		"dir/sub",
		"dir/sub/x",
		"dir/..",
		".",
		"./a",
		"",
		"a/b",
		"//",
		"nonexistent/a",
		"dir/",
		"a/",
		"/tmp/fuzz.x",
		"/tmp/fuzz.d",
		"/tmp/fuzz.d/y",
		"long-long-long-long-long-long-long-long-long-long-long-long-name-of-more-than-59",
	};
	unsigned k = below(20);
	static char text[4][1504];
	static unsigned turn;
	char *p = text[turn++ % 4];

	if (k < 2)
		return bad_pointer();
	if (k == 2) /* a string that runs into a hole */
		return (long)area + 5 * PAGE - 8;
	if (k == 3) {
		memset(p, 'x', 1500);
		p[900 + below(400)] = '\0';
		return (long)p;
	}
	if (k == 4)
		return (long)readonly[below(sizeof(readonly) / sizeof(*readonly))];
	strcpy(p, names[below(sizeof(names) / sizeof(*names))]);
	return (long)p;
}

static long size(void)
{
	switch (below(8)) {
	case 0:
		return 0;
	case 1:
		return (long)below(16);
	case 2:
		return (long)below(1 << 20);
	case 3:
		return (long)(rnd() >> below(60));
	case 4:
		return -(long)below(5000);
	default:
		return (long)below(9000);
	}
}

static long address(void)
{
	switch (below(6)) {
	case 0:
		return 0;
	case 1:
		return bad_pointer();
	case 2:
		return (long)area + (long)below(8 * PAGE);
	case 3:
		return 0x2000000000 + (long)below(64) * PAGE;
	default:
		return ((long)area & ~(PAGE - 1L)) + (long)below(8) * PAGE;
	}
}

static long argument(char letter)
{
	static const int prots[] = { 0, 1, 2, 3, 5, 7, 4, 0x01000003, -1 };
	static const unsigned opens[] = { O_RDONLY,          O_RDWR | O_CREAT,          O_WRONLY,
		                          O_RDWR | O_TRUNC,  O_RDWR | O_CREAT | O_EXCL, O_DIRECTORY,
		                          O_APPEND | O_RDWR, O_NONBLOCK | O_RDWR,       O_CLOEXEC,
		                          0xffffffff };
	static const unsigned ioctls[] = { 0x5401, 0x5402, 0x540e, 0x540f,
		                           0x5410, 0x5413, 0x541b, 0x80081272 };
	static struct timespec ts;
	static long v[8];

	switch (letter) {
	case 'K':
		return below(3) ? (long)ioctls[below(8)] : (long)rnd();
	case 'q':
		return below(3) ? 0 : below(3) ? (long)below(20) * PAGE : argument('o');
	case 'f':
		return below(12) == 0 ? (long)rnd() : below(8) == 0 ? -1 : (long)below(24);
	case 'p':
		return path();
	case 'b':
		return buffer();
	case 's':
		return size();
	case 'a':
		return address();
	case 'n':
		return below(4) == 0 ? (long)(int)rnd()
		       : below(3)    ? (long)below(8)
		                     : -(long)below(5);
	case 'o':
		return below(3) == 0 ? (long)(rnd() >> below(63))
		       : below(2)    ? size()
		                     : (long)below(100000);
	case 'd':
		return below(3) == 0   ? root_pid
		       : below(3) == 0 ? 0x3fffffff
		       : below(2)      ? 77777777
		                       : -77777777;
	case 'i':
		return below(4) == 0 ? (long)(int)rnd() : (long)below(34);
	case 'P':
		return prots[below(9)];
	case 'M':
		return below(20) == 0 ? (long)rnd() & ~(long)MAP_POPULATE
		                      : (long)((below(2) ? MAP_PRIVATE : MAP_SHARED) |
		                               (below(3) ? MAP_ANONYMOUS : 0) |
		                               (below(5) == 0 ? MAP_FIXED : 0) |
		                               (below(8) == 0 ? MAP_GROWSDOWN : 0) |
		                               (below(8) == 0 ? MAP_NORESERVE : 0) |
		                               (below(8) == 0 ? MAP_FIXED_NOREPLACE : 0));
	case 'O':
		return opens[below(10)];
	case 'C':
		return below(3) == 0 ? (long)(rnd() & ~(long)CLONE_VFORK) : SIGCHLD;
	case 'F':
		return below(3) ? (long)area + 64 : buffer();
	case 't':
		if (below(4) == 0)
			return buffer();
		ts.tv_sec = below(10) == 0 ? (long)rnd() : 0;
		ts.tv_nsec = below(10) == 0 ? (long)rnd() : (long)below(1000000);
		return (long)&ts;
	case 'v':
		if (below(4) == 0)
			return buffer();
		for (int i = 0; i < 8; i += 2) {
			v[i] = buffer();
			v[i + 1] = below(10) ? (long)below(5000) : size();
		}
		return (long)v;
	}
	return (long)(rnd() >> below(64));
}

/* --- a round --- */

/* The pages that the bad pointers point between. false: they are not there any more. */
static bool make_area(int fd)
{
	char *p = mmap(AREA, 8 * PAGE, PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (p == MAP_FAILED)
		return false;
	area = p;
	memset(p + 5 * PAGE - 8, 'z', 8);
	mprotect(p + 2 * PAGE, PAGE, PROT_READ);
	mprotect(p + 3 * PAGE, PAGE, PROT_NONE);
	munmap(p + 5 * PAGE, PAGE);
	if (fd >= 0)
		mmap(p + 6 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	return true;
}

static void quiet(void)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3 && !verbose; fd++)
		dup2(null, fd);
}

static void go_on(int sig)
{
	(void)sig;
}

static void victim(unsigned max)
{
	unsigned total = 0;
	int fd, p[2], depth = 0;
	struct rlimit lim = { 96UL << 20, 96UL << 20 };

	setpgid(0, 0);
	quiet();
	setrlimit(RLIMIT_AS, &lim);
	lim.rlim_cur = lim.rlim_max = 4UL << 20;
	setrlimit(RLIMIT_MEMLOCK, &lim);
	signal(SIGUSR1, go_on);
	signal(SIGPIPE, SIG_IGN);
	fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (!make_area(fd))
		_exit(0);
	open("dir", O_RDONLY);
	if (pipe2(p, O_NONBLOCK) == 0)
		(void)p;
	for (unsigned i = 0; i < NR_CALLS; i++)
		total += calls[i].weight;
	root_pid = getpid();
	for (unsigned n = 0; n < max; n++) {
		const struct call *c = calls;
		unsigned w = below(total);
		long a[6] = { 0 }, r;

		for (; w >= c->weight; c++)
			w -= c->weight;
		if (depth >= 2 && (c->nr == SYS_fork || c->nr == SYS_vfork || c->nr == SYS_clone))
			continue;
		if (below(64) == 0)
			make_area(fd);
		for (int i = 0; c->args[i]; i++)
			a[i] = argument(c->args[i]);
		for (int i = (int)strlen(c->args); i < 6; i++)
			a[i] = (long)rnd();
		if (c->nr == SYS_clone && (a[0] & CLONE_VM))
			a[1] = 0; /* a second task on our stack: sure death, and soon */
		if (c->args[0] == 'a' && below(32) && (unsigned long)a[1] > 1 << 20)
			a[0] = (long)AREA; /* else the whole program goes, and soon */
		if (c->nr == SYS_sigaction && below(2))
			a[0] = SIGUSR1;
		if (is_readonly(a[0]) || is_readonly(a[1]))
			switch (c->nr) {
			case SYS_open:
				a[1] &= O_CLOEXEC | O_DIRECTORY | O_NONBLOCK;
				break;
			case SYS_unlink:
			case SYS_rmdir:
			case SYS_rename:
			case SYS_link:
			case SYS_truncate:
			case SYS_utimens:
				a[0] = a[1] = (long)"a";
			}
		if (c->nr == SYS_mknod && a[1] == 1)
			a[1] = 2; /* no consoles: they would talk into the output */
		if (c->nr == SYS_setpriority)
			a[1] &= 7; /* not ahead of the one who watches */
		if (verbose)
			printf("%d: %s(0x%lx, 0x%lx, 0x%lx, 0x%lx, 0x%lx, 0x%lx)\n", (int)getpid(),
			       c->name, a[0], a[1], a[2], a[3], a[4], a[5]);
		if (verbose)
			fflush(stdout);
		__atomic_fetch_add(&shared->calls, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&shared->per_call[c - calls], 1, __ATOMIC_RELAXED);
		r = raw(c->nr, a);
		if (verbose) {
			printf("%d:   = %ld\n", (int)getpid(), r);
			fflush(stdout);
		}
		if (r >= 0)
			__atomic_fetch_add(&shared->good[c - calls], 1, __ATOMIC_RELAXED);
		else if (r < -ERRNO_MAX && r > -4096) {
			shared->bad_call = c->nr;
			shared->bad_ret = (unsigned long)r;
			__atomic_fetch_add(&shared->bad, 1, __ATOMIC_RELAXED);
		}
		if (r == 0 && (c->nr == SYS_fork || c->nr == SYS_vfork || c->nr == SYS_clone)) {
			depth++;
			max = n + below(30);
			state += 0x9e3779b97f4a7c15UL * (uint64_t)getpid();
		}
	}
	_exit(0);
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void round_of(unsigned long seed, unsigned long nr)
{
	long start = now_ms(), moved = start;
	unsigned long seen = 0;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		state = (seed + nr * 0x9e3779b97f4a7c15UL) | 1;
		for (int i = 0; i < 8; i++)
			rnd();
		victim(ROUND_CALLS);
	}
	if (pid < 0) {
		usleep(10000);
		return;
	}
	setpgid(pid, pid);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (shared->calls != seen) {
			seen = shared->calls;
			moved = now_ms();
		}
		if (now_ms() - start > ROUND_MS || now_ms() - moved > STUCK_MS) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			break;
		}
		usleep(1000);
	}
	kill(-pid, SIGKILL); /* its children */
}

static unsigned tasks(void)
{
	struct sysinfo si;

	sysinfo(&si);
	return si.procs;
}

/* Free or to be had at once, in KiB. */
static long memory(void)
{
	char line[128];
	long sum = 0, v;
	FILE *f = fopen("/proc/meminfo", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemFree: %ld", &v) == 1 || sscanf(line, "Cached: %ld", &v) == 1 ||
		    sscanf(line, "Buffers: %ld", &v) == 1 ||
		    sscanf(line, "SReclaimable: %ld", &v) == 1)
			sum += v;
	if (f)
		fclose(f);
	return sum;
}

static int report(bool ok, const char *name)
{
	printf("%s %s\n", ok ? "ok" : "FAIL", name);
	return !ok;
}

int main(int argc, char **argv)
{
	unsigned long seed = 0, only = 0, want = 20000;
	unsigned before, after = 0;
	bool one = false;
	long mem;
	int c, failed = 0;

	while ((c = getopt(argc, argv, "s:r:v")) != -1)
		switch (c) {
		case 's':
			seed = strtoul(optarg, NULL, 0);
			break;
		case 'r':
			only = strtoul(optarg, NULL, 0);
			one = true;
			break;
		case 'v':
			verbose = true;
			break;
		default:
			return 2;
		}
	if (optind < argc)
		want = strtoul(argv[optind], NULL, 0);
	if (seed == 0)
		getrandom(&seed, sizeof(seed), 0);
	seed &= 0xffffffffffff;
	printf("fuzz: seed %lu\n", seed);
	mkdir("/tmp/fuzz", 0755);
	if (chdir("/tmp/fuzz") < 0 || (mkdir("dir", 0755) < 0 && access("dir", F_OK) < 0)) {
		perror("fuzz: /tmp/fuzz");
		return 1;
	}
	shared = mmap(SHARED, sizeof(*shared), PROT_READ | PROT_WRITE,
	              MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (shared == MAP_FAILED) {
		perror("fuzz: mmap");
		return 1;
	}
	before = tasks();
	mem = memory();
	for (unsigned long r = one ? only : 0; shared->calls < want; r++) {
		round_of(seed, r);
		shared->made++;
		if (r % 64 == 0) { /* half of the rounds work on the disk */
			system("rm -rf /tmp/fuzz/* /tmp/fuzz.x /tmp/fuzz.d /fuzz-dir/*");
			mkdir("/fuzz-dir", 0755);
			if (chdir(r % 128 ? "/fuzz-dir" : "/tmp/fuzz") == 0)
				mkdir("dir", 0755);
		}
		if (one)
			break;
	}
	if (chdir("/") == 0)
		system("rm -rf /tmp/fuzz /tmp/fuzz.x /tmp/fuzz.d /fuzz-dir /a /b /c /d /f /dir; "
		       "rm -rf /dev/a /dev/b /dev/c /dev/d /dev/dir 2>/dev/null");
	for (int i = 0; i < 300 && (after = tasks()) > before; i++)
		usleep(10000);
	printf("fuzz: %lu calls in %lu rounds\n", shared->calls, shared->made);
	if (verbose || argc > 2)
		for (unsigned i = 0; i < NR_CALLS; i++)
			printf("  %-20s %8lu calls, %8lu succeeded\n", calls[i].name,
			       shared->per_call[i], shared->good[i]);
	if (shared->bad)
		printf("fuzz: call %d returned %ld\n", shared->bad_call, (long)shared->bad_ret);
	failed += report(shared->bad == 0, "every error number is one");
	if (after > before)
		printf("fuzz: %u tasks before, %u after\n", before, after);
	failed += report(after <= before, "no task is left");
	usleep(200000);
	printf("fuzz: memory %ld KiB before, %ld after\n", mem, memory());
	failed += report(one || mem - memory() < 4096, "no memory is lost");
	if (failed)
		printf("fuzz: again with -s %lu\n", seed);
	return failed != 0;
}
