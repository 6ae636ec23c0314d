// SPDX-License-Identifier: MIT
/*
 * user.h - the library that xv6's programs expect.
 *
 * Several of its functions share a name, but not their arguments, with POSIX's, which the
 * C library has.  Those are declared here under the assembler name of a function of
 * user/lib/xv6.c, so that a program gets xv6's meaning without knowing it.  A program
 * includes either this header or the C library's, not both.
 */
#ifndef COMPAT_USER_H
#define COMPAT_USER_H

struct stat;

#define SBRK_ERROR	((char *)-1)
#define XV6(name)	__asm__("xv6_" #name)

int fork(void) XV6(fork);
int exit(int status) __attribute__((noreturn));
int wait(int *status) XV6(wait);
int pipe(int *fds);
int write(int fd, const void *buf, int n) XV6(write);
int read(int fd, void *buf, int n) XV6(read);
int close(int fd);
int kill(int pid) XV6(kill);
int exec(const char *path, char **argv) XV6(exec);
int open(const char *path, int flags) XV6(open);
int mknod(const char *path, short major, short minor) XV6(mknod);
int unlink(const char *path) XV6(unlink);
int fstat(int fd, struct stat *st) XV6(fstat);
int link(const char *from, const char *to) XV6(link);
int mkdir(const char *path) XV6(mkdir);
int chdir(const char *path) XV6(chdir);
int dup(int fd);
int getpid(void);
char *sbrk(int n) XV6(sbrk);
char *sbrklazy(int n) XV6(sbrklazy);
char *sys_sbrk(int n, int how) XV6(sys_sbrk);
int sleep(int ticks) XV6(sleep);
int pause(int ticks) XV6(sleep);
int uptime(void) XV6(uptime);
void *mmap(void *addr, unsigned long len, int prot, int flags, int fd, long offset);
int munmap(void *addr, unsigned long len);

int stat(const char *path, struct stat *st) XV6(stat);
char *strcpy(char *dst, const char *src);
void *memmove(void *dst, const void *src, int n);
char *strchr(const char *s, char c);
int strcmp(const char *a, const char *b);
void fprintf(int fd, const char *fmt, ...) XV6(fprintf);
void printf(const char *fmt, ...) XV6(printf);
char *gets(char *buf, int max) XV6(gets);
unsigned int strlen(const char *s);
void *memset(void *dst, int c, unsigned int n);
void *malloc(unsigned int n);
void free(void *p);
int atoi(const char *s);
int memcmp(const void *a, const void *b, unsigned int n);
void *memcpy(void *dst, const void *src, unsigned int n);

#undef XV6

#endif
