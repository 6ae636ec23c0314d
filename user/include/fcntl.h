// SPDX-License-Identifier: MIT
/* fcntl.h - opening files. */
#ifndef FCNTL_H
#define FCNTL_H

#include <sys/types.h>
#include "uapi/fcntl.h"

int open(const char *path, int flags, ...);
int creat(const char *path, mode_t mode);
int fcntl(int fd, int cmd, ...);

#define O_NOCTTY	0	/* opening a terminal never makes it one's own */
#define O_NOFOLLOW	0	/* there are no symbolic links */

/* dir: AT_FDCWD, or the path begins with /; from another directory: ENOSYS. */
#define AT_FDCWD		(-100)
#define AT_SYMLINK_NOFOLLOW	0x100
#define AT_REMOVEDIR		0x200
int openat(int dir, const char *path, int flags, ...);

#endif
