// SPDX-License-Identifier: MIT
/* poll.h - events of poll(); the values of Linux's generic table. */
#ifndef UAPI_POLL_H
#define UAPI_POLL_H

#define POLLIN		0x01
#define POLLPRI		0x02
#define POLLOUT		0x04
#define POLLERR		0x08
#define POLLHUP		0x10
#define POLLNVAL	0x20

struct pollfd {
	int fd;			/* negative: not looked at, revents 0 */
	short events, revents;
};

#endif
