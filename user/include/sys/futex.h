// SPDX-License-Identifier: MIT
/* sys/futex.h - sleeping until a word changes. */
#ifndef SYS_FUTEX_H
#define SYS_FUTEX_H

#include "uapi/sched.h"

long futex(volatile int *addr, int op, int val, const struct timespec *timeout, void *addr2, int val3);

#endif
