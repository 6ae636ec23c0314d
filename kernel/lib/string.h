// SPDX-License-Identifier: MIT
/* string.h - the C string functions the kernel uses, and formatted text into a buffer. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include "lib/types.h"

void *memset(void *dst, int c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *hay, const char *needle);
/* Copy at most size-1 bytes and always terminate; returns strlen(src). */
size_t strlcpy(char *dst, const char *src, size_t size);
size_t strlcat(char *dst, const char *src, size_t size);
/* Decimal, 0x hexadecimal or 0 octal; end as in strtoul. */
unsigned long simple_strtoul(const char *s, char **end, int base);
/* A size with an optional suffix K, M or G. */
unsigned long memparse(const char *s, char **end);

/* Zero or copy one page: page-aligned, not overlapping; the hot loops of the kernel. */
void clear_page(void *page);
void copy_page(void *dst, const void *src);

/* printf's language without floating point: %d %i %u %x %X %o %c %s %p %% with
 * flags "-0+ #", width, precision, '*', lengths hh h l ll z; and %pS (symbol+offset).
 * Returns the length the whole text would have had. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
/* As snprintf, but returns what was really stored (< size). */
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

#endif
