// SPDX-License-Identifier: MIT
/* time.h - clocks and calendars (UTC only). */
#ifndef TIME_H
#define TIME_H

#include <sys/types.h>
#include "uapi/sched.h"

#define CLOCKS_PER_SEC	1000000L

struct tm {
	int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst;
};
time_t time(time_t *t);
clock_t clock(void);
int clock_gettime(clockid_t clock, struct timespec *ts);
#define TIMER_ABSTIME	1
int clock_getres(clockid_t clock, struct timespec *ts);
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *want, struct timespec *left);
int nanosleep(const struct timespec *want, struct timespec *left);
struct tm *gmtime_r(const time_t *restrict t, struct tm *restrict tm);
struct tm *gmtime(const time_t *t);
struct tm *localtime(const time_t *t);
struct tm *localtime_r(const time_t *restrict t, struct tm *restrict tm);
time_t timegm(const struct tm *tm);
time_t mktime(struct tm *tm);
char *asctime_r(const struct tm *restrict tm, char *restrict buf);
char *asctime(const struct tm *tm);
char *ctime_r(const time_t *restrict t, char *restrict buf);
char *ctime(const time_t *t);
size_t strftime(char *restrict s, size_t max, const char *restrict fmt, const struct tm *restrict tm);
double difftime(time_t a, time_t b);

#endif
