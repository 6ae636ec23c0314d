// SPDX-License-Identifier: MIT
/* poll.h - waiting for one of several descriptors. */
#ifndef POLL_H
#define POLL_H

#include "uapi/poll.h"

typedef unsigned long nfds_t;
int poll(struct pollfd *fds, nfds_t n, int timeout_ms);

#endif
