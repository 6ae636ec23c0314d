// SPDX-License-Identifier: MIT
/*
 * unistd.c - POSIX calls that differ from the kernel's by a name, an order or a default.
 *
 * Calls 1 to 21 of the kernel mean what they mean in xv6 (kill has no signal number, mkdir
 * no mode, sleep counts ticks); POSIX's own of those names have numbers of their own.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include "sys.h"

_Static_assert(sizeof(struct stat) == sizeof(struct kstat) &&
                       __builtin_offsetof(struct stat, st_ctim) ==
                               __builtin_offsetof(struct kstat, st_ctime_s),
               "struct stat");

/* --- processes --- */

pid_t wait(int *status)
{
	return waitpid(-1, status, 0);
}

/* The usage is what the children's sum has grown by. */
pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	struct rusage before, after;
	pid_t r;

	getrusage(RUSAGE_CHILDREN, &before);
	r = waitpid(pid, status, options);
	if (r > 0 && usage) {
		getrusage(RUSAGE_CHILDREN, &after);
		*usage = (struct rusage){ 0 };
		timersub(&after.ru_utime, &before.ru_utime, &usage->ru_utime);
		timersub(&after.ru_stime, &before.ru_stime, &usage->ru_stime);
	}
	return r;
}

pid_t wait3(int *status, int options, struct rusage *usage)
{
	return wait4(-1, status, options, usage);
}

int kill(pid_t pid, int sig)
{
	return (int)__ret(__sys_sendsig(pid, sig));
}

int killpg(pid_t pgid, int sig)
{
	return kill(-pgid, sig);
}

pid_t getpgrp(void)
{
	return getpgid(0);
}

int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

/* A file that is not a program is a script: for the shell, as POSIX has it. */
static int exec_file(const char *path, char *const argv[])
{
	int n = 0;

	execve(path, argv, environ);
	if (errno != ENOEXEC)
		return -1;
	while (argv[n])
		n++;
	char *sh[n + 2];

	sh[0] = "sh";
	sh[1] = (char *)path;
	for (int i = 1; i <= n; i++)
		sh[i + 1] = argv[i];
	execve("/bin/sh", sh, environ);
	errno = ENOEXEC;
	return -1;
}

int execvp(const char *file, char *const argv[])
{
	const char *path = getenv("PATH");
	char name[PATH_MAX];
	int err = ENOENT;

	if (strchr(file, '/'))
		return exec_file(file, argv);
	for (path = path ? path : "/bin";; path++) {
		size_t n = (size_t)(strchrnul(path, ':') - path);

		if ((size_t)snprintf(name, sizeof(name), "%.*s%s%s", (int)n, path, n ? "/" : "",
		                     file) < sizeof(name))
			exec_file(name, argv);
		else
			errno = ENAMETOOLONG;
		if (errno != ENOENT && errno != ENOTDIR)
			err = errno;
		path += n;
		if (!*path)
			break;
	}
	errno = err;
	return -1;
}

/* The arguments after the first, up to NULL, as an array on the stack. */
#define COLLECT(argv, arg)                    \
	va_list ap;                           \
	int n = 1;                            \
                                              \
	va_start(ap, arg);                    \
	while (va_arg(ap, char *))            \
		n++;                          \
	va_end(ap);                           \
	char *argv[n + 1];                    \
	argv[0] = (char *)arg;                \
	va_start(ap, arg);                    \
	for (int i = 1; i <= n; i++)          \
		argv[i] = va_arg(ap, char *); \
	va_end(ap)

int execl(const char *path, const char *arg, ...)
{
	COLLECT(argv, arg);
	return execv(path, argv);
}

int execlp(const char *file, const char *arg, ...)
{
	COLLECT(argv, arg);
	return execvp(file, argv);
}

int execle(const char *path, const char *arg, ...)
{
	COLLECT(argv, arg);
	char **envp;

	va_start(ap, arg);
	for (int i = 1; i <= n; i++)
		(void)va_arg(ap, char *);
	envp = va_arg(ap, char **);
	va_end(ap);
	return execve(path, argv, envp);
}

int system(const char *cmd)
{
	int status;
	pid_t pid;

	if (!cmd)
		return 1;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", cmd, (char *)NULL);
		_exit(127);
	}
	return waitpid(pid, &status, 0) < 0 ? -1 : status;
}

/* The kernel says 20 - nice, lest a nice value looks like an error. */
int getpriority(int which, int who)
{
	long ret = __sys_getpriority(which, who);

	return ret < 0 ? (int)__ret(ret) : 20 - (int)ret;
}

int nice(int by)
{
	int now = getpriority(PRIO_PROCESS, 0);

	return setpriority(0, now + by) < 0 ? -1 : now + by;
}

/* One user, who may do everything. */
uid_t getuid(void)
{
	return 0;
}
uid_t geteuid(void)
{
	return 0;
}
gid_t getgid(void)
{
	return 0;
}
gid_t getegid(void)
{
	return 0;
}

int gethostname(char *name, size_t size)
{
	struct utsname u;

	if (uname(&u) < 0)
		return -1;
	strlcpy(name, u.nodename, size);
	return 0;
}

/* --- files --- */

int fstat(int fd, struct stat *st)
{
	return (int)__ret(__sys_fstat2(fd, st));
}

int lstat(const char *restrict path, struct stat *restrict st)
{
	return stat(path, st); /* there are no symbolic links */
}

int mkdir(const char *path, mode_t mode)
{
	return (int)__ret(__sys_mkdir2(path, (int)mode));
}

int unlink(const char *path)
{
	return (int)__ret(__sys_unlink2(path));
}

int mknod(const char *path, mode_t mode, dev_t dev)
{
	if ((mode & S_IFMT) == S_IFREG || (mode & S_IFMT) == 0) {
		int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, mode & 0777);

		return fd < 0 ? -1 : close(fd);
	}
	if (!S_ISCHR(mode)) {
		errno = EINVAL;
		return -1;
	}
	return (int)__ret(__sys_mknod(path, (int)(dev >> 16), (int)(dev & 0xffff)));
}

int creat(const char *path, mode_t mode)
{
	return open(path, O_CREAT | O_TRUNC | O_WRONLY, mode);
}

mode_t umask(mode_t mask)
{
	(void)mask;
	return 0;
}

/* The calls that begin at a directory know the current one only. */
static bool at(int dir, const char *path)
{
	if (dir == AT_FDCWD || *path == '/')
		return true;
	errno = fcntl(dir, F_GETFD) < 0 ? EBADF : ENOSYS;
	return false;
}

int openat(int dir, const char *path, int flags, ...)
{
	return at(dir, path) ? open(path, flags, 0666) : -1;
}

int fstatat(int dir, const char *restrict path, struct stat *restrict st, int flags)
{
	(void)flags;
	return at(dir, path) ? stat(path, st) : -1;
}

int unlinkat(int dir, const char *path, int flags)
{
	return !at(dir, path) ? -1 : flags & AT_REMOVEDIR ? rmdir(path) : unlink(path);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	return at(dir, path) ? mkdir(path, mode) : -1;
}

char *getcwd(char *buf, size_t size)
{
	char *p = buf;
	long r;

	if (buf && size == 0) {
		errno = EINVAL;
		return NULL;
	}
	if (!buf) {
		size = size ? size : PATH_MAX;
		p = malloc(size);
		if (!p)
			return NULL;
	}
	r = __sys_getcwd(p, (long)size);
	if (r < 0) {
		if (!buf)
			free(p);
		__set_errno(r);
		return NULL;
	}
	return p;
}

/* The absolute name of a path, without . and .. (there are no symbolic links). */
char *realpath(const char *restrict path, char *restrict out)
{
	char buf[2 * PATH_MAX], *p, *o, *word, *save = NULL;

	if (access(path, F_OK) < 0)
		return NULL;
	buf[0] = '\0';
	if (*path != '/') {
		if (!getcwd(buf, PATH_MAX))
			return NULL;
		strlcat(buf, "/", sizeof(buf));
	}
	if (strlcat(buf, path, sizeof(buf)) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	p = out ? out : malloc(PATH_MAX);
	if (!p)
		return NULL;
	o = p;
	*o = '\0';
	for (word = strtok_r(buf, "/", &save); word; word = strtok_r(NULL, "/", &save)) {
		if (strcmp(word, ".") == 0)
			continue;
		if (strcmp(word, "..") == 0) {
			while (o > p && *--o != '/')
				;
			*o = '\0';
			continue;
		}
		*o++ = '/';
		o = stpcpy(o, word);
	}
	if (o == p)
		strcpy(p, "/");
	return p;
}

/* Names in place of the Xs until make() makes one. => its result */
static int new_name(char *template, int (*make)(const char *name))
{
	size_t n = strlen(template);

	if (n < 6 || strcmp(template + n - 6, "XXXXXX") != 0) {
		errno = EINVAL;
		return -1;
	}
	for (unsigned i = (unsigned)getpid() * 7919;; i += 104729) {
		int r;

		snprintf(template + n - 6, 7, "%06u", i % 1000000);
		r = make(template);
		if (r >= 0 || errno != EEXIST)
			return r;
	}
}

static int make_file(const char *name)
{
	return open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
}

static int make_dir(const char *name)
{
	return mkdir(name, 0700);
}

int mkstemp(char *template)
{
	return new_name(template, make_file);
}

char *mkdtemp(char *template)
{
	return new_name(template, make_dir) < 0 ? NULL : template;
}

/* --- memory --- */

int brk(void *end)
{
	long r = __sys_brk(end);

	if (r < 0)
		return (int)__set_errno(r);
	if ((void *)r != end && r != 0) { /* Linux's way to refuse: the old break */
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

int getpagesize(void)
{
	return PAGE_SIZE;
}

static const char *shm_path(const char *name, char *buf)
{
	while (*name == '/')
		name++;
	snprintf(buf, NAME_MAX + 8, "/tmp/%s", name);
	return buf;
}

int shm_open(const char *name, int flags, mode_t mode)
{
	char buf[NAME_MAX + 8];

	return open(shm_path(name, buf), flags | O_CLOEXEC, mode);
}

int shm_unlink(const char *name)
{
	char buf[NAME_MAX + 8];

	return unlink(shm_path(name, buf));
}

long sysconf(int name)
{
	struct sysinfo si;
	unsigned long n = 0;
	char line[64];
	FILE *f;

	switch (name) {
	case _SC_PAGESIZE:
		return PAGE_SIZE;
	case _SC_CLK_TCK:
		return 100;
	case _SC_OPEN_MAX:
		return OPEN_MAX;
	case _SC_PHYS_PAGES:
		return sysinfo(&si) < 0 ? -1 : (long)(si.totalram / PAGE_SIZE);
	case _SC_NPROCESSORS_CONF:
	case _SC_NPROCESSORS_ONLN:
		f = fopen("/proc/cpuinfo", "r");
		if (!f)
			return 1;
		while (fgets(line, sizeof(line), f))
			n += strncmp(line, "processor", 9) == 0;
		fclose(f);
		return n ? (long)n : 1;
	}
	errno = EINVAL;
	return -1;
}

/* --- terminals --- */

int isatty(int fd)
{
	struct termios t;

	return ioctl(fd, TCGETS, &t) == 0;
}

int tcgetattr(int fd, struct termios *t)
{
	return ioctl(fd, TCGETS, t);
}
int tcsetattr(int fd, int when, const struct termios *t)
{
	return ioctl(fd, (unsigned long)(TCSETS + when), t);
}

void cfmakeraw(struct termios *t)
{
	t->c_iflag &= ~(unsigned)(ICRNL | IXON);
	t->c_oflag &= ~(unsigned)OPOST;
	t->c_lflag &= ~(unsigned)(ECHO | ICANON | ISIG | IEXTEN);
	t->c_cc[VMIN] = 1;
	t->c_cc[VTIME] = 0;
}

/* What was typed goes, or what was written is waited for: both come with new settings. */
int tcflush(int fd, int which)
{
	struct termios t;

	return tcgetattr(fd, &t) < 0 ? -1
	                             : tcsetattr(fd, which == TCOFLUSH ? TCSADRAIN : TCSAFLUSH, &t);
}

int tcdrain(int fd)
{
	return tcflush(fd, TCOFLUSH);
}

pid_t tcgetpgrp(int fd)
{
	int pgid;

	return ioctl(fd, TIOCGPGRP, &pgid) < 0 ? -1 : pgid;
}

int tcsetpgrp(int fd, pid_t pgid)
{
	return ioctl(fd, TIOCSPGRP, &pgid);
}
