// SPDX-License-Identifier: MIT
/* sys/stat.h - what files are. */
#ifndef SYS_STAT_H
#define SYS_STAT_H

#include <sys/types.h>
#include <time.h>
#include "uapi/stat.h"

#define S_IRUSR	0400
#define S_IWUSR	0200
#define S_IXUSR	0100
#define S_IRWXU	0700
#define S_IRWXG	0070
#define S_IRGRP	0040
#define S_IWGRP	0020
#define S_IXGRP	0010
#define S_IRWXO	0007
#define S_IROTH	0004
#define S_IWOTH	0002
#define S_IXOTH	0001
#define S_ISUID	0	/* one user, who may do everything: */
#define S_ISGID	0	/* these bits do not exist */
#define S_ISVTX	0

struct stat {			/* = struct kstat */
	dev_t st_dev;
	ino_t st_ino;
	mode_t st_mode;
	nlink_t st_nlink;
	dev_t st_rdev;		/* major << 16 | minor */
	off_t st_size;
	blksize_t st_blksize;
	blkcnt_t st_blocks;
	struct timespec st_atim, st_mtim, st_ctim;
	uid_t st_uid;		/* 0, both */
	gid_t st_gid;
};
#define st_atime	st_atim.tv_sec
#define st_mtime	st_mtim.tv_sec
#define st_ctime	st_ctim.tv_sec

#define UTIME_NOW	((1L << 30) - 1)
#define UTIME_OMIT	((1L << 30) - 2)

int stat(const char *restrict path, struct stat *restrict st);
int lstat(const char *restrict path, struct stat *restrict st);
int fstat(int fd, struct stat *st);
int fstatat(int dir, const char *restrict path, struct stat *restrict st, int flags);
int mkdir(const char *path, mode_t mode);
int mkdirat(int dir, const char *path, mode_t mode);
int mknod(const char *path, mode_t mode, dev_t dev);
int chmod(const char *path, mode_t mode);
int fchmod(int fd, mode_t mode);
mode_t umask(mode_t mask);
/* times[0]: access, times[1]: modification; NULL: now */
int utimens(const char *path, const struct timespec times[2]);

#endif
