// sources:
// SPDX-License-Identifier: MIT
/*
 * test_ustdlib.c - the user library's numbers, sorting, scanning and blocks against this
 * machine's, on fixed edges and random input.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* what user/lib/stdio_impl.h gives, as far as scanning strings needs it */
#define LIB_STDIO_IMPL_H
static int __get(FILE *f)
{
	return getc(f);
}
static void __unget(int c, FILE *f)
{
	ungetc(c, f);
}

#define strtoul  u_strtoul
#define strtol   u_strtol
#define strtoll  u_strtoll
#define strtoull u_strtoull
#define strtod   u_strtod
#define strtof   u_strtof
#define atoi     u_atoi
#define atol     u_atol
#define atoll    u_atoll
#define atof     u_atof
#define qsort    u_qsort
#define bsearch  u_bsearch
#define rand     u_rand
#define srand    u_srand
#define rand_r   u_rand_r
#define random   u_random
#define srandom  u_srandom
#define abs      u_abs
#define labs     u_labs
#define llabs    u_llabs
#define div      u_div
#define ldiv     u_ldiv
#define lldiv    u_lldiv
#define drand48  u_drand48
#define erand48  u_erand48
#define lrand48  u_lrand48
#define nrand48  u_nrand48
#define mrand48  u_mrand48
#define jrand48  u_jrand48
#define srand48  u_srand48
#define getenv   u_getenv
#define setenv   u_setenv
#define unsetenv u_unsetenv
#define putenv   u_putenv
#define clearenv u_clearenv
int u_unsetenv(const char *name);
double u_strtod(const char *restrict s, char **restrict end);
#define flockfile(f)   ((void)(f))
#define funlockfile(f) ((void)(f))
#define vsscanf        u_vsscanf
#define vfscanf        u_vfscanf
#define sscanf         u_sscanf
#define fscanf         u_fscanf
#define scanf          u_scanf
#define swap           u_swap
#define find           u_find
#define state          u_state
#define owned          u_owned
#include "../../user/lib/stdlib.c"
#define strtold u_strtold
#include "../../user/lib/strtod.c"
#define next u_next
#include "../../user/lib/scanf.c"
#undef strtoul
#undef strtol
#undef strtod
#undef strtof
#undef qsort
#undef bsearch
#undef sscanf
#undef drand48
#undef erand48
#undef lrand48
#undef nrand48
#undef mrand48
#undef jrand48
#undef srand48

#define memcpy      u_memcpy
#define memmove     u_memmove
#define memset      u_memset
#define memcmp      u_memcmp
#define memchr      u_memchr
#define memrchr     u_memrchr
#define memmem      u_memmem
#define strlen      u_strlen
#define strnlen     u_strnlen
#define strcpy      u_strcpy
#define stpcpy      u_stpcpy
#define strncpy     u_strncpy
#define strlcpy     u_strlcpy
#define strlcat     u_strlcat
#define strcat      u_strcat
#define strncat     u_strncat
#define strcmp      u_strcmp
#define strncmp     u_strncmp
#define strcasecmp  u_strcasecmp
#define strncasecmp u_strncasecmp
#define strcoll     u_strcoll
#define strchrnul   u_strchrnul
#define strchr      u_strchr
#define strrchr     u_strrchr
#define strstr      u_strstr
#define strspn      u_strspn
#define strcspn     u_strcspn
#define strpbrk     u_strpbrk
#define strtok      u_strtok
#define strtok_r    u_strtok_r
#define strsep      u_strsep
#define strdup      u_strdup
#define strndup     u_strndup
char *u_strchrnul(const char *s, int c);
size_t u_strlcpy(char *dst, const char *src, size_t size);
void *u_memcpy(void *dst, const void *src, size_t n);
void *u_memmove(void *dst, const void *src, size_t n);
void *u_memset(void *dst, int c, size_t n);
int u_memcmp(const void *a, const void *b, size_t n);
size_t u_strlen(const char *s);
size_t u_strnlen(const char *s, size_t n);
char *u_stpcpy(char *dst, const char *src);
int u_strncmp(const char *a, const char *b, size_t n);
int u_strncasecmp(const char *a, const char *b, size_t n);
int u_strcmp(const char *a, const char *b);
char *u_strchr(const char *s, int c);
size_t u_strspn(const char *s, const char *accept);
size_t u_strcspn(const char *s, const char *reject);
char *u_strpbrk(const char *s, const char *accept);
char *u_strtok_r(char *s, const char *sep, char **save);
char *u_strndup(const char *s, size_t n);
#include "../../user/lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strcmp
#undef strstr
#undef strchr

static int passed, failed;
static void row(const char *name, bool ok)
{
	printf("%s %s\n", ok ? "ok" : "FAIL", name);
	if (ok)
		passed++;
	else
		failed++;
}

static uint64_t seed = 12345;
static uint64_t rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static bool same_strtol(const char *s, int base)
{
	char *e1, *e2;
	long a, b;
	unsigned long c, d;
	int err1, err2;

	errno = 0;
	a = strtol(s, &e1, base);
	err1 = errno;
	errno = 0;
	b = u_strtol(s, &e2, base);
	err2 = errno;
	if (base == 1 || base > 36 || base < 0) /* the sanitizers' strtol leaves e1 anyhow */
		return a == 0 && b == 0 && err1 == EINVAL && err2 == EINVAL;
	if (e1 == s) /* no digits: EINVAL may be said or not */
		err1 = err2 = 0;
	if (a != b || e1 != e2 || err1 != err2) {
		printf("  strtol(\"%s\", %d): %ld, here %ld\n", s, base, b, a);
		return false;
	}
	c = strtoul(s, &e1, base);
	d = u_strtoul(s, &e2, base);
	return c == d && e1 == e2;
}

static int by_int(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static bool sorting(void)
{
	static int a[3000], b[3000];

	for (int round = 0; round < 50; round++) {
		size_t n = rnd() % 3000;
		int range = (int)(rnd() % 3 ? 1000000 : 5);

		for (size_t i = 0; i < n; i++)
			a[i] = b[i] = (int)(rnd() % (unsigned)range);
		qsort(a, n, sizeof(*a), by_int);
		u_qsort(b, n, sizeof(*b), by_int);
		if (memcmp(a, b, n * sizeof(*a)) != 0)
			return false;
		for (int i = 0; i < 50 && n; i++) {
			int key = (int)(rnd() % (unsigned)range);
			int *p = bsearch(&key, a, n, sizeof(*a), by_int);
			int *q = u_bsearch(&key, b, n, sizeof(*b), by_int);

			if (!p != !q || (q && *q != key))
				return false;
		}
	}
	return true;
}

static bool blocks(void)
{
	static unsigned char a[700], b[700], c[700];

	for (int round = 0; round < 30000; round++) {
		size_t n = rnd() % 300, from = rnd() % 300, to = rnd() % 300;

		for (unsigned i = 0; i < sizeof(a); i++)
			a[i] = b[i] = c[i] = (unsigned char)rnd();
		memmove(a + to, a + from, n);
		u_memmove(b + to, b + from, n);
		if (memcmp(a, b, sizeof(a)) != 0)
			return false;
		if (from + n <= to || to + n <= from) {
			u_memcpy(c + to, c + from, n);
			if (memcmp(a, c, sizeof(a)) != 0)
				return false;
		}
		memset(a + to, (int)round, n);
		u_memset(b + to, (int)round, n);
		if (memcmp(a, b, sizeof(a)) != 0)
			return false;
		b[rnd() % sizeof(b)] ^= (unsigned char)(rnd() & 1);
		if ((memcmp(a, b, sizeof(a)) < 0) != (u_memcmp(a, b, sizeof(a)) < 0))
			return false;
	}
	return true;
}

static bool searching(void)
{
	for (int round = 0; round < 20000; round++) {
		char hay[40], needle[5];
		size_t n = rnd() % 39, m = rnd() % 4;

		for (size_t i = 0; i < n; i++)
			hay[i] = (char)('a' + rnd() % 3);
		hay[n] = '\0';
		for (size_t i = 0; i < m; i++)
			needle[i] = (char)('a' + rnd() % 3);
		needle[m] = '\0';
		if (strstr(hay, needle) != u_strstr(hay, needle) ||
		    strchr(hay, 'b') != u_strchr(hay, 'b') ||
		    (strrchr)(hay, 'c') != u_strrchr(hay, 'c') ||
		    (strspn)(hay, needle) != u_strspn(hay, needle) ||
		    (strcspn)(hay, needle) != u_strcspn(hay, needle) ||
		    (strcmp(hay, needle) < 0) != (u_strcmp(hay, needle) < 0) || u_strlen(hay) != n)
			return false;
	}
	return true;
}

/* A random double (one in three a float, a subnormal, or half way between two), as text. */
static bool same_real(void)
{
	char s[1300], *e1, *e2;
	union {
		uint64_t u;
		double d;
	} v = { rnd() };
	double x, y;
	float f;

	switch (rnd() % 8) {
	case 0:
		snprintf(s, sizeof(s), "%a", v.d);
		break;
	case 1:
		f = (float)v.d;
		snprintf(s, sizeof(s), "%.9g", f);
		break;
	case 2:
		v.u &= 0x800fffffffffffff;
		snprintf(s, sizeof(s), "%.*g", (int)(rnd() % 20 + 1), v.d);
		break;
	case 3: /* the exact middle, and a trace above it */
		v.u %= 0x4000000000000000;
		x = v.d;
		v.u++;
		snprintf(s, sizeof(s), "%.1200Lg%s", ((long double)x + v.d) / 2,
		         rnd() % 2 ? "1" : "");
		break;
	case 4:
		snprintf(s, sizeof(s), "%lu.%lue%d", rnd(), rnd(), (int)(rnd() % 700) - 350);
		break;
	case 5:
		snprintf(s, sizeof(s), "%ld.%06lue%d", (long)(rnd() % 1000000000), rnd() % 1000000,
		         (int)(rnd() % 20) - 10);
		break;
	default:
		snprintf(s, sizeof(s), "%.*e", (int)(rnd() % 40), v.d);
	}
	x = strtod(s, &e1);
	y = u_strtod(s, &e2);
	if (memcmp(&x, &y, sizeof(x)) != 0 && x == x) {
		printf("  strtod(\"%s\"): %.17g, here %.17g\n", s, x, y);
		return false;
	}
	f = strtof(s, NULL);
	return e1 == e2 && (f == u_strtof(s, NULL) || f != f);
}

int main(void)
{
	static const char *const edges[] = {
		"",
		" ",
		"0",
		"-0",
		"+7",
		"  42x",
		"0x",
		"0x1F",
		"0xg",
		"-0x10",
		"017",
		"08",
		"9223372036854775807",
		"9223372036854775808",
		"-9223372036854775808",
		"-9223372036854775809",
		"18446744073709551615",
		"18446744073709551616",
		"99999999999999999999999",
		"zz",
		"-",
		"+",
		"--1",
		"\t\n12",
		"7fffffff",
	};
	static const int bases[] = { 0, 2, 8, 10, 16, 36, 1, 37, -1 };
	static const char *const reals[] = { "0",
		                             "1",
		                             "-1.5",
		                             "3.14159",
		                             "1e10",
		                             "1e-10",
		                             "2.5E+3",
		                             ".5",
		                             "5.",
		                             "1e",
		                             "inf",
		                             "-INF",
		                             "  7.25x",
		                             "123456789012",
		                             "1e22",
		                             "1e400",
		                             "0.000001",
		                             "e5",
		                             ".",
		                             "0x1.8p1",
		                             "0x",
		                             "0xg",
		                             "0x.p1",
		                             "1e+",
		                             "1e-999",
		                             "nan",
		                             "nan(12)x",
		                             "-NaN(a_9)",
		                             "nan()",
		                             "nan(1",
		                             "nan(-)",
		                             "1.7976931348623158e308" };
	bool ok = true;
	int a, b, n;
	long l;
	char w[20], c;
	double d, x, y;
	long double ld;

	for (unsigned i = 0; i < sizeof(edges) / sizeof(*edges); i++)
		for (unsigned k = 0; k < sizeof(bases) / sizeof(*bases); k++)
			ok &= same_strtol(edges[i], bases[k]);
	for (int i = 0; i < 100000; i++) {
		char s[32];

		snprintf(s, sizeof(s), rnd() & 1 ? "%ld" : "%#lx", (long)(rnd() >> rnd() % 64));
		ok &= same_strtol(s, 0);
	}
	row("strtol and strtoul", ok);
	ok = true;
	for (unsigned i = 0; i < sizeof(reals) / sizeof(*reals); i++) {
		char *e1, *e2;
		x = strtod(reals[i], &e1);
		y = u_strtod(reals[i], &e2);

		if ((x != y && (x == x || y == y)) || e1 != e2) {
			printf("  strtod(\"%s\"): %.17g, here %.17g\n", reals[i], y, x);
			ok = false;
		}
	}
	for (int i = 0; i < 100000; i++)
		ok &= same_real();
	row("strtod", ok);
	ok = true;
	for (int i = 0; i < 1000; i++) {
		unsigned short p[3] = { (unsigned short)i, 7, 9 },
			       q[3] = { (unsigned short)i, 7, 9 };

		if (i % 100 == 0) {
			srand48(i * -77777L);
			u_srand48(i * -77777L);
		}
		ok &= drand48() == u_drand48() && lrand48() == u_lrand48() &&
		      mrand48() == u_mrand48() && erand48(p) == u_erand48(q) &&
		      nrand48(p) == u_nrand48(q) && jrand48(p) == u_jrand48(q) &&
		      memcmp(p, q, sizeof(p)) == 0;
	}
	row("drand48 and its kin", ok);
	row("qsort and bsearch", sorting());
	row("memcpy memmove memset memcmp", blocks());
	row("strings searched and compared", searching());

	row("sscanf numbers",
	    u_sscanf(" 12 -7 0x1f", "%d %d %li", &a, &b, &l) == 3 && a == 12 && b == -7 && l == 31);
	row("sscanf words", u_sscanf("name:value rest", "%9[^:]:%c%n", w, &c, &n) == 2 &&
	                            strcmp(w, "name") == 0 && c == 'v' && n == 6);
	row("sscanf width and skip",
	    u_sscanf("123456", "%2d%*2d%d", &a, &b) == 2 && a == 12 && b == 56);
	row("sscanf real", u_sscanf("pi=3.25e1;", "pi=%lf;", &d) == 1 && d == 32.5);
	row("sscanf stops where a number does",
	    u_sscanf("12abc", "%i%3s", &a, w) == 2 && a == 12 && strcmp(w, "abc") == 0 &&
	            u_sscanf("2.5in", "%lf%2s", &d, w) == 2 && d == 2.5 && strcmp(w, "in") == 0 &&
	            u_sscanf("0x1fg 017 09", "%i%c %i %i", &a, &c, &b, &n) == 4 && a == 31 &&
	            c == 'g' && b == 15 && n == 0 && u_sscanf("3-4", "%d%d", &a, &b) == 2 &&
	            b == -4 && u_sscanf("1e+", "%lf", &d) == 0 &&
	            u_sscanf("-infinity 0x1p4 NaN", "%lf %lE %lG", &d, &x, &y) == 3 &&
	            d == -__builtin_inf() && x == 16 && y != y &&
	            u_sscanf("7.5", "%Lf", &ld) == 1 && ld == 7.5L);
	row("sscanf mismatch", u_sscanf("abc", "%d", &a) == 0 && u_sscanf("", "%d", &a) == EOF &&
	                               u_sscanf("1 x", "%d %d", &a, &b) == 1);
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
