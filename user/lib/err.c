// SPDX-License-Identifier: MIT
/* err.c - complaints of programs. */
#include <err.h>
#include <errno.h>
#include <finish.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sys.h"

static void complain(const char *fmt, va_list ap, const char *reason)
{
	char line[512];
	size_t n = (size_t)snprintf(line, sizeof(line), "%s: ", __progname);

	n += (size_t)vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	if (n > sizeof(line) - 1)
		n = sizeof(line) - 1;
	fflush(stdout);
	fprintf(stderr, "%s%s%s\n", line, reason ? ": " : "", reason ? reason : "");
}

void warn(const char *fmt, ...)
{
	const char *reason = strerror(errno);
	va_list ap;

	va_start(ap, fmt);
	complain(fmt, ap, reason);
	va_end(ap);
}

void warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(fmt, ap, NULL);
	va_end(ap);
}

void err(int status, const char *fmt, ...)
{
	const char *reason = strerror(errno);
	va_list ap;

	va_start(ap, fmt);
	complain(fmt, ap, reason);
	va_end(ap);
	exit(status);
}

void errx(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(fmt, ap, NULL);
	va_end(ap);
	exit(status);
}

void finish(int status)
{
	if (fflush(stdout) < 0 || ferror(stdout))
		err(1, "write");
	exit(status);
}
