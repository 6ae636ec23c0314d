// SPDX-License-Identifier: MIT
/* sys/select.h - waiting for descriptors as sets of bits; poll.h has the call behind it. */
#ifndef SYS_SELECT_H
#define SYS_SELECT_H

#include <string.h>
#include <sys/types.h>
#include "uapi/sched.h"

#define FD_SETSIZE	1024

typedef struct {
	unsigned long bits[FD_SETSIZE / 64];
} fd_set;

#define FD_ZERO(s)	memset((s), 0, sizeof(fd_set))
#define FD_SET(fd, s)	((void)((s)->bits[(fd) / 64] |= 1UL << (fd) % 64))
#define FD_CLR(fd, s)	((void)((s)->bits[(fd) / 64] &= ~(1UL << (fd) % 64)))
#define FD_ISSET(fd, s)	((int)((s)->bits[(fd) / 64] >> (fd) % 64 & 1))

/* The sets keep what is ready. => how many bits are left in them */
int select(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict except,
	   struct timeval *restrict timeout);

#endif
