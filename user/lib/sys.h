// SPDX-License-Identifier: MIT
/*
 * sys.h - the library's own: raw system calls and what its files share.
 *
 * The stubs are generated from kernel/syscall/syscalls.tbl.  __sys_NAME returns what the
 * kernel does, a value or -errno; __set_errno turns the latter into errno and -1.
 */
#ifndef LIB_SYS_H
#define LIB_SYS_H

#include <stddef.h>
#include <sys/types.h>
#include <signal.h>

struct timespec;
struct stat;
struct xv6_stat;

long __set_errno(long ret);
static inline long __ret(long ret)
{
	return (unsigned long)ret > -4096UL ? __set_errno(ret) : ret;
}

long __sys_fork(void);
long __sys_exit(int status);
long __sys_exit_group(int status);
long __sys_wait(int *status);
long __sys_kill(int pid);
long __sys_getpriority(int which, int who);
long __sys_sendsig(int pid, int sig);
long __sys_exec(const char *path, char **argv);
long __sys_execve(const char *path, char *const *argv, char *const *envp);
long __sys_fstat(int fd, struct xv6_stat *st);
long __sys_fstat2(int fd, struct stat *st);
long __sys_stat(const char *path, struct stat *st);
long __sys_chdir(const char *path);
long __sys_sbrk(long n);
long __sys_brk(void *end);
long __sys_sleep(int ticks);
long __sys_uptime(void);
long __sys_open(const char *path, int flags, int mode);
long __sys_close(int fd);
long __sys_dup2(int fd, int to);
long __sys_read(int fd, void *buf, long n);
long __sys_write(int fd, const void *buf, long n);
long __sys_lseek(int fd, long off, int whence);
long __sys_getdents(int fd, void *buf, long n);
long __sys_mknod(const char *path, int major, int minor);
long __sys_unlink(const char *path);
long __sys_unlink2(const char *path);
long __sys_rmdir(const char *path);
long __sys_link(const char *from, const char *to);
long __sys_mkdir(const char *path);
long __sys_mkdir2(const char *path, int mode);
long __sys_access(const char *path, int mode);
long __sys_waitpid(int pid, int *status, int options);
long __sys_getcwd(char *buf, long n);
long __sys_sigaction(int sig, const void *act, void *old);
long __sys_sigprocmask(int how, const sigset_t *set, sigset_t *old);
long __sys_sigwaitinfo(const sigset_t *set, void *info);
long __sys_nanosleep(const struct timespec *want, struct timespec *left);
long __sys_futex(volatile int *addr, int op, long val, const struct timespec *timeout, void *addr2,
                 long val3);
long __sys_ioctl(int fd, unsigned long cmd, void *arg);
long __sys_getpid(void);
long __sys_gettid(void);
long __sys_tgkill(int tgid, int tid, int sig);
long __sys_getpgid(int pid);
long __sys_mmap(void *addr, size_t n, int prot, int flags, int fd, long off);
long __sys_munmap(void *addr, size_t n);
long __sys_mprotect(void *addr, size_t n, int prot);
long __sys_mremap(void *addr, size_t old, size_t n, int flags, void *to);

/* What the library calls of these: a program may have functions of the plain names. */
static inline long __read(int fd, void *buf, size_t n) { return __ret(__sys_read(fd, buf, (long)n)); }
static inline long __write(int fd, const void *buf, size_t n)
{
	return __ret(__sys_write(fd, buf, (long)n));
}
static inline int __open(const char *path, int flags) { return (int)__ret(__sys_open(path, flags, 0666)); }
static inline int __close(int fd) { return (int)__ret(__sys_close(fd)); }
static inline long __lseek(int fd, long off, int from) { return __ret(__sys_lseek(fd, off, from)); }
static inline void *__sbrk(long n) { return (void *)__ret(__sys_sbrk(n)); }
static inline void *__mmap(void *addr, size_t n, int prot, int flags, int fd, long off)
{
	return (void *)__ret(__sys_mmap(addr, n, prot, flags, fd, off));
}
static inline void *__mremap(void *addr, size_t old, size_t n, int flags)
{
	return (void *)__ret(__sys_mremap(addr, old, n, flags, NULL));
}
static inline int __munmap(void *addr, size_t n) { return (int)__ret(__sys_munmap(addr, n)); }

void __sigreturn(void);
long __clone(void *fn, void *arg, unsigned long flags, void *stack, volatile int *ptid, void *tls,
             volatile int *ctid);

/* What tp points to in every thread (thread.c). */
struct __tcb {
	struct __tcb *self;
	int err; /* errno */
	volatile int tid; /* the kernel zeroes it at the thread's end */
	void *(*fn)(void *);
	void *arg, *result;
	void *map; /* stack and guard; this struct lies at its top */
	size_t map_len;
	struct __tcb *next; /* of those that nobody will join */
};
void __thread_gone(void); /* at a thread's end, by itself: pthread.c's, if there are keys */
/* Right below its variables (__thread), to which tp points; and what these begin as. */
static inline struct __tcb *__self(void)
{
	struct __tcb *end;

	__asm__("mv %0, tp" : "=r"(end));
	return end - 1;
}
extern char __tdata_start[], __tdata_size[], __tls_size[]; /* sizes are the addresses */
#define TLS_ALIGN 64UL
/* In a block that ends at top: where tp points; above lie the variables, filled in here. */
void *__thread_area(char *top);
/* Room for it, alignment and struct __tcb included. */
#define THREAD_AREA ((size_t)__tls_size + TLS_ALIGN + sizeof(struct __tcb))

void __stdio_exit(void); /* flush everything (stdio.c); weak when unused */
extern const char *__progname;
/* "PROG: " text to descriptor 2, without stdio; then abort. */
void __die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#define WEAK __attribute__((weak))
/* A public name: the program's own function of that name comes before it. */
#define ALIAS(name) __attribute__((weak, alias(#name)))

#endif
