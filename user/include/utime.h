// SPDX-License-Identifier: MIT
/* utime.h - a file's times, in seconds; sys/stat.h's utimens has nanoseconds. */
#ifndef UTIME_H
#define UTIME_H

#include <sys/stat.h>

struct utimbuf {
	time_t actime, modtime;
};

/* NULL: now */
static inline int utime(const char *path, const struct utimbuf *t)
{
	struct timespec ts[2] = { { t ? t->actime : 0, 0 }, { t ? t->modtime : 0, 0 } };

	return utimens(path, t ? ts : NULL);
}

#endif
