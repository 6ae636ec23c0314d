// SPDX-License-Identifier: MIT
/*
 * xv6.c - xv6's library for xv6's programs (user/compat/user/user.h).
 *
 * Most calls are the kernel's own 1 to 21.  What has to be translated:
 *
 *   paths	components are cut to 14 bytes, as xv6 does; where only a longer name
 *		exists (others made it), it is found by its beginning.  A program or file
 *		asked for in / that is not there is looked for in /bin, because in xv6 all
 *		programs lie in the root.
 *   read	of a directory gives xv6's struct dirent.
 *   write	to a file succeeds as a whole or not at all, as far as the result says.
 *   printf	is not buffered, so that output of parent and child comes in order.
 *   limits	xv6's tests run against fixed walls: memory ends, processes end.  Pagoda
 *		promises memory lazily and would let the OOM killer answer; so these programs
 *		start with a limit on heap (seven eighths of RAM, at most 512 MiB) and tasks.
 *   sbrk	is eager in xv6 and fails at once when memory is short.  Tests of labs in which
 *		it became lazy want a GiB of which they touch little, and to be killed when
 *		there is no page: XV6_SBRK=lazy in the environment makes every sbrk an
 *		sbrklazy, without a limit on the heap.
 *
 * Paths may be bad pointers on purpose.  So the kernel looks at them first (access), and
 * only what it could read is read here.  No function here allocates: xv6's tests watch
 * the break.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>
#include "sys.h"

#define XV6_NAME     14
#define XV6_NPROC    256
#define XV6_PATH     1024
#define XV6_ARGS     1024
#define XV6_ARG      4096
#define XV6_HEAP_MAX (512UL << 20)
#define XV6_HEAP_END 0x3ffe000000L	/* TRAPFRAME of user/compat/kernel/memlayout.h */

struct dirent14 {
	unsigned short inum;
	char name[XV6_NAME];
};

static struct rlimit old_data, old_nproc;
static bool limited, lazy;
static long promised;	/* bytes of the heap that sbrklazy gave */

__attribute__((constructor)) static void limit(void)
{
	const char *how = getenv("XV6_SBRK");
	struct sysinfo si;
	struct rlimit r;

	lazy = how && strcmp(how, "lazy") == 0;
	if (sysinfo(&si) < 0 || getrlimit(RLIMIT_DATA, &old_data) < 0 ||
	    getrlimit(RLIMIT_NPROC, &old_nproc) < 0)
		return;
	limited = true;
	r.rlim_max = old_data.rlim_max;
	r.rlim_cur = si.totalram / 8 * 7;
	if (r.rlim_cur > XV6_HEAP_MAX)
		r.rlim_cur = XV6_HEAP_MAX;
	if (r.rlim_cur < old_data.rlim_cur && !lazy)
		setrlimit(RLIMIT_DATA, &r);
	r.rlim_max = old_nproc.rlim_max;
	r.rlim_cur = si.procs + XV6_NPROC;
	if (r.rlim_cur < old_nproc.rlim_cur)
		setrlimit(RLIMIT_NPROC, &r);
}

/* --- paths --- */

/* In directory dir (ends with / or is empty): the name that begins with the n bytes at
 * name, into it. => false: none */
static bool find_long_name(const char *dir, char *name, size_t n)
{
	union {
		char bytes[1024];
		struct dirent64 row;
	} buf;
	int fd = (int)__sys_open(*dir ? dir : ".", O_RDONLY, 0);
	bool found = false;
	long got;

	if (fd < 0)
		return false;
	while (!found && (got = __sys_getdents(fd, &buf, sizeof(buf))) > 0)
		for (long at = 0; at < got && !found;) {
			struct dirent64 *row = (struct dirent64 *)(buf.bytes + at);

			at += row->d_reclen;
			found = strncmp(row->d_name, name, n) == 0;
			if (found)
				strlcpy(name, row->d_name, 60);
		}
	__sys_close(fd);
	return found;
}

/* The path as Pagoda has it, in out (XV6_PATH + 64). => path itself if nothing is to be
 * changed, NULL if it cannot be (the call must fail). */
static const char *native(const char *path, char *out, bool search)
{
	const char *p = path, *part;
	bool cut = false;
	char *o = out;
	size_t n;

	if (__sys_access(path, F_OK) == -EFAULT)
		return NULL;
	n = strnlen(path, XV6_PATH);
	if (n >= XV6_PATH)
		return NULL;
	for (; *p; p += n) {
		while (*p == '/')
			*o++ = *p++;
		part = p;
		n = strcspn(p, "/");
		if (n >= XV6_NAME) {
			size_t k = n < 59 ? n : 59;

			/* names that xv6 programs make have 14 bytes; others' by what exists */
			*o = '\0';
			memcpy(o, part, XV6_NAME);
			o[XV6_NAME] = '\0';
			if (__sys_access(out, F_OK) < 0) {
				memcpy(o, part, k);
				o[k] = '\0';
				if (__sys_access(out, F_OK) < 0) {
					char dir[XV6_PATH], name[64];
					size_t d = (size_t)(o - out);

					memcpy(dir, out, d);
					dir[d] = '\0';
					memcpy(name, part, XV6_NAME);
					name[XV6_NAME] = '\0';
					if (n > XV6_NAME || !find_long_name(dir, name, XV6_NAME)) {
						o[XV6_NAME] = '\0';
						o += XV6_NAME;
					} else
						o = stpcpy(o, name);
				} else
					o += k;
			} else
				o += XV6_NAME;
			cut = true;
		} else {
			memcpy(o, part, n);
			o += n;
		}
	}
	*o = '\0';
	if (search && __sys_access(out, F_OK) == -ENOENT) {
		const char *base = strrchr(out, '/');
		char bin[80];

		base = base ? base + 1 : out;
		if (*base && strlen(base) < 60) {
			stpcpy(stpcpy(bin, "/bin/"), base);
			if (__sys_access(bin, F_OK) == 0) {
				strcpy(out, bin);
				cut = true;
			}
		}
	}
	return cut ? out : path;
}

#define NATIVE(path, search)                           \
	char buf_[XV6_PATH + 64];                      \
	const char *name = native(path, buf_, search); \
                                                       \
	if (!name)                                     \
	return -1

static int minus_one(long r)
{
	return r < 0 ? -1 : (int)r;
}

int xv6_open(const char *path, int flags)
{
	NATIVE(path, flags == O_RDONLY);
	return minus_one(__sys_open(name, flags, 0666));
}

int xv6_unlink(const char *path)
{
	struct stat st;
	long r;

	NATIVE(path, false);
	r = __sys_unlink(name);
	if (r == -EISDIR || r == -EPERM) /* xv6's unlink removes empty directories too */
		r = __sys_stat(name, &st) == 0 && S_ISDIR(st.st_mode) ? __sys_rmdir(name) : r;
	return minus_one(r);
}

int xv6_link(const char *from, const char *to)
{
	char buf[XV6_PATH + 64];
	const char *source = native(from, buf, false);

	NATIVE(to, false);
	return source ? minus_one(__sys_link(source, name)) : -1;
}

int xv6_mkdir(const char *path)
{
	NATIVE(path, false);
	return minus_one(__sys_mkdir(name));
}

int xv6_mknod(const char *path, short major, short minor)
{
	NATIVE(path, false);
	return minus_one(__sys_mknod(name, major, minor));
}

int xv6_chdir(const char *path)
{
	NATIVE(path, false);
	return minus_one(__sys_chdir(name));
}

/* Is the word at p readable?  The call fails in any case, with EFAULT if it cannot read. */
static bool readable(const void *p)
{
	return __sys_sigprocmask(-1, (void *)((uintptr_t)p & ~7UL), NULL) != -EFAULT;
}

static bool fits(const char *arg)
{
	for (int n = 0; n < XV6_ARG; n++) {
		if ((n == 0 || (uintptr_t)(arg + n) % 4096 == 0) && !readable(arg + n))
			return false;
		if (!arg[n])
			return true;
	}
	return false;
}

/* xv6's limits: XV6_ARGS arguments, each of them a page. */
static bool arguments_fit(char **argv)
{
	for (int i = 0; i < XV6_ARGS && readable(&argv[i]); i++) {
		if (!argv[i])
			return true;
		if (!fits(argv[i]))
			return false;
	}
	return false;
}

int xv6_exec(const char *path, char **argv)
{
	struct rlimit now, nproc;
	long r;

	NATIVE(path, true);
	if (!arguments_fit(argv))
		return -1;
	if (limited) { /* the next program starts as ours did */
		getrlimit(RLIMIT_DATA, &now);
		getrlimit(RLIMIT_NPROC, &nproc);
		setrlimit(RLIMIT_DATA, &old_data);
		setrlimit(RLIMIT_NPROC, &old_nproc);
	}
	r = __sys_execve(name, argv, environ);
	if (limited) {
		setrlimit(RLIMIT_DATA, &now);
		setrlimit(RLIMIT_NPROC, &nproc);
	}
	return minus_one(r);
}

int xv6_stat(const char *path, struct xv6_stat *st)
{
	int fd = xv6_open(path, O_RDONLY), r;

	if (fd < 0)
		return -1;
	r = minus_one(__sys_fstat(fd, st));
	__sys_close(fd);
	return r;
}

/* --- descriptors --- */

int xv6_fstat(int fd, struct xv6_stat *st)
{
	return minus_one(__sys_fstat(fd, st));
}

/* n bytes of struct dirent14 out of a directory. */
static int read_dir(int fd, struct dirent14 *to, int n)
{
	union {
		char bytes[1024];
		struct dirent64 row;
	} buf;
	int done = 0;
	long got;

	while (done + (int)sizeof(*to) <= n && (got = __sys_getdents(fd, &buf, sizeof(buf))) > 0)
		for (long at = 0; at < got;) {
			struct dirent64 *row = (struct dirent64 *)(buf.bytes + at);

			strncpy(to->name, row->d_name, XV6_NAME);
			to->inum = (unsigned short)row->d_ino;
			if (to->inum == 0)
				to->inum = 1; /* 0 would say "free" */
			to++;
			done += (int)sizeof(*to);
			at += row->d_reclen;
			if (done + (int)sizeof(*to) > n) {
				if (at < got)
					__sys_lseek(fd, (long)row->d_off, SEEK_SET);
				return done;
			}
		}
	return done;
}

int xv6_read(int fd, void *buf, int n)
{
	long r = __sys_read(fd, buf, n);
	struct xv6_stat st;

	/* The kernel's own record of a directory has 64 bytes and does not fit in xv6's. */
	if (r == -EINVAL && n >= (int)sizeof(struct dirent14) && __sys_fstat(fd, &st) == 0 &&
	    st.type == XV6_T_DIR) {
		char zero = 0;
		int p[2];

		/* is the buffer writable? the kernel may tell, we must not touch it */
		r = -EFAULT;
		if (pipe(p) == 0) {
			__sys_write(p[1], &zero, 1);
			r = __sys_read(p[0], buf, 1);
			__sys_close(p[0]);
			__sys_close(p[1]);
		}
		return r > 0 ? read_dir(fd, buf, n) : minus_one(r);
	}
	return minus_one(r);
}

/* Into a file all or -1, and never beyond its end (another may have cut it since). */
int xv6_write(int fd, const void *buf, int n)
{
	long at = __sys_lseek(fd, 0, SEEK_CUR), r;
	struct xv6_stat st;

	if (at > 0 && __sys_fstat(fd, &st) == 0 && st.type == XV6_T_FILE &&
	    (unsigned long)at > st.size)
		return -1;
	r = __sys_write(fd, buf, n);
	return at >= 0 && r < n ? -1 : minus_one(r);
}

/* --- processes and memory --- */

/* Orphans that ended, but that init has not buried yet, count as processes: on a machine with
 * many harts they may be hundreds for a moment.  So one refusal is not the last word. */
int xv6_fork(void)
{
	struct timespec moment = { .tv_nsec = 10 * 1000 * 1000 };
	long pid = __sys_fork();

	for (int i = 0; i < 10 && pid == -EAGAIN; i++) {
		__sys_nanosleep(&moment, NULL);
		pid = __sys_fork();
	}
	return minus_one(pid);
}

int xv6_wait(int *status)
{
	return minus_one(__sys_wait(status));
}
int xv6_kill(int pid)
{
	return pid > 0 ? minus_one(__sys_kill(pid)) : -1;
}
int xv6_sleep(int ticks)
{
	return minus_one(__sys_sleep(ticks));
}
int xv6_uptime(void)
{
	return (int)__sys_uptime();
}

/* The heap may be by grow bytes (or fewer) longer than it was allowed to. */
static void allow_heap(long grow)
{
	struct rlimit r;

	getrlimit(RLIMIT_DATA, &r);
	if (r.rlim_cur != RLIM_INFINITY) {
		r.rlim_cur += grow;
		setrlimit(RLIMIT_DATA, &r);
	}
}

static char *move_break(int n)
{
	long old = __sys_sbrk(0), back;

	if (n < 0 && -(long)n > old)
		return (char *)old; /* below 0: xv6 leaves it as it is */
	if (old + n > XV6_HEAP_END || __sys_sbrk(n) < 0)
		return (char *)-1;
	if (n < 0 && promised > 0) {
		back = -(long)n < promised ? -(long)n : promised;
		promised -= back;
		allow_heap(-back);
	}
	return (char *)old;
}

/* A promise of any size: in steps that the kernel grants, beside the heap's limit, and not
 * counted (MAP_NORESERVE), so that fork does not have to promise it a second time. */
char *xv6_sbrklazy(int n)
{
	long first = __sys_sbrk(0), r = first, step = 16L << 20, from, to;

	if (n <= 0)
		return move_break(n);
	if (first + n > XV6_HEAP_END)
		return (char *)-1;
	allow_heap(n);
	for (long done = 0; done < n && r >= 0; done += step) {
		if (step > n - done)
			step = n - done;
		r = __sys_sbrk(step);
	}
	if (r < 0) {
		__sys_brk((void *)first);
		allow_heap(-(long)n);
		return (char *)-1;
	}
	promised += n;
	from = (first + 4095) & ~4095L;
	to = (first + n + 4095) & ~4095L;
	if (to > from)
		__sys_mmap((void *)from, (size_t)(to - from), PROT_READ | PROT_WRITE,
		           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
	return (char *)first;
}

char *xv6_sbrk(int n)
{
	return lazy ? xv6_sbrklazy(n) : move_break(n);
}

char *xv6_sys_sbrk(int n, int how)
{
	return how == 2 ? xv6_sbrklazy(n) : xv6_sbrk(n);
}

/* --- text --- */

char *xv6_gets(char *buf, int max)
{
	int i = 0;
	char c;

	while (i + 1 < max && __sys_read(0, &c, 1) == 1) {
		buf[i++] = c;
		if (c == '\n' || c == '\r')
			break;
	}
	buf[i] = '\0';
	return buf;
}

struct text {
	int fd, n;
	char buf[256];
};

static void put(struct text *t, char c)
{
	t->buf[t->n++] = c;
	if (t->n == (int)sizeof(t->buf)) {
		__sys_write(t->fd, t->buf, t->n);
		t->n = 0;
	}
}

static void put_number(struct text *t, uint64_t v, unsigned base, bool neg)
{
	char digits[24];
	int n = 0;

	do
		digits[n++] = "0123456789abcdef"[v % base];
	while ((v /= base) != 0);
	if (neg)
		put(t, '-');
	while (n > 0)
		put(t, digits[--n]);
}

/* %d %u %x %c %s %p %%, with l or ll before d, u, x; a lone %l is an unsigned long (2020). */
static void format(int fd, const char *fmt, va_list ap)
{
	struct text t = { .fd = fd };

	for (; *fmt; fmt++) {
		bool wide = false;
		const char *s;
		long v;

		if (*fmt != '%') {
			put(&t, *fmt);
			continue;
		}
		fmt++;
		while (*fmt == 'l' &&
		       (fmt[1] == 'l' || fmt[1] == 'd' || fmt[1] == 'u' || fmt[1] == 'x')) {
			wide = true;
			fmt++;
		}
		switch (*fmt) {
		case 'd':
			v = wide ? va_arg(ap, long) : va_arg(ap, int);
			put_number(&t, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, v < 0);
			break;
		case 'l':
			put_number(&t, va_arg(ap, unsigned long), 10, false);
			break;
		case 'u':
		case 'x':
			put_number(&t, wide ? va_arg(ap, unsigned long) : va_arg(ap, unsigned),
			           *fmt == 'u' ? 10 : 16, false);
			break;
		case 'p':
			v = (long)va_arg(ap, void *);
			put(&t, '0');
			put(&t, 'x');
			for (int i = 60; i >= 0; i -= 4)
				put(&t, "0123456789abcdef"[v >> i & 15]);
			break;
		case 's':
			s = va_arg(ap, const char *);
			for (s = s ? s : "(null)"; *s; s++)
				put(&t, *s);
			break;
		case 'c':
			put(&t, (char)va_arg(ap, int));
			break;
		case '%':
			put(&t, '%');
			break;
		case '\0':
			fmt--;
			break;
		default:
			put(&t, '%');
			put(&t, *fmt);
		}
	}
	if (t.n > 0)
		__sys_write(fd, t.buf, t.n);
}

void xv6_printf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(1, fmt, ap);
	va_end(ap);
}

void xv6_fprintf(int fd, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(fd, fmt, ap);
	va_end(ap);
}
