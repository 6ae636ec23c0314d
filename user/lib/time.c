// SPDX-License-Identifier: MIT
/* time.c - clocks, sleeping, and the calendar (UTC; days counted from 1 March, so that the
 * leap day comes last and every month's start is a linear formula). */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
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

int getitimer(int which, struct itimerval *old)
{
	return setitimer(which, NULL, old);
}

int clock_getres(clockid_t clock, struct timespec *ts)
{
	struct timespec now;

	if (clock_gettime(clock, &now) < 0)
		return -1;
	if (ts)
		*ts = (struct timespec){ 0, 1 };
	return 0;
}

/* => 0 or an error number */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *want, struct timespec *left)
{
	struct timespec t, now;
	long r;

	if (want->tv_nsec < 0 || want->tv_nsec >= 1000000000 || (flags & ~TIMER_ABSTIME) ||
	    clock_gettime(clock, &now) < 0)
		return EINVAL;
	if (!(flags & TIMER_ABSTIME))
		return (int)-__sys_nanosleep(want, left);
	do { /* a clock that is set, or a sleep cut short by rounding, is looked at again */
		t.tv_sec = want->tv_sec - now.tv_sec - (want->tv_nsec < now.tv_nsec);
		t.tv_nsec = want->tv_nsec - now.tv_nsec + (want->tv_nsec < now.tv_nsec) * 1000000000L;
		if (t.tv_sec < 0)
			return 0;
		r = __sys_nanosleep(&t, NULL);
		clock_gettime(clock, &now);
	} while (r == 0);
	return (int)-r;
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
	long m = tm->tm_mon % 12, y = tm->tm_year + 1900L + tm->tm_mon / 12, era, yoe, doy;

	if (m < 0) {
		m += 12;
		y--;
	}
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

/* The week of the year, weeks beginning on day `first` (0 Sunday, 1 Monday). */
static int week(const struct tm *tm, int first)
{
	return (tm->tm_yday + 7 - (tm->tm_wday + 7 - first) % 7) / 7;
}

/* ISO 8601's week (the one with the year's first Thursday is the first), and its year. */
static int iso_week(const struct tm *tm, int *year)
{
	int thursday = tm->tm_yday - (tm->tm_wday + 6) % 7 + 3, y = tm->tm_year + 1900;
	int leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	if (thursday < 0) {
		y--;
		thursday += 365 + ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0);
	} else if (thursday >= 365 + leap) {
		y++;
		thursday -= 365 + leap;
	}
	*year = y;
	return thursday / 7 + 1;
}

/* What conversion c stands for, in terms of others. => NULL: itself */
static const char *composed(char c)
{
	switch (c) {
	case 'D':
	case 'x':
		return "%m/%d/%y";
	case 'F':
		return "%Y-%m-%d";
	case 'R':
		return "%H:%M";
	case 'T':
	case 'X':
		return "%H:%M:%S";
	case 'c':
		return "%a %b %e %H:%M:%S %Y";
	case 'h':
		return "%b";
	case 'r':
		return "%I:%M:%S %p";
	default:
		return NULL;
	}
}

/* Conversions that are not numbers. */
static void word(char *part, size_t size, char c, const struct tm *tm)
{
	switch (c) {
	case 'A':
	case 'a':
		snprintf(part, size, "%.*s", c == 'a' ? 3 : 9, wdays[(unsigned)tm->tm_wday % 7]);
		break;
	case 'B':
	case 'b':
		snprintf(part, size, "%.*s", c == 'b' ? 3 : 9, months[(unsigned)tm->tm_mon % 12]);
		break;
	case 'P':
	case 'p':
		strlcpy(part, tm->tm_hour % 24 < 12 ? "AM" : "PM", size);
		if (c == 'P')
			for (; *part; part++)
				*part |= 32;
		break;
	case 's':
		snprintf(part, size, "%ld", timegm(tm));
		break;
	case 'Z':
		strlcpy(part, "UTC", size);
		break;
	case 'z':
		strlcpy(part, "+0000", size);
		break;
	case 'n':
		strlcpy(part, "\n", size);
		break;
	case 't':
		strlcpy(part, "\t", size);
		break;
	default: /* unknown, and %%: itself */
		part[0] = c;
		part[1] = '\0';
	}
}

size_t strftime(char *restrict s, size_t max, const char *restrict fmt,
                const struct tm *restrict tm)
{
	int year = tm->tm_year + 1900, hour12 = (tm->tm_hour + 11) % 12 + 1, iso_year;
	size_t n = 0;

	for (; *fmt; fmt++) {
		const char *form = "%02d", *more;
		char part[64];
		int v = 0;

		part[0] = '\0';
		if (*fmt != '%') {
			form = NULL;
			part[0] = *fmt;
			part[1] = '\0';
			goto put;
		}
		fmt += fmt[1] == 'E' || fmt[1] == 'O' ? 2 : 1; /* other calendars, other digits */
		more = composed(*fmt);
		if (more) {
			if (strftime(part, sizeof(part), more, tm) == 0)
				return 0;
			form = NULL;
			goto put;
		}
		switch (*fmt) {
		case 'C':
			v = year / 100;
			break;
		case 'G':
			iso_week(tm, &v);
			form = "%d";
			break;
		case 'H':
			v = tm->tm_hour;
			break;
		case 'I':
			v = hour12;
			break;
		case 'M':
			v = tm->tm_min;
			break;
		case 'S':
			v = tm->tm_sec;
			break;
		case 'U':
			v = week(tm, 0);
			break;
		case 'V':
			v = iso_week(tm, &iso_year);
			break;
		case 'W':
			v = week(tm, 1);
			break;
		case 'Y':
			v = year;
			form = "%d";
			break;
		case 'd':
			v = tm->tm_mday;
			break;
		case 'e':
			v = tm->tm_mday;
			form = "%2d";
			break;
		case 'g':
			iso_week(tm, &v);
			v %= 100;
			break;
		case 'j':
			v = tm->tm_yday + 1;
			form = "%03d";
			break;
		case 'k':
			v = tm->tm_hour;
			form = "%2d";
			break;
		case 'l':
			v = hour12;
			form = "%2d";
			break;
		case 'm':
			v = tm->tm_mon + 1;
			break;
		case 'u':
			v = (tm->tm_wday + 6) % 7 + 1;
			form = "%d";
			break;
		case 'w':
			v = tm->tm_wday;
			form = "%d";
			break;
		case 'y':
			v = (year % 100 + 100) % 100;
			break;
		default:
			form = NULL;
			word(part, sizeof(part), *fmt, tm);
			fmt -= *fmt == '\0';
		}
	put:
		if (form)
			snprintf(part, sizeof(part), form, v);
		n += strlcpy(s + n, part, max - n);
		if (n >= max)
			return 0;
	}
	if (max > 0)
		s[n] = '\0';
	return n;
}

char *asctime_r(const struct tm *restrict tm, char *restrict buf)
{
	strftime(buf, 26, "%c\n", tm);
	return buf;
}

char *asctime(const struct tm *tm)
{
	static char buf[64];

	return asctime_r(tm, buf);
}

char *ctime_r(const time_t *restrict t, char *restrict buf)
{
	struct tm tm;

	return asctime_r(gmtime_r(t, &tm), buf);
}

char *ctime(const time_t *t)
{
	return asctime(gmtime(t));
}
