// SPDX-License-Identifier: MIT
/*
 * stdlib.c - integers from text, sorting, searching, random numbers, environment.
 *
 * qsort is heapsort: no recursion, no quadratic case, nothing to allocate.  It is not
 * stable; sort(1) breaks ties by itself.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* --- numbers --- */

static unsigned long parse(const char *s, char **end, int base, bool *neg, bool *over)
{
	const char *start = s;
	unsigned long v = 0;
	bool any = false;

	*neg = *over = false;
	if (base < 0 || base == 1 || base > 36) {
		errno = EINVAL;
		return 0;
	}
	while (isspace((unsigned char)*s))
		s++;
	if (*s == '+' || *s == '-')
		*neg = *s++ == '-';
	if ((base == 0 || base == 16) && s[0] == '0' && (s[1] | 32) == 'x' &&
	    isxdigit((unsigned char)s[2])) {
		s += 2;
		base = 16;
	} else if (base == 0)
		base = *s == '0' ? 8 : 10;
	for (;; s++) {
		int c = (unsigned char)*s, d;

		if (isdigit(c))
			d = c - '0';
		else if (isalpha(c))
			d = (c | 32) - 'a' + 10;
		else
			break;
		if (d >= base)
			break;
		any = true;
		if (__builtin_mul_overflow(v, (unsigned long)base, &v) ||
		    __builtin_add_overflow(v, (unsigned long)d, &v))
			*over = true;
	}
	if (end)
		*end = (char *)(any ? s : start);
	return v;
}

unsigned long strtoul(const char *restrict s, char **restrict end, int base)
{
	bool neg, over;
	unsigned long v = parse(s, end, base, &neg, &over);

	if (over) {
		errno = ERANGE;
		return ULONG_MAX;
	}
	return neg ? -v : v;
}

long strtol(const char *restrict s, char **restrict end, int base)
{
	bool neg, over;
	unsigned long v = parse(s, end, base, &neg, &over);

	if (over || v > (unsigned long)LONG_MAX + neg) {
		errno = ERANGE;
		return neg ? LONG_MIN : LONG_MAX;
	}
	return (long)(neg ? -v : v);
}

long long strtoll(const char *restrict s, char **restrict end, int base)
{
	return strtol(s, end, base);
}

unsigned long long strtoull(const char *restrict s, char **restrict end, int base)
{
	return strtoul(s, end, base);
}

int atoi(const char *s)
{
	return (int)strtol(s, NULL, 10);
}
long atol(const char *s)
{
	return strtol(s, NULL, 10);
}
long long atoll(const char *s)
{
	return strtol(s, NULL, 10);
}
double atof(const char *s)
{
	return strtod(s, NULL);
}

int abs(int n)
{
	return n < 0 ? -n : n;
}
long labs(long n)
{
	return n < 0 ? -n : n;
}
long long llabs(long long n)
{
	return n < 0 ? -n : n;
}
div_t div(int n, int d)
{
	return (div_t){ n / d, n % d };
}
ldiv_t ldiv(long n, long d)
{
	return (ldiv_t){ n / d, n % d };
}
lldiv_t lldiv(long long n, long long d)
{
	return (lldiv_t){ n / d, n % d };
}

/* --- sorting --- */

static void swap(char *a, char *b, size_t size)
{
	if (size == 8 && (((uintptr_t)a | (uintptr_t)b) & 7) == 0) {
		uint64_t t;

		memcpy(&t, a, 8);
		memcpy(a, b, 8);
		memcpy(b, &t, 8);
		return;
	}
	while (size-- > 0) {
		char t = *a;

		*a++ = *b;
		*b++ = t;
	}
}

static void sift(char *base, size_t i, size_t n, size_t size,
                 int (*cmp)(const void *, const void *))
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= n)
			return;
		if (child + 1 < n && cmp(base + child * size, base + (child + 1) * size) < 0)
			child++;
		if (cmp(base + i * size, base + child * size) >= 0)
			return;
		swap(base + i * size, base + child * size, size);
		i = child;
	}
}

void qsort(void *base, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
	for (size_t i = n / 2; i-- > 0;)
		sift(base, i, n, size, cmp);
	for (size_t i = n; i-- > 1;) {
		swap(base, (char *)base + i * size, size);
		sift(base, 0, i, size, cmp);
	}
}

void *bsearch(const void *key, const void *base, size_t n, size_t size,
              int (*cmp)(const void *, const void *))
{
	while (n > 0) {
		const char *mid = (const char *)base + n / 2 * size;
		int c = cmp(key, mid);

		if (c == 0)
			return (void *)mid;
		if (c > 0) {
			base = mid + size;
			n -= n / 2 + 1;
		} else
			n /= 2;
	}
	return NULL;
}

/* --- random numbers (xorshift; the same sequence for the same seed) --- */

#define SCATTER 0x9e3779b97f4a7c15UL /* 2^64 / golden ratio: near seeds become far ones */
static uint64_t state = SCATTER + 1; /* as after srandom(1), which ISO C wants */

void srandom(unsigned seed)
{
	state = seed * SCATTER + 1;
}

long random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (long)(state >> 33);
}

int rand(void)
{
	return (int)random();
}
void srand(unsigned seed)
{
	srandom(seed);
}
int rand_r(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return (int)(*seed >> 1);
}

/* The 48-bit generator of drand48 and its kin, whose sequence POSIX prescribes. */
static uint64_t state48 = 0x1234abcd330eUL;

static uint64_t next48(unsigned short x[3])
{
	uint64_t v = x ? (uint64_t)x[2] << 32 | (uint64_t)x[1] << 16 | x[0] : state48;

	v = (v * 0x5deece66dUL + 0xb) & 0xffffffffffffUL;
	if (x) {
		x[0] = (unsigned short)v;
		x[1] = (unsigned short)(v >> 16);
		x[2] = (unsigned short)(v >> 32);
	} else
		state48 = v;
	return v;
}

void srand48(long seed)
{
	state48 = (uint64_t)(uint32_t)seed << 16 | 0x330e;
}
double erand48(unsigned short x[3])
{
	return (double)next48(x) / 281474976710656.0;
}
long nrand48(unsigned short x[3])
{
	return (long)(next48(x) >> 17);
}
long jrand48(unsigned short x[3])
{
	return (int32_t)(next48(x) >> 16);
}
double drand48(void)
{
	return erand48(NULL);
}
long lrand48(void)
{
	return nrand48(NULL);
}
long mrand48(void)
{
	return jrand48(NULL);
}

/* --- environment --- */

extern char **environ;
static char **owned; /* the array, once it is ours */

static char **find(const char *name, size_t n)
{
	for (char **e = environ; e && *e; e++)
		if (strncmp(*e, name, n) == 0 && (*e)[n] == '=')
			return e;
	return NULL;
}

char *getenv(const char *name)
{
	size_t n = strlen(name);
	char **e = find(name, n);

	return e ? *e + n + 1 : NULL;
}

int putenv(char *nameval)
{
	size_t n = (size_t)(strchrnul(nameval, '=') - nameval), count = 0;
	char **e = find(nameval, n), **from = environ, **bigger;

	if (!nameval[n]) /* no value: out of the environment */
		return unsetenv(nameval);
	if (e) {
		*e = nameval;
		return 0;
	}
	while (from && from[count])
		count++;
	bigger = realloc(owned, (count + 2) * sizeof(*bigger));
	if (!bigger)
		return -1;
	if (from != owned && count) /* the first time, or the program has set environ */
		memcpy(bigger, from, count * sizeof(*bigger));
	bigger[count] = nameval;
	bigger[count + 1] = NULL;
	environ = owned = bigger;
	return 0;
}

int setenv(const char *name, const char *value, int overwrite)
{
	size_t n = strlen(name), m = strlen(value);
	char *s;

	if (n == 0 || strchr(name, '=')) {
		errno = EINVAL;
		return -1;
	}
	if (!overwrite && find(name, n))
		return 0;
	s = malloc(n + m + 2); /* the old one may be in use: never freed */
	if (!s)
		return -1;
	memcpy(s, name, n);
	s[n] = '=';
	memcpy(s + n + 1, value, m + 1);
	return putenv(s);
}

int unsetenv(const char *name)
{
	size_t n = strlen(name);
	char **e;

	if (n == 0 || strchr(name, '=')) {
		errno = EINVAL;
		return -1;
	}
	while ((e = find(name, n)) != NULL)
		do
			e[0] = e[1];
		while (*e++);
	return 0;
}

int clearenv(void)
{
	if (environ)
		*environ = NULL;
	return 0;
}
