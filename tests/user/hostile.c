// SPDX-License-Identifier: MIT
/*
 * hostile.c - programs that mean harm.
 * run: harts=8 mem=128M timeout=240
 *
 * Each row is an attack that has worked once: it brought the kernel down, made a process
 * that could not be killed, lost a signal or a wake-up, or changed a register.
 */
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <thread.h>
#include <time.h>
#include "raw.h"
#include "rows.h"
#include "syscall_nr.h"

#define MIB (1UL << 20)
#define GIB (1UL << 30)

static unsigned long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long)t.tv_sec * 1000 + (unsigned long)t.tv_nsec / 1000000;
}

/* --- the one timer of a process, set by all of its threads --- */

static volatile bool enough;

static void *set_alarms(void *arg)
{
	while (!enough) {
		alarm(1);
		alarm(0);
	}
	return arg;
}

static void alarms_by_threads(void)
{
	thread_t t[4];

	signal(SIGALRM, SIG_IGN);
	for (int i = 0; i < 4; i++)
		FAIL_IF(thread_create(&t[i], set_alarms, NULL) != 0);
	usleep(300000);
	enough = true;
	for (int i = 0; i < 4; i++)
		FAIL_IF(thread_join(t[i], NULL) != 0);
	alarm(1000);
	FAIL_IF(alarm(0) != 1000);
}

/* --- SIGCONT after SIGSTOP: the process goes on, however far the stop has got --- */

static volatile unsigned long *counter;

static void continue_is_not_lost(void)
{
	unsigned long was, end, last = now_ms() + 3000;
	pid_t pid;

	counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	FAIL_IF(counter == MAP_FAILED);
	pid = fork();
	FAIL_IF(pid < 0);
	if (pid == 0)
		for (;;)
			++*counter;
	for (int i = 0; i < 600 && now_ms() < last; i++) {
		for (int k = 0; k < 10; k++) {
			kill(pid, SIGSTOP);
			for (volatile int wait = i * 7 % 500; wait > 0; wait--)
				;
			kill(pid, SIGCONT);
		}
		was = *counter;
		for (end = now_ms() + 3000; *counter == was && now_ms() < end; sched_yield())
			;
		if (*counter == was)
			kill(pid, SIGKILL);
		FAIL_IF(*counter == was);
	}
	kill(pid, SIGKILL);
	FAIL_IF(waitpid(pid, NULL, 0) != pid);
}

/* --- waking one and moving all others, as a condition variable's broadcast does --- */

static int words[2], waiting;

static void *wait_on_word(void *arg)
{
	const long a[6] = { (long)&words[0], 0, 0 };

	__atomic_fetch_add(&waiting, 1, __ATOMIC_RELAXED);
	raw(SYS_futex, a);
	return arg;
}

static void requeue_all(void)
{
	const long requeue[6] = { (long)&words[0], 3, 1, 0x7fffffff, (long)&words[1] };
	const long wake_all[6] = { (long)&words[1], 1, 0x7fffffff };
	thread_t t[5];

	for (int i = 0; i < 5; i++)
		FAIL_IF(thread_create(&t[i], wait_on_word, NULL) != 0);
	while (__atomic_load_n(&waiting, __ATOMIC_RELAXED) < 5)
		usleep(1000);
	usleep(300000);
	FAIL_IF(raw(SYS_futex, requeue) != 5);
	FAIL_IF(raw(SYS_futex, wake_all) != 4);
	for (int i = 0; i < 5; i++)
		FAIL_IF(thread_join(t[i], NULL) != 0);
}

/* --- calls that take for ever --- */

/* The child that makes the call ends soon after SIGKILL. */
static void must_die(void (*fn)(void))
{
	unsigned long start;
	int status;
	pid_t pid = fork();

	FAIL_IF(pid < 0);
	if (pid == 0) {
		fn();
		_exit(1);
	}
	usleep(100000);
	start = now_ms();
	kill(pid, SIGKILL);
	FAIL_IF(waitpid(pid, &status, 0) != pid);
	FAIL_IF(status != SIGKILL);
	FAIL_IF(now_ms() - start > 1000);
}

static void read_a_void(void)
{
	static struct iovec v[1024];
	int fd = memfd_create("void", 0);
	char *buf = mmap(NULL, 16 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	FAIL_IF(fd < 0 || buf == MAP_FAILED || ftruncate(fd, 1L << 40) != 0);
	for (int i = 0; i < 1024; i++)
		v[i] = (struct iovec){ buf, 16 * MIB };
	readv(fd, v, 1024);
}

static void populate_nothing(void)
{
	mmap(NULL, 250 * GIB, PROT_NONE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_POPULATE, -1, 0);
}

static void long_read_can_be_killed(void)
{
	must_die(read_a_void);
}

static void long_populate_can_be_killed(void)
{
	must_die(populate_nothing);
}

/* --- all allocations fail, and so does the one that would end it --- */

static void injection_can_be_ended(void)
{
	static const char all[] = "slab probability=100";
	int fd = open("/proc/fault-inject", O_RDWR), off = -1;

	FAIL_IF(fd < 0);
	FAIL_IF(write(fd, all, sizeof(all) - 1) != sizeof(all) - 1);
	for (int i = 0; i < 10 && off != 3; i++)
		off = (int)write(fd, "off", 3);
	FAIL_IF(off != 3);
}

/* --- floating-point registers, and a switch in the middle of sigreturn --- */

static void spoil(int sig)
{
	(void)sig;
	__asm__ volatile("fcvt.d.l fs0, %0\n\tfcvt.d.l fs11, %0" : : "r"(-1L));
}

/* Wakes so often that the others of its hart are interrupted everywhere. */
static void disturb(void)
{
	struct timespec t = { 0, 20000 };

	for (;;)
		nanosleep(&t, NULL);
}

static void registers_survive_preemption(void)
{
	pid_t me = getpid(), pid = fork();
	unsigned long end;

	FAIL_IF(pid < 0);
	if (pid == 0) {
		sched_setaffinity(0, 1);
		disturb();
	}
	setpriority(pid, -20);
	sched_setaffinity(0, 1);
	signal(SIGUSR1, spoil);
	for (end = now_ms() + 4000; now_ms() < end;) {
		const long a[6] = { me, SIGUSR1 };
		long x, y;

		for (long i = 0; i < 50; i++) {
			register long a0 __asm__("a0") = a[0], a1 __asm__("a1") = a[1];
			register long a7 __asm__("a7") = SYS_sendsig;

			__asm__ volatile("fcvt.d.l fs0, %4\n\tfcvt.d.l fs11, %4\n\tecall\n\t"
			                 "fcvt.l.d %1, fs0\n\tfcvt.l.d %2, fs11"
			                 : "+r"(a0), "=&r"(x), "=&r"(y)
			                 : "r"(a1), "r"(i), "r"(a7) : "memory");
			if (x != i || y != i)
				kill(pid, SIGKILL);
			FAIL_IF(x != i || y != i);
		}
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* --- memory taken and held, of kinds that nobody would be killed for --- */

static char block[65536];

static void fill(int fd)
{
	while (write(fd, block, sizeof(block)) > 0)
		;
}

static void hold_files(void)
{
	int fd = memfd_create("hog", 0);

	fill(fd);
}

static void hold_pipes(void)
{
	int p[2];

	while (pipe2(p, O_NONBLOCK) == 0)
		fill(p[1]);
}

static void hold_texts(void)
{
	for (int i = 0; i < 50000; i++)
		if (mmap(NULL, 4096, i % 2 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		         0) == MAP_FAILED)
			break;
	while (open("/proc/self/maps", O_RDONLY) >= 0)
		;
}

static void hold_populated(void)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_POPULATE;
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	unsigned char there;
	char *p;

	setrlimit(RLIMIT_MEMLOCK, &all);
	mlockall(MCL_CURRENT);			/* nothing of its own can be taken away */
	for (;;) {
		p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
		if (p == MAP_FAILED || mincore(p, 4096, &there) != 0 || !(there & 1))
			break;
	}
}

/* The same with a file's pages, which look as if they could be dropped. */
static void hold_locked_file(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	unsigned long size = sysconf(_SC_PHYS_PAGES) * 4096UL;
	int fd = open("/hostile.sparse", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *p;

	setrlimit(RLIMIT_MEMLOCK, &all);
	if (fd < 0 || ftruncate(fd, (off_t)size) != 0 || unlink("/hostile.sparse") != 0)
		_exit(1);
	mlockall(MCL_CURRENT);
	p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	for (unsigned long at = 0; at < size && mlock(p + at, 65536) == 0; at += 65536)
		;
}

/* While a child holds all it can get others can start and run. */
static void hold(void (*fn)(void))
{
	char *const argv[] = { "true", NULL };
	pid_t hog, pid;
	int status;

	hog = fork();
	FAIL_IF(hog < 0);
	if (hog == 0) {
		struct rlimit many = { 20000, 20000 };

		setrlimit(RLIMIT_NOFILE, &many);
		fn();
		for (;;)
			raise(SIGSTOP);
	}
	/* It was told "no more", and lives. */
	FAIL_IF(waitpid(hog, &status, WUNTRACED) != hog || !WIFSTOPPED(status));
	for (int i = 0; i < 5; i++) {
		pid = fork();
		if (pid < 0)
			kill(hog, SIGKILL);
		FAIL_IF(pid < 0);
		if (pid == 0) {
			execv("/bin/true", argv);
			_exit(9);
		}
		FAIL_IF(waitpid(pid, &status, 0) != pid);
		if (status != 0)
			kill(hog, SIGKILL);
		FAIL_IF(status != 0);
	}
	kill(hog, SIGKILL);
	waitpid(hog, NULL, 0);
}

static void hogs_leave_room(void)
{
	hold(hold_files);
	hold(hold_pipes);
	hold(hold_texts);
	hold(hold_populated);
	hold(hold_locked_file);
}

/* What is in /tmp stays when the program that made it has gone. */
static void names_have_a_limit(void)
{
	char name[64];
	int n = 0, fd, err;

	FAIL_IF(mkdir("/tmp/names", 0755) != 0 || chdir("/tmp/names") != 0);
	for (;; n++) {
		snprintf(name, sizeof(name), "%d", n);
		fd = open(name, O_RDWR | O_CREAT, 0644);
		if (fd < 0 || n > 100000)
			break;
		close(fd);
	}
	err = errno;
	while (n-- > 0) {
		snprintf(name, sizeof(name), "%d", n);
		unlink(name);
	}
	FAIL_IF(fd >= 0 || err != ENOSPC);
	FAIL_IF(chdir("/") != 0 || rmdir("/tmp/names") != 0);
}

/* --- what is mounted on a removed directory could not be unmounted --- */

static void no_mount_on_the_removed(void)
{
	FAIL_IF(mkdir("/tmp/gone", 0755) != 0 || chdir("/tmp/gone") != 0 || rmdir("/tmp/gone") != 0);
	FAILS_WITH(mount("none", ".", "tmpfs", 0), ENOENT);
	FAIL_IF(chdir("/") != 0);
}

static const struct row rows[] = {
	{ "alarms_by_threads", alarms_by_threads },
	{ "continue_is_not_lost", continue_is_not_lost },
	{ "requeue_all", requeue_all },
	{ "long_read_can_be_killed", long_read_can_be_killed },
	{ "long_populate_can_be_killed", long_populate_can_be_killed },
	{ "injection_can_be_ended", injection_can_be_ended },
	{ "registers_survive_preemption", registers_survive_preemption },
	{ "hogs_leave_room", hogs_leave_room },
	{ "names_have_a_limit", names_have_a_limit },
	{ "no_mount_on_the_removed", no_mount_on_the_removed },
};

int main(int argc, char **argv)
{
	return RUN_ROWS(rows, argc, argv);
}
