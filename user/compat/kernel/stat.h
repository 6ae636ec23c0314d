// SPDX-License-Identifier: MIT
/* stat.h - what xv6's fstat (system call 8) tells: uapi/stat.h's struct xv6_stat. */
#ifndef COMPAT_STAT_H
#define COMPAT_STAT_H

#define T_DIR		1
#define T_FILE		2
#define T_DEVICE	3

struct stat {
	int dev;
	unsigned int ino;
	short type;
	short nlink;
	unsigned long size;
};

#endif
