// SPDX-License-Identifier: MIT
/* posix.c - what programs written for POSIX rely on, where Pagoda's own calls say less. */
// run: alone
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/time.h>
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
	pid_t pid = fork();

	FAIL_IF(pid < 0);
	if (pid == 0)
		_exit(getrlimit(RLIMIT_NOFILE, &now) != 0 || now.rlim_cur != 500 ||
		      now.rlim_max != 500);
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
	FAIL_IF(pid < 0);
	if (pid == 0) {
		write(fd, text, 1);
		_exit(0);
	}
	FAIL_IF(waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status));
	FAIL_IF(WTERMSIG(status) != SIGXFSZ);
	unlink(F);
}

static unsigned long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long)t.tv_sec * 1000 + (unsigned long)t.tv_nsec / 1000000;
}

/* Who waits for the position of a file, while another reads it, can be killed. */
static void a_waiter_for_the_position_dies(void)
{
	size_t part = 8 << 20;
	char *b = malloc(part);
	struct iovec *v = calloc(1024, sizeof(*v));
	int fd = open(F, O_CREAT | O_TRUNC | O_RDWR, 0644);
	unsigned long start, call;
	bool in_the_middle = false;
	pid_t reader, waiter;

	FAIL_IF(!b || !v || fd < 0 || ftruncate(fd, 1L << 40) != 0);
	for (int i = 0; i < 1024; i++)
		v[i] = (struct iovec){ b, part };
	start = now_ms();
	FAIL_IF(readv(fd, v, 1024) <= 0);
	call = now_ms() - start;		/* a second or more */
	reader = fork();
	FAIL_IF(reader < 0);
	if (reader == 0)
		for (;;)
			lseek(fd, 0, SEEK_SET), readv(fd, v, 1024);
	/* Long before the reader's call ends; that may just be the case, so more than once. */
	for (int i = 0; i < 5 && !in_the_middle; i++) {
		usleep(50000);			/* the reader has the position */
		waiter = fork();
		if (waiter == 0)
			for (;;)
				lseek(fd, 0, SEEK_CUR);
		usleep(50000);
		start = now_ms();
		if (waiter < 0 || kill(waiter, SIGKILL) != 0 || waitpid(waiter, NULL, 0) != waiter)
			break;
		in_the_middle = now_ms() - start < call / 4;
	}
	kill(reader, SIGKILL);
	FAIL_IF(waitpid(reader, NULL, 0) != reader);
	unlink(F);
	FAIL_IF(!in_the_middle);
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

/* --- descriptors and names --- */

static void duplicates(void)
{
	int p[2], fd;

	FAIL_IF(pipe(p) != 0 || dup3(p[0], 30, O_CLOEXEC) != 30 || fcntl(30, F_GETFD) != FD_CLOEXEC);
	FAIL_IF(dup3(p[0], 30, 0) != 30 || fcntl(30, F_GETFD) != 0);
	FAILS_WITH(dup3(30, 30, 0), EINVAL);
	FAILS_WITH(dup3(p[0], 31, O_APPEND), EINVAL);
	FAILS_WITH(dup3(99, 31, 0), EBADF);
	FAILS_WITH(dup3(p[0], -1, 0), EBADF);
	fd = fcntl(p[0], F_DUPFD_CLOEXEC, 40);
	FAIL_IF(fd != 40 || fcntl(fd, F_GETFD) != FD_CLOEXEC);
	fd = fcntl(p[0], F_DUPFD, 40);
	FAIL_IF(fd != 41 || fcntl(fd, F_GETFD) != 0);
	FAIL_IF(open("/dev/null", O_RDONLY | O_NOCTTY | O_NOFOLLOW) < 0);
}

static void names_from_the_current_directory(void)
{
	struct stat st;
	char cwd[64];
	int fd, dir;

	FAIL_IF(mkdir(D, 0755) != 0 || chdir(D) != 0 || mkdirat(AT_FDCWD, "s", 0755) != 0);
	fd = openat(AT_FDCWD, "a", O_CREAT | O_WRONLY, 0644);
	FAIL_IF(fd < 0 || write(fd, "abc", 3) != 3);
	FAIL_IF(fstatat(AT_FDCWD, "a", &st, AT_SYMLINK_NOFOLLOW) != 0 || st.st_size != 3);
	FAIL_IF(fstatat(99, D "/a", &st, 0) != 0 || st.st_size != 3); /* 99 is not looked at */
	FAILS_WITH(fstatat(99, "a", &st, 0), EBADF);
	FAILS_WITH(unlinkat(AT_FDCWD, "s", 0), EISDIR);
	FAILS_WITH(unlinkat(AT_FDCWD, "a", AT_REMOVEDIR), ENOTDIR);

	dir = open("s", O_RDONLY | O_DIRECTORY);
	FAIL_IF(dir < 0 || chdir("/") != 0 || fchdir(dir) != 0);
	FAIL_IF(!getcwd(cwd, sizeof(cwd)) || strcmp(cwd, D "/s") != 0 || access("../a", F_OK) != 0);
	FAILS_WITH(fchdir(fd), ENOTDIR);
	FAILS_WITH(fchdir(99), EBADF);
	FAIL_IF(chdir("..") != 0 || unlinkat(AT_FDCWD, "s", AT_REMOVEDIR) != 0);
	FAIL_IF(unlinkat(AT_FDCWD, "a", 0) != 0 || chdir("/") != 0 || rmdir(D) != 0);
}

static int no_dots(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void directories_as_arrays(void)
{
	char name[] = D "XXXXXX", path[80];
	struct dirent **list;
	struct stat st;
	int n;

	FAIL_IF(mkdtemp(name) != name || stat(name, &st) != 0 || !S_ISDIR(st.st_mode));
	FAIL_IF((st.st_mode & 0777) != 0700);
	for (int i = 39; i >= 0; i--) {
		snprintf(path, sizeof(path), "%s/%02d", name, i * 7 % 40);
		close(creat(path, 0600));
	}
	n = scandir(name, &list, no_dots, alphasort);
	FAIL_IF(n != 40);
	for (int i = 0; i < 40; i++) {
		snprintf(path, sizeof(path), "%s/%s", name, list[i]->d_name);
		FAIL_IF(atoi(list[i]->d_name) != i || unlink(path) != 0);
		free(list[i]);
	}
	free(list);
	FAIL_IF(rmdir(name) != 0);
	FAILS_WITH(scandir(name, &list, NULL, NULL), ENOENT);
}

static void texts(void)
{
	char b[8] = "zzzzzzz", small[4];

	FAIL_IF(stpncpy(b, "ab", 5) != b + 2 || memcmp(b, "ab\0\0\0zz", 8) != 0);
	FAIL_IF(stpncpy(b, "abcdef", 3) != b + 3 || memcmp(b, "abc\0\0zz", 8) != 0);
	FAIL_IF(strerror_r(ENOENT, small, sizeof(small)) != ERANGE || strcmp(small, "No ") != 0);
	char text[64];
	FAIL_IF(strerror_r(ENOENT, text, sizeof(text)) != 0 || strcmp(text, strerror(ENOENT)) != 0);
	FAIL_IF(strerror_r(4000, text, sizeof(text)) != EINVAL);
	FAIL_IF(!freopen(F, "w", stderr));
	psignal(SIGINT, "here");
	psignal(SIGINT, NULL);
	fclose(stderr);
	FILE *f = fopen(F, "r");
	FAIL_IF(!f || !fgets(text, sizeof(text), f) || strcmp(text, "here: Interrupt\n") != 0);
	FAIL_IF(!fgets(text, sizeof(text), f) || strcmp(text, "Interrupt\n") != 0);
	unlink(F);
}

/* --- signals and time --- */

static long ms_since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - t->tv_sec) * 1000 + (now.tv_nsec - t->tv_nsec) / 1000000;
}

static void interval_timer(void)
{
	struct itimerval it = { { 0, 10000 }, { 0, 20000 } }, old;
	struct timespec begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	signal(SIGALRM, count);
	FAIL_IF(setitimer(ITIMER_REAL, &it, NULL) != 0 || getitimer(ITIMER_REAL, &old) != 0);
	FAIL_IF(old.it_interval.tv_usec != 10000 || old.it_value.tv_usec > 20000);
	while (signals < 5)
		pause();
	FAIL_IF(ms_since(&begin) < 60);
	timerclear(&it.it_value);
	FAIL_IF(setitimer(ITIMER_REAL, &it, &old) != 0 || old.it_interval.tv_usec != 10000);
	signals = 0;
	usleep(50000);
	FAIL_IF(signals != 0 || getitimer(ITIMER_REAL, &old) != 0 || timerisset(&old.it_value));
	it.it_value.tv_sec = 100;
	FAIL_IF(setitimer(ITIMER_REAL, &it, NULL) != 0 || alarm(0) != 100); /* one timer */
	it.it_value.tv_usec = 1000000;
	FAILS_WITH(setitimer(ITIMER_REAL, &it, NULL), EINVAL);
	it.it_value.tv_usec = -1;
	FAILS_WITH(setitimer(ITIMER_REAL, &it, NULL), EINVAL);
	FAILS_WITH(setitimer(7, NULL, &old), EINVAL);
	FAILS_WITH(setitimer(ITIMER_REAL, (void *)8, NULL), EFAULT);
	/* As often as it can: the program gets on, and its end takes the timer away. */
	it = (struct itimerval){ { 0, 1 }, { 0, 1 } };
	FAIL_IF(setitimer(ITIMER_REAL, &it, NULL) != 0);
	signals = 0;
	while (signals < 20)
		;
}

static void clocks_of_posix(void)
{
	struct timespec t, u;
	struct timeval a = { 2, 900000 }, b = { 1, 950000 }, c;
	struct timezone tz;

	FAIL_IF(clock_getres(CLOCK_MONOTONIC, &t) != 0 || t.tv_sec != 0 || t.tv_nsec <= 0);
	FAILS_WITH(clock_getres(77, &t), EINVAL);
	clock_gettime(CLOCK_MONOTONIC, &t);
	u = (struct timespec){ 0, 20000000 };
	FAIL_IF(clock_nanosleep(CLOCK_MONOTONIC, 0, &u, NULL) != 0 || ms_since(&t) < 20);
	u = t;
	u.tv_nsec += 60000000;
	u.tv_sec += u.tv_nsec / 1000000000;
	u.tv_nsec %= 1000000000;
	FAIL_IF(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &u, NULL) != 0 || ms_since(&t) < 60);
	FAIL_IF(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0); /* it is past */
	u.tv_nsec = 1000000000;
	FAIL_IF(clock_nanosleep(CLOCK_MONOTONIC, 0, &u, NULL) != EINVAL);
	FAIL_IF(clock_nanosleep(77, 0, &t, NULL) != EINVAL);
	timeradd(&a, &b, &c);
	FAIL_IF(c.tv_sec != 4 || c.tv_usec != 850000);
	timersub(&a, &b, &c);
	FAIL_IF(c.tv_sec != 0 || c.tv_usec != 950000);
	timersub(&a, &a, &c);
	FAIL_IF(timerisset(&c) || !timercmp(&a, &b, >) || timercmp(&a, &b, <));
	FAIL_IF(gettimeofday(&c, &tz) != 0);
}

static void *wait_for_usr2(void *set)
{
	int sig = 0;

	return (void *)(long)(sigwait(set, &sig) == 0 ? sig : -1);
}

static void waiting_for_signals(void)
{
	sigset_t set, old;
	siginfo_t info;
	pthread_t t;
	int sig = 0;
	pid_t pid;
	void *r;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGCHLD);
	FAIL_IF(pthread_sigmask(SIG_BLOCK, &set, &old) != 0 || old != 0);
	FAIL_IF(pthread_sigmask(77, &set, NULL) != EINVAL);
	raise(SIGUSR1);
	FAIL_IF(sigwait(&set, &sig) != 0 || sig != SIGUSR1); /* it was there already */
	FAIL_IF(sigpending(&old) != 0 || old != 0);
	pid = fork();
	FAIL_IF(pid < 0);
	if (pid == 0) {
		usleep(30000);
		kill(getppid(), SIGUSR2);
		_exit(0);
	}
	FAIL_IF(sigwait(&set, &sig) != 0 || sig != SIGUSR2);
	FAIL_IF(sigwaitinfo(&set, &info) != SIGCHLD || info.si_signo != SIGCHLD);
	wait(NULL);
	/* To a thread, and to a process of which a thread waits. */
	for (int i = 0; i < 2; i++) {
		FAIL_IF(pthread_create(&t, NULL, wait_for_usr2, &set) != 0);
		usleep(30000);
		FAIL_IF(i ? kill(getpid(), SIGUSR2) : pthread_kill(t, SIGUSR2));
		FAIL_IF(pthread_join(t, &r) != 0 || r != (void *)SIGUSR2);
	}
	FAIL_IF(pthread_kill(pthread_self(), SIGUSR2) != 0 || sigwait(&set, &sig) != 0);
	FAIL_IF(pthread_kill(pthread_self(), 0) != 0 || pthread_kill(pthread_self(), 99) != EINVAL);
	/* Another signal ends sigwaitinfo, not sigwait. */
	signal(SIGALRM, count);
	alarm(1);
	FAILS_WITH(sigwaitinfo(&set, &info), EINTR);
	FAIL_IF(signals != 1);
	FAILS_WITH(sigwaitinfo((void *)8, &info), EFAULT);
}

static void stop_and_go_on(void)
{
	struct rusage usage;
	int status;
	pid_t pid = fork();

	FAIL_IF(pid < 0);
	if (pid == 0) {
		for (volatile long i = 0; i < 20000000; i++)
			;
		raise(SIGSTOP);
		_exit(3);
	}
	FAIL_IF(waitpid(pid, &status, WUNTRACED | WCONTINUED) != pid || !WIFSTOPPED(status));
	FAIL_IF(WIFCONTINUED(status) || waitpid(pid, &status, WNOHANG | WCONTINUED) != 0);
	kill(pid, SIGCONT);
	FAIL_IF(waitpid(pid, &status, WCONTINUED) != pid || !WIFCONTINUED(status));
	FAIL_IF(WIFSTOPPED(status) || WIFSIGNALED(status) || WIFEXITED(status));
	FAIL_IF(wait4(pid, &status, WCONTINUED, &usage) != pid || WEXITSTATUS(status) != 3);
	FAIL_IF(!WIFEXITED(status) || WCOREDUMP(status) || !timerisset(&usage.ru_utime));
	FAIL_IF(usage.ru_utime.tv_sec > 10);
	FAILS_WITH(wait3(&status, 0, NULL), ECHILD);
}

/* SIGCHLD tells of stops too, unless that is not wanted. */
static void stops_make_sigchld(void)
{
	struct sigaction sa = { .sa_handler = count, .sa_flags = SA_RESTART };
	int status;
	pid_t pid;

	for (int i = 0; i < 2; i++) {
		sa.sa_flags = i ? SA_RESTART | SA_NOCLDSTOP : SA_RESTART;
		FAIL_IF(sigaction(SIGCHLD, &sa, NULL) != 0);
		signals = 0;
		pid = fork();
		FAIL_IF(pid < 0);
		if (pid == 0) {
			raise(SIGSTOP);
			pause();
		}
		FAIL_IF(waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status));
		FAIL_IF(signals != !i);
		kill(pid, SIGCONT);
		FAIL_IF(waitpid(pid, &status, WCONTINUED) != pid || !WIFCONTINUED(status));
		FAIL_IF(signals != 2 * !i);
		kill(pid, SIGKILL);
		FAIL_IF(waitpid(pid, &status, 0) != pid || signals != 2 * !i + 1);
	}
}

static pthread_key_t key, other_key;
static volatile int ends;

static void destroy(void *value)
{
	ends += *(int *)value;
	if (*(int *)value == 100 && ends < 200)
		pthread_setspecific(key, value);
}

static void *with_values(void *arg)
{
	if (pthread_getspecific(key) != NULL || pthread_setspecific(key, arg) != 0)
		return "key";
	if (pthread_setspecific(other_key, arg) != 0 || pthread_getspecific(other_key) != arg)
		return "other_key";
	if (*(int *)arg == 2)
		pthread_exit(NULL);
	return NULL;
}

static void values_of_threads(void)
{
	int one = 1, two = 2, hundred = 100;
	pthread_key_t k[PTHREAD_KEYS_MAX], more;
	pthread_t t;
	void *r;

	FAIL_IF(pthread_key_create(&key, destroy) != 0 || pthread_key_create(&other_key, NULL) != 0);
	FAIL_IF(pthread_create(&t, NULL, with_values, &one) || pthread_join(t, &r) || r || ends != 1);
	FAIL_IF(pthread_create(&t, NULL, with_values, &two) || pthread_join(t, &r) || r || ends != 3);
	ends = 0; /* one that sets its value again is called again */
	FAIL_IF(pthread_create(&t, NULL, with_values, &hundred) || pthread_join(t, &r) || r);
	FAIL_IF(ends != 200);
	FAIL_IF(pthread_setspecific(key, &one) != 0 || pthread_key_delete(key) != 0);
	FAIL_IF(pthread_key_delete(key) != EINVAL || pthread_setspecific(key, &one) != EINVAL);
	FAIL_IF(pthread_getspecific(key) != NULL);
	for (int i = 0; i < PTHREAD_KEYS_MAX - 1; i++)
		FAIL_IF(pthread_key_create(&k[i], NULL) != 0 || pthread_getspecific(k[i]) != NULL);
	FAIL_IF(pthread_key_create(&more, NULL) != EAGAIN);
	FAIL_IF(pthread_key_delete(k[7]) != 0 || pthread_key_create(&more, NULL) != 0);
}

/* What has to be there for a program to compile. */
_Static_assert(IOV_MAX >= 16 && HOST_NAME_MAX >= 8 && MFD_CLOEXEC == 1 && MAP_FILE == 0, "limits");
_Static_assert(sizeof(u_int) == 4 && sizeof(uint) == 4 && sizeof(u_char) == 1 &&
                       sizeof(ulong) == 8 && sizeof(u_short) == 2,
               "types");

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
		ROW(duplicates),
		ROW(names_from_the_current_directory),
		ROW(directories_as_arrays),
		ROW(texts),
		ROW(interval_timer),
		ROW(clocks_of_posix),
		ROW(waiting_for_signals),
		ROW(stop_and_go_on),
		ROW(stops_make_sigchld),
		ROW(values_of_threads),
	};

	return RUN_ROWS(rows, argc, argv) != 0;
}
