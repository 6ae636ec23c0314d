// SPDX-License-Identifier: MIT
/*
 * param.h - the limits that a program written for xv6 meets here.
 *
 * Pagoda has few fixed limits.  Where xv6's programs rely on there being one (forktest
 * forks until it fails, bigargtest passes MAXARG arguments to see it refused), the value
 * here is one that holds: user/lib/xv6.c or the kernel enforces it.
 */
#ifndef COMPAT_PARAM_H
#define COMPAT_PARAM_H

#define NPROC		256	/* processes beside those at the program's start (RLIMIT_NPROC) */
#define NCPU		8	/* harts */
#define NOFILE		1024	/* open files of a process (RLIMIT_NOFILE) */
#define NFILE		4096	/* open files of all: no limit but memory */
#define NINODE		50	/* inodes in memory: no limit but memory; tests nest so many folders */
#define NDEV		16	/* largest major device number */
#define ROOTDEV		1
#define MAXARG		1024	/* arguments of exec; with 128 bytes each they are too long */
#define MAXOPBLOCKS	10	/* blocks of a write that xv6's log takes at once; any size works */
#define LOGBLOCKS	(MAXOPBLOCKS * 3)
#define LOGSIZE		LOGBLOCKS
#define NBUF		(MAXOPBLOCKS * 3)
#define FSSIZE		131072	/* BSIZEs of the root's image as it is built: 128 MiB */
#define MAXPATH		1024	/* longest path, its end included */
#define USERSTACK	2048	/* pages the stack may grow to (RLIMIT_STACK) */

#endif
