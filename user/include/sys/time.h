// SPDX-License-Identifier: MIT
/* sys/time.h - the older clock. */
#ifndef SYS_TIME_H
#define SYS_TIME_H

#include <sys/types.h>

#include <sys/select.h>
#include "uapi/sched.h"

/* a op b, for any comparison */
#define timespeccmp(a, b, op) \
	((a)->tv_sec == (b)->tv_sec ? (a)->tv_nsec op(b)->tv_nsec : (a)->tv_sec op(b)->tv_sec)
int gettimeofday(struct timeval *restrict tv, void *restrict tz);

#endif
