// SPDX-License-Identifier: MIT
/* sys/time.h - the older clock. */
#ifndef SYS_TIME_H
#define SYS_TIME_H

#include <sys/types.h>

#include <sys/select.h>
#include "uapi/sched.h"
int gettimeofday(struct timeval *restrict tv, void *restrict tz);

#endif
