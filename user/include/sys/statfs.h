// SPDX-License-Identifier: MIT
/* sys/statfs.h - what file systems are. */
#ifndef SYS_STATFS_H
#define SYS_STATFS_H

#include "uapi/stat.h"

int statfs(const char *path, struct statfs *st);

#endif
