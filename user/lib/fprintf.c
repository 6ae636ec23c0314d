// SPDX-License-Identifier: MIT
/* fprintf.c - formatted text into FILEs, descriptors and memory (the engine: printf.c). */
#include <limits.h>
#include <stdlib.h>
#include "stdio_impl.h"

static void put_file(struct sink *s, const char *p, size_t n)
{
	__put(s->f, p, n);
}

/* An unbuffered FILE gets a buffer for the time of the call: one write, not twenty. */
int vfprintf(FILE *restrict f, const char *restrict fmt, va_list ap)
{
	struct sink s = { .put = put_file, .f = f };
	unsigned char buf[256];
	int r, before;

	flockfile(f);
	before = f->flags & F_ERR;
	f->flags &= ~F_ERR;
	if (f->flags & F_NONE) {
		unsigned char *old = f->buf;
		size_t size = f->size;

		f->flags &= ~F_NONE;
		f->buf = buf;
		f->size = sizeof(buf);
		r = __format(&s, fmt, ap);
		__flush(f);
		f->buf = old;
		f->size = size;
		f->flags |= F_NONE;
	} else
		r = __format(&s, fmt, ap);
	if (f->flags & F_ERR)
		r = -1;
	f->flags |= before;
	funlockfile(f);
	return r;
}

int vdprintf(int fd, const char *restrict fmt, va_list ap)
{
	FILE f = { .fd = fd, .flags = F_WRITE | F_NONE | F_MODE };

	return vfprintf(&f, fmt, ap);
}

int vsprintf(char *restrict s, const char *restrict fmt, va_list ap)
{
	return vsnprintf(s, (size_t)INT_MAX + 1, fmt, ap);
}

int vasprintf(char **s, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	*s = n < 0 ? NULL : malloc((size_t)n + 1);
	return *s ? vsnprintf(*s, (size_t)n + 1, fmt, ap) : -1;
}

int vprintf(const char *restrict fmt, va_list ap)
{
	return vfprintf(stdout, fmt, ap);
}

#define FORWARD(call)      \
	va_list ap;        \
	int r;             \
                           \
	va_start(ap, fmt); \
	r = call;          \
	va_end(ap);        \
	return r

int printf(const char *restrict fmt, ...)
{
	FORWARD(vfprintf(stdout, fmt, ap));
}
int fprintf(FILE *restrict f, const char *restrict fmt, ...)
{
	FORWARD(vfprintf(f, fmt, ap));
}
int dprintf(int fd, const char *restrict fmt, ...)
{
	FORWARD(vdprintf(fd, fmt, ap));
}
int sprintf(char *restrict s, const char *restrict fmt, ...)
{
	FORWARD(vsprintf(s, fmt, ap));
}
int asprintf(char **s, const char *fmt, ...)
{
	FORWARD(vasprintf(s, fmt, ap));
}
