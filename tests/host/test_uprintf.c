// sources:
// SPDX-License-Identifier: MIT
/*
 * test_uprintf.c - the user library's printf against this machine's.
 *
 * Rows of fixed cases with their text, then random formats with random values: both must
 * give the same bytes.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* what user/lib/stdio_impl.h and sys.h give, as far as a string sink needs it */
#define LIB_STDIO_IMPL_H
#define LIB_SYS_H
struct host_file {
	int flags;
	unsigned char *buf;
	size_t size;
};
#define F_WRITE 0
#define F_NONE  0
#define F_MODE  0
#define F_ERR   0
struct sink {
	void (*put)(struct sink *s, const char *p, size_t n);
	size_t total;
	char *s;
	size_t room;
	void *f;
	int fd;
};
int __format(struct sink *s, const char *fmt, va_list ap);
static char *u_strchrnul(const char *s, int c)
{
	while (*s && *s != (char)c)
		s++;
	return (char *)s;
}
#define strchrnul u_strchrnul
#define vsnprintf u_vsnprintf
#define snprintf  u_snprintf
#include "../../user/lib/printf.c"
#undef vsnprintf
#undef snprintf

static int passed, failed;
static void row(const char *name, const char *got, const char *want)
{
	if (strcmp(got, want) == 0) {
		passed++;
		return;
	}
	failed++;
	printf("FAIL %s: got \"%s\", want \"%s\"\n", name, got, want);
}

#define CASE(want, ...)                                               \
	do {                                                          \
		char got_[900];                                       \
		int n_ = u_snprintf(got_, sizeof(got_), __VA_ARGS__); \
		row(want, got_, want);                                \
		if (n_ != (int)strlen(want)) {                        \
			failed++;                                     \
			printf("FAIL %s: length %d\n", want, n_);     \
		}                                                     \
	} while (0)

static unsigned long seed = 42;
static unsigned long rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

int main(void)
{
	char a[2000], b[2000], small[8];

	CASE("-42|   42|42   |00042|+42", "%d|%5d|%-5d|%05d|%+d", -42, 42, 42, 42, 42);
	CASE("18446744073709551615", "%lu", ~0UL);
	CASE("-9223372036854775808", "%ld", -0x7fffffffffffffffL - 1);
	CASE("ff FF 0xff 0377", "%x %X %#x %#o", 255, 255, 255, 255);
	CASE("[abc       ] [       abc] [ab]", "[%-10s] [%10s] [%.2s]", "abc", "abc", "abc");
	CASE("0xdeadbeef 0x0", "%p %p", (void *)0xdeadbeefUL, (void *)0);
	CASE("  7|7  |007", "%*d|%-*d|%.*d", 3, 7, 3, 7, 3, 7);
	CASE("3.140000 3.1 3 1e+10 0.5 100000 1e+06", "%f %.1f %.0f %g %g %g %g", 3.14, 3.14, 3.14,
	     1e10, 0.5, 1e5, 1e6);
	CASE("inf -inf nan", "%f %f %f", __builtin_inf(), -__builtin_inf(), __builtin_nan(""));
	CASE("0.000000 0e+00 0", "%f %.0e %g", 0.0, 0.0, 0.0);
	CASE("5e-324", "%.0e", 4.9406564584124654e-324);
	CASE("100% z", "%d%% %c", 100, 'z');
	CASE("(null)", "%s", (char *)NULL);
	CASE("1 -1 255", "%hhd %hd %hhu", 257, 65535, 511);
	CASE("%y", "%y");
	CASE("1234567 0xf  ff", "%'d %'#x%'4x", 1234567, 15, 255);
	CASE("101 0b101   101 0", "%b %#b %5b %b", 5, 5, 5, 0);
	CASE("3.25 -1.500000e+00 7", "%.2Lf %Le %Lg", 3.25L, -1.5L, 7.0L);
	CASE("0x1p+0 -0x1.8p-3 0x0p+0 0x0.0000000000001p-1022 0X1.FP+4", "%a %a %a %a %A", 1.0,
	     -0.1875, 0.0, 4.9406564584124654e-324, 31.0);
	CASE("0x2.0p+0 0x2p+0 0x1.8000000000000000p+0 |  0x1p+0|0x1p+0  |0x001p+0",
	     "%.1a %.0a %.16a |%8a|%-8a|%08a", 1.99, 1.5, 1.5, 1.0, 1.0, 1.0);
	if (u_snprintf(small, sizeof(small), "%s", "0123456789") != 10 ||
	    strcmp(small, "0123456") != 0)
		failed++, printf("FAIL truncation\n");
	else
		passed++;
	if (u_snprintf(NULL, 0, "%d", 12345) != 5)
		failed++, printf("FAIL length only\n");
	else
		passed++;

	for (int i = 0; i < 200000; i++) {
		static const char flags[][4] = { "", "-", "0", "+", " ", "#", "-+", "0+", "#0" };
		static const char conv[] = "fegFEGduxaA";
		char fmt[64], c = conv[rnd() % 11], num[16] = "", prec[16] = "";
		union {
			uint64_t u;
			double d;
		} v = { rnd() };

		if (rnd() % 3)
			v.d = (double)(long)(rnd() % 2000000 - 1000000) /
			      (double)(1UL << rnd() % 24);
		if (rnd() % 2)
			snprintf(num, sizeof(num), "%lu", rnd() % 30);
		if (rnd() % 2)
			snprintf(prec, sizeof(prec), ".%lu", rnd() % (rnd() % 50 ? 20 : 400));
		snprintf(fmt, sizeof(fmt), "%%%s%s%s%s%c", flags[rnd() % 9], num, prec,
		         c == 'd' || c == 'u' || c == 'x' ? "l" : "", c);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
		if (c == 'd' || c == 'u' || c == 'x') {
			uint64_t w = v.u >> rnd() % 60;

			snprintf(a, sizeof(a), fmt, w);
			u_snprintf(b, sizeof(b), fmt, w);
		} else {
			snprintf(a, sizeof(a), fmt, v.d);
			u_snprintf(b, sizeof(b), fmt, v.d);
		}
#pragma GCC diagnostic pop
		row(fmt, b, a);
		if (failed > 20)
			break;
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
