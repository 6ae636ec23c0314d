// SPDX-License-Identifier: MIT
/*
 * stdlib.c - numbers from text, sorting, searching, random numbers, environment.
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

/* 10^e for 0 <= e <= 22 is exact in a double. */
static double scale10(double x, int e)
{
	static const double p[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
		                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
		                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

	for (; e > 22; e -= 22)
		x *= 1e22;
	for (; e < -22; e += 22)
		x /= 1e22;
	return e >= 0 ? x * p[e] : x / p[-e];
}

/* Right to the last bit for up to 15 digits and exponents to 22; else to within a few. */
double strtod(const char *restrict s, char **restrict end)
{
	const char *start = s;
	bool neg = false, any = false;
	uint64_t m = 0;
	int exp = 0, e;
	double x;

	while (isspace((unsigned char)*s))
		s++;
	if (*s == '+' || *s == '-')
		neg = *s++ == '-';
	if (strncasecmp(s, "inf", 3) == 0) {
		s += strncasecmp(s, "infinity", 8) == 0 ? 8 : 3;
		x = __builtin_inf();
		goto out;
	}
	if (strncasecmp(s, "nan", 3) == 0) {
		s += 3;
		x = __builtin_nan("");
		goto out;
	}
	for (bool point = false;; s++) {
		if (*s == '.' && !point) {
			point = true;
			continue;
		}
		if (!isdigit((unsigned char)*s))
			break;
		any = true;
		if (m < 100000000000000000UL) {
			m = m * 10 + (uint64_t)(*s - '0');
			exp -= point;
		} else
			exp += !point;
	}
	if (!any) {
		s = start;
		x = 0;
		goto out;
	}
	if ((*s | 32) == 'e') {
		const char *p = s + 1;

		if (*p == '+' || *p == '-')
			p++;
		if (isdigit((unsigned char)*p)) {
			e = (int)strtol(s + 1, (char **)&p, 10);
			exp += e > 9999 ? 9999 : e < -9999 ? -9999 : e;
			s = p;
		}
	}
	x = m ? scale10((double)m, exp) : 0;
	if (m && (x == 0 || __builtin_isinf(x)))
		errno = ERANGE;
out:
	if (end)
		*end = (char *)s;
	return neg ? -x : x;
}

float strtof(const char *restrict s, char **restrict end)
{
	return (float)strtod(s, end);
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

static uint64_t state = 0x9e3779b97f4a7c15UL;

void srandom(unsigned seed)
{
	state = seed * 0x9e3779b97f4a7c15UL + 1;
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
	char **e = find(nameval, n), **bigger;

	if (e) {
		*e = nameval;
		return 0;
	}
	while (environ && environ[count])
		count++;
	bigger = realloc(owned, (count + 2) * sizeof(*bigger));
	if (!bigger)
		return -1;
	if (!owned && count)
		memcpy(bigger, environ, count * sizeof(*bigger));
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
	char **e = find(name, strlen(name));

	if (e)
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
