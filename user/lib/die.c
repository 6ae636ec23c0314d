// SPDX-License-Identifier: MIT
/* die.c - the last words of a program whose own data are broken. */
#include <assert.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sys.h"

/* No FILE and no malloc: they may be what is broken. */
void __die(const char *fmt, ...)
{
	char line[400];
	va_list ap;
	int n;

	n = snprintf(line, 64, "%s[%d]: ", __progname, (int)__sys_getpid());
	va_start(ap, fmt);
	n += vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	__sys_write(2, line, n);
	abort();
}

void __assert_fail(const char *what, const char *file, int line, const char *fn)
{
	__die("%s:%d: %s: assertion failed: %s", file, line, fn, what);
}

int raise(int sig)
{
	return (int)__ret(__sys_tgkill((int)__sys_getpid(), (int)__sys_gettid(), sig));
}

void abort(void)
{
	sigset_t set = 1UL << (SIGABRT - 1);

	__sys_sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(SIGABRT);
	signal(SIGABRT, SIG_DFL); /* a handler came back: no more of that */
	raise(SIGABRT);
	_exit(127);
}
