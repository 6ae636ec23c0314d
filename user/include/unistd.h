// SPDX-License-Identifier: MIT
/* unistd.h - processes, descriptors, names. */
#ifndef UNISTD_H
#define UNISTD_H

#include <stddef.h>
#include <sys/types.h>

#define STDIN_FILENO	0
#define STDOUT_FILENO	1
#define STDERR_FILENO	2
#define R_OK		4
#define W_OK		2
#define X_OK		1
#define F_OK		0
#ifndef SEEK_SET
#define SEEK_SET	0
#define SEEK_CUR	1
#define SEEK_END	2
#endif
#define _SC_PAGESIZE	30
#define _SC_PAGE_SIZE	30
#define _SC_CLK_TCK	2
#define _SC_OPEN_MAX	4
#define _SC_NPROCESSORS_CONF 83
#define _SC_NPROCESSORS_ONLN 84
#define _SC_PHYS_PAGES	85

pid_t fork(void);
pid_t vfork(void);
void _exit(int status) __attribute__((noreturn));
pid_t getpid(void);
pid_t getppid(void);
pid_t gettid(void);
int execve(const char *path, char *const argv[], char *const envp[]);
int execv(const char *path, char *const argv[]);
int execvp(const char *file, char *const argv[]);
int execl(const char *path, const char *arg, ...);
int execle(const char *path, const char *arg, ...);	/* .., NULL, envp */
int execlp(const char *file, const char *arg, ...);
int setpgid(pid_t pid, pid_t pgid);
pid_t getpgid(pid_t pid);
pid_t getpgrp(void);
pid_t setsid(void);
pid_t getsid(pid_t pid);
pid_t tcgetpgrp(int fd);
int tcsetpgrp(int fd, pid_t pgid);
int nice(int by);
uid_t getuid(void);
uid_t geteuid(void);
gid_t getgid(void);
gid_t getegid(void);
int gethostname(char *name, size_t size);

ssize_t read(int fd, void *buf, size_t n);
ssize_t write(int fd, const void *buf, size_t n);
ssize_t pread(int fd, void *buf, size_t n, off_t off);
ssize_t pwrite(int fd, const void *buf, size_t n, off_t off);
off_t lseek(int fd, off_t off, int whence);
int close(int fd);
int dup(int fd);
int dup2(int fd, int to);
int dup3(int fd, int to, int flags);
int pipe(int fd[2]);
int pipe2(int fd[2], int flags);
int fsync(int fd);
int fdatasync(int fd);
void sync(void);
int ftruncate(int fd, off_t size);
int truncate(const char *path, off_t size);
int isatty(int fd);

int chdir(const char *path);
char *getcwd(char *buf, size_t size);
int access(const char *path, int mode);
int link(const char *from, const char *to);
int unlink(const char *path);
int unlinkat(int dir, const char *path, int flags);
int fchdir(int fd);
int rmdir(const char *path);

void *sbrk(intptr_t n);
int brk(void *end);
int getpagesize(void);
long sysconf(int name);
unsigned sleep(unsigned seconds);
int usleep(useconds_t us);
unsigned alarm(unsigned seconds);
int pause(void);

extern char **environ;
extern char *optarg;
extern int optind, opterr, optopt;
int getopt(int argc, char *const argv[], const char *opts);

#endif
