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
#define timerisset(a)	((a)->tv_sec != 0 || (a)->tv_usec != 0)
#define timerclear(a)	((void)((a)->tv_sec = (a)->tv_usec = 0))
#define timercmp(a, b, op) \
	((a)->tv_sec == (b)->tv_sec ? (a)->tv_usec op(b)->tv_usec : (a)->tv_sec op(b)->tv_sec)
#define timeradd(a, b, sum) __timer_sum((a)->tv_sec + (b)->tv_sec, (a)->tv_usec + (b)->tv_usec, sum)
#define timersub(a, b, sum) __timer_sum((a)->tv_sec - (b)->tv_sec, (a)->tv_usec - (b)->tv_usec, sum)
static inline void __timer_sum(long sec, long usec, struct timeval *sum)
{
	sum->tv_sec = sec + (usec >= 1000000) - (usec < 0);
	sum->tv_usec = usec >= 1000000 ? usec - 1000000 : usec < 0 ? usec + 1000000 : usec;
}

/* SIGALRM after it_value, then every it_interval (of a millisecond at least); alarm's clock. */
int setitimer(int which, const struct itimerval *restrict new, struct itimerval *restrict old);
int getitimer(int which, struct itimerval *old);
int gettimeofday(struct timeval *restrict tv, void *restrict tz);

#endif
