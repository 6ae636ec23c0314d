// SPDX-License-Identifier: MIT
/*
 * string.c - bytes and strings.
 *
 * The block functions move words: when source and destination are misaligned alike,
 * bytes up to the first word boundary, then eight words a turn, then the rest.  When
 * they differ, bytes (on RISC-V a misaligned load may trap).  strlen and its kin go by
 * bytes: strings are short.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __GNUC__
#ifndef __clang__
/* or gcc sees a memset in memset's own loop */
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif
#endif

typedef uint64_t __attribute__((may_alias)) word;
#define WORD sizeof(word)

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	if (n >= 16 && (((uintptr_t)d ^ (uintptr_t)s) & (WORD - 1)) == 0) {
		for (; (uintptr_t)d & (WORD - 1); n--)
			*d++ = *s++;
		for (; n >= 8 * WORD; n -= 8 * WORD, d += 8 * WORD, s += 8 * WORD) {
			const word *sw = (const word *)s;
			word *dw = (word *)d;
			word a = sw[0], b = sw[1], c = sw[2], e = sw[3];
			word f = sw[4], g = sw[5], h = sw[6], i = sw[7];

			dw[0] = a;
			dw[1] = b;
			dw[2] = c;
			dw[3] = e;
			dw[4] = f;
			dw[5] = g;
			dw[6] = h;
			dw[7] = i;
		}
		for (; n >= WORD; n -= WORD, d += WORD, s += WORD)
			*(word *)d = *(const word *)s;
	}
	while (n-- > 0)
		*d++ = *s++;
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	if ((uintptr_t)d - (uintptr_t)s >= n) /* going up overwrites nothing unread */
		return memcpy(dst, src, n);
	d += n;
	s += n;
	if (n >= 16 && (((uintptr_t)d ^ (uintptr_t)s) & (WORD - 1)) == 0) {
		for (; (uintptr_t)d & (WORD - 1); n--)
			*--d = *--s;
		for (; n >= WORD; n -= WORD) {
			d -= WORD;
			s -= WORD;
			*(word *)d = *(const word *)s;
		}
	}
	while (n-- > 0)
		*--d = *--s;
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	unsigned char *d = dst;
	word w = (unsigned char)c * 0x0101010101010101UL;

	if (n >= 16) {
		for (; (uintptr_t)d & (WORD - 1); n--)
			*d++ = (unsigned char)c;
		for (; n >= 8 * WORD; n -= 8 * WORD, d += 8 * WORD) {
			word *p = (word *)d;

			p[0] = w;
			p[1] = w;
			p[2] = w;
			p[3] = w;
			p[4] = w;
			p[5] = w;
			p[6] = w;
			p[7] = w;
		}
		for (; n >= WORD; n -= WORD, d += WORD)
			*(word *)d = w;
	}
	while (n-- > 0)
		*d++ = (unsigned char)c;
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (; n > 0; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const unsigned char *p = s;

	for (; n > 0; n--, p++)
		if (*p == (unsigned char)c)
			return (void *)p;
	return NULL;
}

void *memrchr(const void *s, int c, size_t n)
{
	const unsigned char *p = s;

	while (n-- > 0)
		if (p[n] == (unsigned char)c)
			return (void *)(p + n);
	return NULL;
}

void *memmem(const void *hay, size_t n, const void *needle, size_t m)
{
	const unsigned char *h = hay;

	if (m == 0)
		return (void *)hay;
	for (; n >= m; h++, n--)
		if (*h == *(const unsigned char *)needle && memcmp(h, needle, m) == 0)
			return (void *)h;
	return NULL;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p)
		p++;
	return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

char *stpcpy(char *restrict dst, const char *restrict src)
{
	while ((*dst = *src++))
		dst++;
	return dst;
}

char *strcpy(char *restrict dst, const char *restrict src)
{
	stpcpy(dst, src);
	return dst;
}

/* The end of the text in dst, or of dst. */
char *stpncpy(char *restrict dst, const char *restrict src, size_t n)
{
	size_t i = 0, len;

	for (; i < n && src[i]; i++)
		dst[i] = src[i];
	len = i;
	for (; i < n; i++)
		dst[i] = '\0';
	return dst + len;
}

char *strncpy(char *restrict dst, const char *restrict src, size_t n)
{
	stpncpy(dst, src, n);
	return dst;
}

size_t strlcpy(char *restrict dst, const char *restrict src, size_t size)
{
	size_t n = strlen(src);

	if (size > 0) {
		size_t k = n < size ? n : size - 1;

		memcpy(dst, src, k);
		dst[k] = '\0';
	}
	return n;
}

size_t strlcat(char *restrict dst, const char *restrict src, size_t size)
{
	size_t n = strnlen(dst, size);

	return n + strlcpy(dst + n, src, size - n);
}

char *strcat(char *restrict dst, const char *restrict src)
{
	stpcpy(dst + strlen(dst), src);
	return dst;
}

char *strncat(char *restrict dst, const char *restrict src, size_t n)
{
	char *d = dst + strlen(dst);

	while (n-- > 0 && *src)
		*d++ = *src++;
	*d = '\0';
	return dst;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++)
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

int strncasecmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++) {
		int x = tolower((unsigned char)*a), y = tolower((unsigned char)*b);

		if (x != y || !x)
			return x - y;
	}
	return 0;
}

int strcasecmp(const char *a, const char *b)
{
	return strncasecmp(a, b, SIZE_MAX);
}

int strcoll(const char *a, const char *b)
{
	return strcmp(a, b);
}

char *strchrnul(const char *s, int c)
{
	while (*s && *s != (char)c)
		s++;
	return (char *)s;
}

char *strchr(const char *s, int c)
{
	s = strchrnul(s, c);
	return *s == (char)c ? (char *)s : NULL;
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do
		if (*s == (char)c)
			last = s;
	while (*s++);
	return (char *)last;
}

char *strstr(const char *hay, const char *needle)
{
	size_t n = strlen(needle);

	for (;; hay++) {
		if (strncmp(hay, needle, n) == 0)
			return (char *)hay;
		if (!*hay)
			return NULL;
	}
}

size_t strspn(const char *s, const char *accept)
{
	size_t n = 0;

	while (s[n] && strchr(accept, s[n]))
		n++;
	return n;
}

size_t strcspn(const char *s, const char *reject)
{
	size_t n = 0;

	while (s[n] && !strchr(reject, s[n]))
		n++;
	return n;
}

char *strpbrk(const char *s, const char *accept)
{
	s += strcspn(s, accept);
	return *s ? (char *)s : NULL;
}

char *strtok_r(char *restrict s, const char *restrict sep, char **restrict save)
{
	if (!s)
		s = *save;
	s += strspn(s, sep);
	if (!*s) {
		*save = s;
		return NULL;
	}
	*save = s + strcspn(s, sep);
	if (**save)
		*(*save)++ = '\0';
	return s;
}

char *strtok(char *restrict s, const char *restrict sep)
{
	static char *save;

	return strtok_r(s, sep, &save);
}

char *strsep(char **s, const char *sep)
{
	char *start = *s;

	if (!start)
		return NULL;
	*s = strpbrk(start, sep);
	if (*s)
		*(*s)++ = '\0';
	return start;
}

char *strndup(const char *s, size_t n)
{
	char *p;

	n = strnlen(s, n);
	p = malloc(n + 1);
	if (!p)
		return NULL;
	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *strdup(const char *s)
{
	return strndup(s, SIZE_MAX - 1);
}

/* Up to and with the first c. => behind it in dst; NULL if there is none in n bytes */
void *memccpy(void *restrict dst, const void *restrict src, int c, size_t n)
{
	const void *end = memchr(src, c, n);

	if (end)
		n = (size_t)((const char *)end - (const char *)src) + 1;
	memcpy(dst, src, n);
	return end ? (char *)dst + n : NULL;
}

void *mempcpy(void *restrict dst, const void *restrict src, size_t n)
{
	return (char *)memcpy(dst, src, n) + n;
}

/* Not optimised away, although nobody reads it again. */
void explicit_bzero(void *p, size_t n)
{
	memset(p, 0, n);
	__asm__ volatile("" : : "r"(p) : "memory");
}

size_t strxfrm(char *restrict dst, const char *restrict src, size_t n)
{
	return strlcpy(dst, src, n);
}

char *strcasestr(const char *hay, const char *needle)
{
	size_t n = strlen(needle);

	for (;; hay++) {
		if (strncasecmp(hay, needle, n) == 0)
			return (char *)hay;
		if (!*hay)
			return NULL;
	}
}
