// SPDX-License-Identifier: MIT
/*
 * strtod.c - floating-point numbers from text, right to the last bit.
 *
 * The text is an integer D of decimal digits times 10^e: a quotient of two integers A / B,
 * one of which holds the power of ten.  Both are shifted until 1 <= A / B < 2, which gives
 * the binary exponent; then each bit of the result is one step of a long division (is
 * A >= B? subtract; double A), and what is left of A tells exactly whether to round up: more
 * than half, less, or half, which goes to even.  Subnormal numbers only stop earlier.  The
 * same division for float has fewer steps, so a float is rounded once.
 *
 * Digits behind the 800th cannot be told from a single 1 in their place: the midpoint of
 * two doubles has 767.  Up to 15 digits and 10^22 both integers are exact doubles, and one
 * multiplication or division by the machine is right by itself.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DIGITS_MAX 800
#define LIMBS      128 /* 4096 bits: 10^1126 (800 digits below 1e-326) has 3741 */

/* The mantissa's bits, and the exponents of the smallest and largest normal numbers. */
struct format {
	int bits, emin, emax;
};
static const struct format binary64 = { 53, -1022, 1023 }, binary32 = { 24, -126, 127 };

struct big {
	int n; /* limbs in use: the highest is not 0 */
	uint32_t limb[LIMBS];
};

static void mul_add(struct big *b, uint32_t mul, uint32_t add)
{
	uint64_t carry = add;

	for (int i = 0; i < b->n; i++) {
		carry += (uint64_t)b->limb[i] * mul;
		b->limb[i] = (uint32_t)carry;
		carry >>= 32;
	}
	if (carry)
		b->limb[b->n++] = (uint32_t)carry;
}

static void mul_pow10(struct big *b, int e)
{
	for (; e >= 9; e -= 9)
		mul_add(b, 1000000000, 0);
	for (; e > 0; e--)
		mul_add(b, 10, 0);
}

static int bits_of(const struct big *b)
{
	return b->n == 0 ? 0 : b->n * 32 - __builtin_clz(b->limb[b->n - 1]);
}

static void shift_left(struct big *b, int by)
{
	int whole = by / 32;

	if (b->n == 0)
		return;
	mul_add(b, 1U << by % 32, 0);
	if (whole > 0) {
		memmove(b->limb + whole, b->limb, (size_t)b->n * sizeof(*b->limb));
		memset(b->limb, 0, (size_t)whole * sizeof(*b->limb));
		b->n += whole;
	}
}

static int compare(const struct big *a, const struct big *b)
{
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	for (int i = a->n - 1; i >= 0; i--)
		if (a->limb[i] != b->limb[i])
			return a->limb[i] < b->limb[i] ? -1 : 1;
	return 0;
}

/* a -= b; => a >= b on entry */
static void subtract(struct big *a, const struct big *b)
{
	int64_t borrow = 0;

	for (int i = 0; i < a->n; i++) {
		borrow += (int64_t)a->limb[i] - (i < b->n ? b->limb[i] : 0);
		a->limb[i] = (uint32_t)borrow;
		borrow >>= 32;
	}
	while (a->n > 0 && a->limb[a->n - 1] == 0)
		a->n--;
}

/* m * 2^e; => the result is representable or too large */
static double assemble(uint64_t m, int e, const struct format *f)
{
	union {
		uint64_t u;
		double d;
	} v;

	if (m == 0)
		return 0;
	if (e + 63 - __builtin_clzl(m) > f->emax) {
		errno = ERANGE;
		return __builtin_inf();
	}
	for (; m < 1UL << 52 && e > -1074; e--)
		m <<= 1;
	for (; m > (1UL << 53) - 1; e++)
		m >>= 1; /* only zeroes leave */
	v.u = m < 1UL << 52 ? m : (uint64_t)(e + 1075) << 52 | (m & ((1UL << 52) - 1));
	return v.d;
}

/* a / b * 2^e, rounded to the format; a and b are used up. */
static double quotient(struct big *a, struct big *b, int e, const struct format *f)
{
	int s = bits_of(a) - bits_of(b), want = f->bits,
	    half; /* half: is the rest more (1), less (-1) */
	uint64_t m = 0;
	double x;

	if (a->n == 0)
		return 0;
	shift_left(s > 0 ? b : a, s > 0 ? s : -s);
	if (compare(a, b) < 0) {
		shift_left(a, 1);
		s--;
	}
	e += s; /* 1 <= a / b < 2, and the number is a / b * 2^e */
	if (e > f->emax)
		want = 1;
	else if (e < f->emin)
		want -= f->emin - e;
	if (want < 0)
		x = 0;
	else {
		for (int i = 0; i < want; i++) {
			bool bit = compare(a, b) >= 0;

			if (bit)
				subtract(a, b);
			m = m << 1 | bit;
			shift_left(a, 1);
		}
		/* a / b is twice what is left, in units of the last bit; without any bit (want
		 * 0) it was not doubled, and at 1 it is half a unit */
		half = compare(a, b);
		x = assemble(m + (half > 0 || (half == 0 && (m & 1))), e - want + 1, f);
	}
	if (e < f->emin && a->n > 0 && x < assemble(1, f->emin, f))
		errno = ERANGE; /* subnormal, and not exact */
	return x;
}

/* The digits at s (a point among them), n of them significant, times 10^e. */
static double decimal(const char *s, int n, long e, const struct format *f)
{
	struct big a = { .n = 0 }, b = { .n = 1, .limb = { 1 } };
	int taken = 0;
	bool rest = false;

	for (; taken < n; s++) {
		if (!isdigit((unsigned char)*s) || (taken == 0 && *s == '0'))
			continue;
		if (++taken <= DIGITS_MAX)
			mul_add(&a, 10, (uint32_t)(*s - '0'));
		else
			rest |= *s != '0';
	}
	if (n > DIGITS_MAX)
		e += n - DIGITS_MAX;
	if (rest) {
		mul_add(&a, 10, 1);
		e--;
	}
	if (n > DIGITS_MAX)
		n = DIGITS_MAX;
	if (n + e > 310 || n + e < -326) {
		errno = ERANGE;
		return n + e > 0 ? __builtin_inf() : 0;
	}
	mul_pow10(e > 0 ? &a : &b, (int)(e > 0 ? e : -e));
	return quotient(&a, &b, 0, f);
}

static int hex_digit(int c)
{
	return isdigit(c) ? c - '0' : isxdigit(c) ? (c | 32) - 'a' + 10 : -1;
}

/* An exponent behind its letter, if there is one. => where the text goes on */
static const char *exponent(const char *s, char letter, long *e)
{
	const char *p = s + 1;
	bool neg = false;
	long v = 0;

	if ((*s | 32) != letter)
		return s;
	if (*p == '+' || *p == '-')
		neg = *p++ == '-';
	if (!isdigit((unsigned char)*p))
		return s;
	for (; isdigit((unsigned char)*p); p++)
		if (v < 100000000)
			v = v * 10 + *p - '0';
	*e += neg ? -v : v;
	return p;
}

/* What follows 0x. => NULL: not a number */
static const char *hexadecimal(const char *s, double *x, const struct format *f)
{
	struct big a = { .n = 0 }, b = { .n = 1, .limb = { 1 } };
	bool point = false, any = false;
	uint64_t m = 0;
	long e = 0;

	for (;; s++) {
		int d = hex_digit((unsigned char)*s);

		if (*s == '.' && !point) {
			point = true;
			continue;
		}
		if (d < 0)
			break;
		any = true;
		e -= point ? 4 : 0;
		if (m < 1UL << 59)
			m = m << 4 | (uint64_t)d;
		else { /* only whether it is 0 matters */
			m |= d != 0;
			e += 4;
		}
	}
	if (!any)
		return NULL;
	s = exponent(s, 'p', &e);
	for (; m; m >>= 32)
		a.limb[a.n++] = (uint32_t)m;
	if (e > 5000 || e < -5000)
		e = e > 0 ? 5000 : -5000;
	*x = quotient(&a, &b, (int)e, f);
	return s;
}

static const char *number(const char *s, double *x, const struct format *f)
{
	static const double pow10[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
		                        1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
		                        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	bool point = false, any = false;
	const char *start = s;
	uint64_t m = 0;
	long e = 0;
	int n = 0; /* digits from the first that is not 0 */

	if (s[0] == '0' && (s[1] | 32) == 'x') {
		const char *end = hexadecimal(s + 2, x, f);

		if (end)
			return end;
	}
	for (;; s++) {
		if (*s == '.' && !point) {
			point = true;
			continue;
		}
		if (!isdigit((unsigned char)*s))
			break;
		any = true;
		e -= point;
		if (n > 0 || *s != '0')
			n++;
		if (n <= 15)
			m = m * 10 + (uint64_t)(*s - '0');
	}
	if (!any)
		return NULL;
	s = exponent(s, 'e', &e);
	if (n == 0)
		*x = 0;
	else if (n <= 15 && e >= -22 && e <= 22 && f == &binary64)
		*x = e < 0 ? (double)m / pow10[-e] : (double)m * pow10[e];
	else
		*x = decimal(start, n, e, f);
	return s;
}

static double real_of(const char *s, char **end, const struct format *f)
{
	const char *start = s, *p;
	bool neg = false;
	double x = 0;

	while (isspace((unsigned char)*s))
		s++;
	if (*s == '+' || *s == '-')
		neg = *s++ == '-';
	if (strncasecmp(s, "inf", 3) == 0) {
		p = s + (strncasecmp(s, "infinity", 8) == 0 ? 8 : 3);
		x = __builtin_inf();
	} else if (strncasecmp(s, "nan", 3) == 0) {
		p = s + 3;
		x = __builtin_nan("");
		if (*p == '(') { /* a name for the NaN: letters, digits, _ */
			const char *e = p + 1;

			while (isalnum((unsigned char)*e) || *e == '_')
				e++;
			p = *e == ')' ? e + 1 : p;
		}
	} else
		p = number(s, &x, f);
	if (end)
		*end = (char *)(p ? p : start);
	return neg ? -x : x;
}

double strtod(const char *restrict s, char **restrict end)
{
	return real_of(s, end, &binary64);
}

float strtof(const char *restrict s, char **restrict end)
{
	return (float)real_of(s, end, &binary32);
}

/* Read as a double: RISC-V's long double has 128 bits and is software. */
long double strtold(const char *restrict s, char **restrict end)
{
	return real_of(s, end, &binary64);
}
