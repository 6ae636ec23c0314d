// SPDX-License-Identifier: MIT
/*
 * stdio_impl.h - what a FILE is.
 *
 * One buffer serves reading or writing, never both at once.  While reading, buf[pos..end)
 * is unread; while writing, buf[0..pos) is unwritten.  A FILE that is not yet written or
 * read has no buffer; the three standard ones have static ones, so that printf works
 * without a heap.
 */
#ifndef LIB_STDIO_IMPL_H
#define LIB_STDIO_IMPL_H

#include <__thread.h>
#include <stdio.h>

#define F_READ    0x01 /* may be read */
#define F_WRITE   0x02
#define F_EOF     0x04
#define F_ERR     0x08
#define F_READING 0x10 /* the buffer holds input */
#define F_WRITING 0x20 /* the buffer holds output */
#define F_LINE    0x40 /* flush after a newline */
#define F_NONE    0x80 /* no buffer between calls */
#define F_MODE    0x100 /* the three bits above are decided */
#define F_MYBUF   0x200 /* buf came from malloc */
#define F_STRING  0x400 /* sscanf, snprintf: there is no descriptor */
#define F_APPEND  0x800
#define F_SEEN    0x1000 /* it is no directory */

struct __file {
	int fd, flags;
	unsigned char *buf;
	size_t size, pos, end;
	struct __mutex lock;
	int owner, depth; /* thread that holds the lock, how often */
	int pid; /* popen's child */
	struct __file *next; /* all that fopen made */
	unsigned char unget[8]; /* room in front of a full buffer: unused otherwise */
	int nunget;
};

int __fill(FILE *f); /* next byte of input, or EOF; buffer refilled */
int __put(FILE *f, const void *p, size_t n); /* 0 or EOF; with the lock */
int __flush(FILE *f);
static inline int __get(FILE *f) /* with the lock */
{
	if (f->nunget > 0)
		return f->unget[--f->nunget];
	if ((f->flags & F_READING) && f->pos < f->end)
		return f->buf[f->pos++];
	return __fill(f);
}
void __unget(int c, FILE *f);

/* Where formatted text goes: a FILE, or a string of limited size. */
struct sink {
	void (*put)(struct sink *s, const char *p, size_t n);
	size_t total; /* bytes produced, stored or not */
	char *s; /* string */
	size_t room;
	FILE *f;
	int fd;
};
int __format(struct sink *s, const char *fmt, va_list ap);

#endif
