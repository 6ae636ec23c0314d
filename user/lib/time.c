// SPDX-License-Identifier: MIT
/* time.c - clocks, sleeping, and the calendar (UTC; days counted from 1 March, so that the
 * leap day comes last and every month's start is a linear formula). */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>
#include "sys.h"

static const char wdays[7][10] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
	                           "Thursday", "Friday", "Saturday" };
static const char months[12][10] = { "January",   "February", "March",    "April",
	                             "May",       "June",     "July",     "August",
	                             "September", "October",  "November", "December" };

time_t time(time_t *t)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) < 0)
		return -1;
	if (t)
		*t = ts.tv_sec;
	return ts.tv_sec;
}

int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	struct timespec ts;

	(void)tz;
	if (clock_gettime(CLOCK_REALTIME, &ts) < 0)
		return -1;
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

clock_t clock(void)
{
	struct tms t;

	return times(&t) < 0 ? -1 : (t.tms_utime + t.tms_stime) * (CLOCKS_PER_SEC / 100);
}

double difftime(time_t a, time_t b)
{
	return (double)(a - b);
}

unsigned sleep(unsigned seconds)
{
	struct timespec ts = { seconds, 0 };

	return nanosleep(&ts, &ts) < 0 ? (unsigned)ts.tv_sec + (ts.tv_nsec > 0) : 0;
}

int usleep(useconds_t us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000L };

	return nanosleep(&ts, NULL);
}

long uptime(void)
{
	return __sys_uptime();
}

struct tm *gmtime_r(const time_t *restrict t, struct tm *restrict tm)
{
	long days = *t / 86400, rest = *t % 86400, era, doe, yoe, doy, mp;

	if (rest < 0) {
		rest += 86400;
		days--;
	}
	tm->tm_hour = (int)(rest / 3600);
	tm->tm_min = (int)(rest / 60 % 60);
	tm->tm_sec = (int)(rest % 60);
	tm->tm_wday = (int)((days % 7 + 11) % 7); /* 1 January 1970 was a Thursday */
	days += 719468; /* from 1 March of year 0 */
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	tm->tm_mday = (int)(doy - (153 * mp + 2) / 5 + 1);
	tm->tm_mon = (int)(mp < 10 ? mp + 2 : mp - 10);
	tm->tm_year = (int)(yoe + era * 400 + (tm->tm_mon <= 1) - 1900);
	tm->tm_yday = (int)(mp < 10 ? doy + 59 : doy - 306);
	if (mp < 10) {
		long y = tm->tm_year + 1900L;

		tm->tm_yday += (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	}
	tm->tm_isdst = 0;
	return tm;
}

struct tm *localtime_r(const time_t *restrict t, struct tm *restrict tm)
{
	return gmtime_r(t, tm);
}

struct tm *gmtime(const time_t *t)
{
	static struct tm tm;

	return gmtime_r(t, &tm);
}

struct tm *localtime(const time_t *t)
{
	return gmtime(t);
}

time_t timegm(const struct tm *tm)
{
	long y = tm->tm_year + 1900L + tm->tm_mon / 12, m = tm->tm_mon % 12, era, yoe, doy;

	y -= m < 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m < 2 ? m + 10 : m - 2) + 2) / 5 + tm->tm_mday - 1;
	return (era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468) * 86400 +
	       tm->tm_hour * 3600L + tm->tm_min * 60L + tm->tm_sec;
}

time_t mktime(struct tm *tm)
{
	time_t t = timegm(tm);

	gmtime_r(&t, tm);
	return t;
}

size_t strftime(char *restrict s, size_t max, const char *restrict fmt,
                const struct tm *restrict tm)
{
	size_t n = 0;

	for (; *fmt; fmt++) {
		char part[64];

		part[0] = *fmt;
		part[1] = '\0';
		if (*fmt == '%') {
			switch (*++fmt) {
			case 'Y':
				snprintf(part, sizeof(part), "%d", tm->tm_year + 1900);
				break;
			case 'm':
				snprintf(part, sizeof(part), "%02d", tm->tm_mon + 1);
				break;
			case 'd':
				snprintf(part, sizeof(part), "%02d", tm->tm_mday);
				break;
			case 'e':
				snprintf(part, sizeof(part), "%2d", tm->tm_mday);
				break;
			case 'H':
				snprintf(part, sizeof(part), "%02d", tm->tm_hour);
				break;
			case 'M':
				snprintf(part, sizeof(part), "%02d", tm->tm_min);
				break;
			case 'S':
				snprintf(part, sizeof(part), "%02d", tm->tm_sec);
				break;
			case 'j':
				snprintf(part, sizeof(part), "%03d", tm->tm_yday + 1);
				break;
			case 'y':
				snprintf(part, sizeof(part), "%02d", tm->tm_year % 100);
				break;
			case 'a':
				snprintf(part, sizeof(part), "%.3s", wdays[tm->tm_wday % 7]);
				break;
			case 'A':
				snprintf(part, sizeof(part), "%s", wdays[tm->tm_wday % 7]);
				break;
			case 'b':
				snprintf(part, sizeof(part), "%.3s", months[tm->tm_mon % 12]);
				break;
			case 'B':
				snprintf(part, sizeof(part), "%s", months[tm->tm_mon % 12]);
				break;
			case 'F':
				snprintf(part, sizeof(part), "%d-%02d-%02d", tm->tm_year + 1900,
				         tm->tm_mon + 1, tm->tm_mday);
				break;
			case 'T':
				snprintf(part, sizeof(part), "%02d:%02d:%02d", tm->tm_hour,
				         tm->tm_min, tm->tm_sec);
				break;
			case 's':
				snprintf(part, sizeof(part), "%ld", timegm(tm));
				break;
			case 'Z':
				strcpy(part, "UTC");
				break;
			case 'z':
				strcpy(part, "+0000");
				break;
			case 'n':
				strcpy(part, "\n");
				break;
			case 't':
				strcpy(part, "\t");
				break;
			case 'c':
				snprintf(part, sizeof(part), "%.3s %.3s %2d %02d:%02d:%02d %d",
				         wdays[tm->tm_wday % 7], months[tm->tm_mon % 12],
				         tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec,
				         tm->tm_year + 1900);
				break;
			case '\0':
				fmt--;
				break;
			default:
				part[0] = *fmt;
			}
		}
		n += strlcpy(s + n, part, max - n);
		if (n >= max)
			return 0;
	}
	s[n] = '\0';
	return n;
}

char *asctime_r(const struct tm *restrict tm, char *restrict buf)
{
	strftime(buf, 26, "%c\n", tm);
	return buf;
}

char *ctime(const time_t *t)
{
	static char buf[64];
	struct tm tm;

	return asctime_r(gmtime_r(t, &tm), buf);
}
