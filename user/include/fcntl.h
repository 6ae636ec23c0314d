// SPDX-License-Identifier: MIT
/* fcntl.h - opening files. */
#ifndef FCNTL_H
#define FCNTL_H

#include <sys/types.h>
#include "uapi/fcntl.h"

int open(const char *path, int flags, ...);
int creat(const char *path, mode_t mode);
int fcntl(int fd, int cmd, ...);

#endif
