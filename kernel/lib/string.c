// SPDX-License-Identifier: MIT
/*
 * string.c - memory and strings.
 *
 * Copying and clearing are where a kernel spends its life: fork, exec and every first
 * touch move whole pages.  A 64-bit register moves eight bytes an instruction, so the
 * best a page can cost is 512 stores (clear) or 512 loads and 512 stores (copy); the
 * rest is loop overhead.  A store's 12-bit offset reaches 2 KiB up and down, just a page from
 * its middle, so that there need be no loop:
 *
 *	clear_page	512 stores		~520 instructions
 *	copy_page	512 loads, 512 stores	~1030
 *
 * memcpy and memset align the destination first, because a store that crosses a word
 * traps to the firmware on many harts, then go by words.  When source and destination
 * are not aligned to each other, two neighbouring source words are shifted together:
 * still one load and one store a word, and never a misaligned access.  The words are
 * those that hold wanted bytes, so nothing outside the source's pages is read.
 *
 * Vector and cache-block instructions (V, Zicboz) would do better and are not used:
 * the kernel is built for rv64imac, which every hart has.
 */
#include "lib/string.h"

/* gcc knows a loop that clears memory when it sees one, and would call memset for it:
 * from memset too. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

/* Words are read here whole where only some bytes of them are wanted. */
#define WORDS __attribute__((no_sanitize("address")))

typedef u64 __attribute__((may_alias)) word;
#define WSIZE	sizeof(word)
#define WMASK	(WSIZE - 1)

#define REPEAT8(op, i)	op(i) op((i) + 1) op((i) + 2) op((i) + 3) \
			op((i) + 4) op((i) + 5) op((i) + 6) op((i) + 7)

void clear_page(void *page)
{
	word *p = (word *)page + 256;

	__asm__("" : "+r"(p));		/* the middle, and nothing else, is the base */
#define CLEAR(i) p[i] = 0;
#define CLEAR64(i) do {								\
	REPEAT8(CLEAR, (i)) REPEAT8(CLEAR, (i) + 8) REPEAT8(CLEAR, (i) + 16)	\
	REPEAT8(CLEAR, (i) + 24) REPEAT8(CLEAR, (i) + 32) REPEAT8(CLEAR, (i) + 40)	\
	REPEAT8(CLEAR, (i) + 48) REPEAT8(CLEAR, (i) + 56)			\
} while (0)
	CLEAR64(-256);
	CLEAR64(-192);
	CLEAR64(-128);
	CLEAR64(-64);
	CLEAR64(0);
	CLEAR64(64);
	CLEAR64(128);
	CLEAR64(192);
}

/* Eight loads before eight stores: an in-order hart waits for none of them. */
#define COPY8(i) do {								\
	word a = s[(i)], b = s[(i) + 1], c = s[(i) + 2], e = s[(i) + 3];	\
	word f = s[(i) + 4], g = s[(i) + 5], h = s[(i) + 6], k = s[(i) + 7];	\
	d[(i)] = a; d[(i) + 1] = b; d[(i) + 2] = c; d[(i) + 3] = e;		\
	d[(i) + 4] = f; d[(i) + 5] = g; d[(i) + 6] = h; d[(i) + 7] = k;		\
} while (0)

void copy_page(void *dst, const void *src)
{
	word *d = (word *)dst + 256;
	const word *s = (const word *)src + 256;

	__asm__("" : "+r"(d), "+r"(s));
#define COPY64(i) do {								\
	COPY8((i)); COPY8((i) + 8); COPY8((i) + 16); COPY8((i) + 24);		\
	COPY8((i) + 32); COPY8((i) + 40); COPY8((i) + 48); COPY8((i) + 56);	\
} while (0)
	COPY64(-256);
	COPY64(-192);
	COPY64(-128);
	COPY64(-64);
	COPY64(0);
	COPY64(64);
	COPY64(128);
	COPY64(192);
}

void *memset(void *dst, int c, size_t n)
{
	u8 *d = dst;
	word v = (u8)c * 0x0101010101010101UL;

	if (n >= 2 * WSIZE) {
		while ((uintptr_t)d & WMASK) {
			*d++ = c;
			n--;
		}
		word *p = (word *)d;

#define SET(i) p[i] = v;
		for (; n >= 16 * WSIZE; n -= 16 * WSIZE, p += 16) {
			REPEAT8(SET, 0) REPEAT8(SET, 8)
		}
		for (; n >= WSIZE; n -= WSIZE)
			*p++ = v;
		d = (u8 *)p;
	}
	while (n-- > 0)
		*d++ = c;
	return dst;
}

/* Whole words to d, which is aligned, from s, which is not; little-endian.
 * => n is a multiple of WSIZE and not 0. */
static inline WORDS void copy_shifted(word *d, const u8 *src, size_t n)
{
	unsigned low = ((uintptr_t)src & WMASK) * 8;
	const word *s = (const word *)((uintptr_t)src & ~WMASK);
	word have = *s++, next;

	do {
		next = *s++;
		*d++ = have >> low | next << (64 - low);
		have = next;
		n -= WSIZE;
	} while (n > 0);
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	u8 *db = dst;
	const u8 *sb = src;

	if (n >= 2 * WSIZE) {
		while ((uintptr_t)db & WMASK) {
			*db++ = *sb++;
			n--;
		}
		if ((uintptr_t)sb & WMASK) {
			size_t whole = n & ~WMASK;

			copy_shifted((word *)db, sb, whole);
			db += whole;
			sb += whole;
			n -= whole;
		} else {
			word *d = (word *)db;
			const word *s = (const word *)sb;

			/* Whole pages pass here all day: the loop's own cost counts. */
			for (; n >= 64 * WSIZE; n -= 64 * WSIZE, d += 64, s += 64) {
				COPY8(0);
				COPY8(8);
				COPY8(16);
				COPY8(24);
				COPY8(32);
				COPY8(40);
				COPY8(48);
				COPY8(56);
			}
			for (; n >= 8 * WSIZE; n -= 8 * WSIZE, d += 8, s += 8) {
				COPY8(0);
			}
			for (; n >= WSIZE; n -= WSIZE)
				*d++ = *s++;
			db = (u8 *)d;
			sb = (const u8 *)s;
		}
	}
	while (n-- > 0)
		*db++ = *sb++;
	return dst;
}

/* A copy forwards is right whenever dst is below src or behind its end; the shifted
 * copy reads one word ahead of what it stores, so it needs a gap of more than that. */
void *memmove(void *dst, const void *src, size_t n)
{
	u8 *d = dst;
	const u8 *s = src;

	if ((uintptr_t)d - (uintptr_t)s >= n && (uintptr_t)s - (uintptr_t)d >= n)
		return memcpy(dst, src, n);
	if (d < s) {
		if ((((uintptr_t)d | (uintptr_t)s) & WMASK) == 0)
			for (; n >= WSIZE; n -= WSIZE, d += WSIZE, s += WSIZE)
				*(word *)d = *(const word *)s;
		while (n-- > 0)
			*d++ = *s++;
	} else if (d > s) {
		d += n;
		s += n;
		if ((((uintptr_t)d | (uintptr_t)s) & WMASK) == 0)
			for (; n >= WSIZE; n -= WSIZE) {
				d -= WSIZE;
				s -= WSIZE;
				*(word *)d = *(const word *)s;
			}
		while (n-- > 0)
			*--d = *--s;
	}
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *p = a, *q = b;

	if ((((uintptr_t)p | (uintptr_t)q) & WMASK) == 0)
		for (; n >= WSIZE && *(const word *)p == *(const word *)q; n -= WSIZE) {
			p += WSIZE;
			q += WSIZE;
		}
	for (; n > 0; n--, p++, q++)
		if (*p != *q)
			return *p < *q ? -1 : 1;
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const u8 *p = s;

	for (; n > 0; n--, p++)
		if (*p == (u8)c)
			return (void *)p;
	return NULL;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p != '\0')
		p++;
	return p - s;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n] != '\0')
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++) {
		if (*a != *b)
			return (u8)*a - (u8)*b;
		if (*a == '\0')
			break;
	}
	return 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (*s == '\0')
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (;; s++) {
		if (*s == (char)c)
			last = s;
		if (*s == '\0')
			return (char *)last;
	}
}

char *strstr(const char *hay, const char *needle)
{
	size_t n = strlen(needle);

	for (;; hay++) {
		if (strncmp(hay, needle, n) == 0)
			return (char *)hay;
		if (*hay == '\0')
			return NULL;
	}
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);

	if (size > 0) {
		size_t n = len < size ? len : size - 1;

		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return len;
}

size_t strlcat(char *dst, const char *src, size_t size)
{
	size_t used = strnlen(dst, size);

	return used + strlcpy(dst + used, src, size - used);
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return 99;
}

/* Base 0 looks at the prefix.  Too large a number gives ULONG_MAX, as in C. */
unsigned long simple_strtoul(const char *s, char **end, int base)
{
	unsigned long v = 0;
	bool over = false;
	int d;

	if ((base == 0 || base == 16) && s[0] == '0' && (s[1] | 0x20) == 'x' &&
	    digit_value(s[2]) < 16) {
		s += 2;
		base = 16;
	} else if (base == 0) {
		base = s[0] == '0' ? 8 : 10;
	}
	for (; (d = digit_value(*s)) < base; s++) {
		if (__builtin_mul_overflow(v, (unsigned long)base, &v) ||
		    __builtin_add_overflow(v, (unsigned long)d, &v))
			over = true;
	}
	if (end != NULL)
		*end = (char *)s;
	return over ? ~0UL : v;
}

unsigned long memparse(const char *s, char **end)
{
	char *p;
	unsigned long v = simple_strtoul(s, &p, 0);
	unsigned shift = 0;

	switch (*p | 0x20) {
	case 'g':
		shift += 10;
		/* fall through */
	case 'm':
		shift += 10;
		/* fall through */
	case 'k':
		shift += 10;
		p++;
	}
	if (end != NULL)
		*end = p;
	return v > ~0UL >> shift ? ~0UL : v << shift;
}
