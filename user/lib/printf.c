// SPDX-License-Identifier: MIT
/*
 * printf.c - formatted text.
 *
 * One loop reads the format; each conversion becomes (prefix, zeroes, digits, zeroes,
 * tail) and goes through pad() into a sink: a FILE, a descriptor or a string.
 *
 * Floating point is exact.  A double is m * 2^e with m < 2^53; for e < 0 that is
 * m * 5^-e / 10^-e.  So the decimal digits are those of one big integer (m << e or
 * m * 5^-e, at most 767 digits) and a place for the point, and rounding (half to even)
 * looks at real digits, not at estimates.  It is slower than the clever ways and fits
 * on a page.  A long double is printed as the double next to it (RISC-V's has 128 bits and
 * is software), with up to 1080 digits behind the point.
 *
 * %n writes memory through a format and is refused: it prints itself.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "stdio_impl.h"
#include "sys.h"

#define FL_LEFT  0x01
#define FL_PLUS  0x02
#define FL_SPACE 0x04
#define FL_ALT   0x08
#define FL_ZERO  0x10
#define FL_UPPER 0x20

struct spec {
	int flags, width, prec; /* prec -1: none given */
};

static void put(struct sink *s, const char *p, size_t n)
{
	s->put(s, p, n);
	s->total += n;
}

static void fill(struct sink *s, char c, int n)
{
	char run[32];

	if (n <= 0)
		return;
	memset(run, c, sizeof(run));
	for (; n > (int)sizeof(run); n -= (int)sizeof(run))
		put(s, run, sizeof(run));
	put(s, run, (size_t)n);
}

/* prefix ("-", "0x"), then zeroes, then the digits, in a field of sp->width. */
static void pad(struct sink *s, const struct spec *sp, const char *prefix, int zeroes,
                const char *digits, size_t n)
{
	int np = (int)strlen(prefix), blank = sp->width - np - zeroes - (int)n;

	if (blank > 0 && (sp->flags & (FL_LEFT | FL_ZERO)) == FL_ZERO) {
		zeroes += blank;
		blank = 0;
	}
	if (!(sp->flags & FL_LEFT))
		fill(s, ' ', blank);
	if (np > 0)
		put(s, prefix, (size_t)np);
	fill(s, '0', zeroes);
	put(s, digits, n);
	if (sp->flags & FL_LEFT)
		fill(s, ' ', blank);
}

static void integer(struct sink *s, struct spec *sp, uint64_t v, bool neg, unsigned base)
{
	const char *digit = sp->flags & FL_UPPER ? "0123456789ABCDEF" : "0123456789abcdef";
	const char *prefix = neg                    ? "-"
	                     : sp->flags & FL_PLUS  ? "+"
	                     : sp->flags & FL_SPACE ? " "
	                                            : "";
	char buf[64], *p = buf + sizeof(buf);
	int n;

	if (base == 16) {
		prefix = (sp->flags & FL_ALT) && v ? sp->flags & FL_UPPER ? "0X" : "0x" : "";
		for (; v; v >>= 4)
			*--p = digit[v & 15];
	} else if (base == 8) {
		for (; v; v >>= 3)
			*--p = digit[v & 7];
		if ((sp->flags & FL_ALT) && sp->prec <= (int)(buf + sizeof(buf) - p))
			sp->prec = (int)(buf + sizeof(buf) - p) + 1;
	} else if (base == 2) {
		prefix = (sp->flags & FL_ALT) && v ? sp->flags & FL_UPPER ? "0B" : "0b" : "";
		for (; v; v >>= 1)
			*--p = (char)('0' + (v & 1));
	} else {
		for (; v; v /= 10)
			*--p = digit[v % 10];
	}
	n = (int)(buf + sizeof(buf) - p);
	if (sp->prec >= 0)
		sp->flags &= ~FL_ZERO;
	else
		sp->prec = 1;
	pad(s, sp, prefix, sp->prec > n ? sp->prec - n : 0, p, (size_t)n);
}

/* --- floating point --- */

#define LIMBS    90 /* of 9 digits: 810 >= 767 */
#define DIGITS   (LIMBS * 9)
#define FRACTION 1080 /* digits behind the point: a double has at most 1074 */

/* The digits of |x| (finite, not 0), most significant first, without leading zeroes.
 * => x == 0.DIGITS * 10^*point; returns how many. */
static int decimal(double x, char *digits, int *point)
{
	uint32_t limb[LIMBS];
	uint64_t bits, m;
	int e, n = 0, left, nd, k;

	memcpy(&bits, &x, sizeof(bits));
	m = bits & 0xfffffffffffffUL;
	e = (int)(bits >> 52 & 0x7ff);
	if (e == 0)
		e = 1;
	else
		m |= 1UL << 52;
	e -= 1075;
	while (e < 0 && !(m & 1)) {
		m >>= 1;
		e++;
	}
	for (; m; m /= 1000000000)
		limb[n++] = (uint32_t)(m % 1000000000);
	for (left = e < 0 ? -e : e; left > 0;) {
		uint64_t mul = 1, carry = 0;
		int i, step = e < 0 ? 13 : 30; /* 5^13 and 2^30 fit in 31 bits */

		if (step > left)
			step = left;
		left -= step;
		while (step-- > 0)
			mul *= e < 0 ? 5 : 2;
		for (i = 0; i < n; i++) {
			carry += limb[i] * mul;
			limb[i] = (uint32_t)(carry % 1000000000);
			carry /= 1000000000;
		}
		for (; carry; carry /= 1000000000)
			limb[n++] = (uint32_t)(carry % 1000000000);
	}
	nd = n * 9;
	for (int i = 0; i < n; i++) {
		uint32_t v = limb[i];

		for (int j = 0; j < 9; j++, v /= 10)
			digits[nd - 1 - i * 9 - j] = (char)('0' + v % 10);
	}
	for (k = 0; digits[k] == '0'; k++)
		;
	memmove(digits, digits + k, (size_t)(nd - k));
	nd -= k;
	*point = nd + (e < 0 ? e : 0);
	return nd;
}

/* Keep the first `keep` of n digits, rounding half to even; may carry into a new one. */
static int round_digits(char *d, int n, int keep, int *point)
{
	bool up, rest = false;

	if (keep >= n)
		return n;
	if (keep < 0) {
		d[0] = '0';
		return 0;
	}
	for (int i = keep + 1; i < n && !rest; i++)
		rest = d[i] != '0';
	up = d[keep] > '5' || (d[keep] == '5' && (rest || (keep > 0 && (d[keep - 1] & 1))));
	if (!up)
		return keep;
	for (int i = keep - 1; i >= 0; i--) {
		if (d[i] != '9') {
			d[i]++;
			return keep;
		}
		d[i] = '0';
	}
	memmove(d + 1, d, (size_t)keep); /* 999 -> 1000 */
	d[0] = '1';
	(*point)++;
	return keep + 1;
}

static int digit_at(const char *d, int n, int i)
{
	return i >= 0 && i < n ? d[i] : '0';
}

/* %a: 0x1.MANTISSAp+EXPONENT, rounded half to even where fewer digits are wanted. */
static void hexadecimal(struct sink *s, struct spec *sp, double x, const char *sign)
{
	const char *digit = sp->flags & FL_UPPER ? "0123456789ABCDEF" : "0123456789abcdef";
	int e, n = 0, keep = sp->prec, zeroes = 0;
	char prefix[4], out[32], num[8];
	uint64_t bits, m, unit;

	memcpy(&bits, &x, sizeof(bits));
	m = bits & 0xfffffffffffffUL;
	e = (int)(bits >> 52 & 0x7ff);
	if (e != 0)
		m |= 1UL << 52;
	else
		e = m != 0;
	e -= x != 0 ? 1023 : 0;
	if (keep >= 0 && keep < 13) {
		unit = 1UL << (13 - keep) * 4;
		m += unit / 2 - 1 + (m / unit & 1);
		m &= -unit;
	} else if (keep > 13)
		zeroes = keep - 13;
	if (keep < 0)
		for (keep = 13; keep > 0 && !(m >> (13 - keep) * 4 & 15);)
			keep--;
	out[n++] = digit[m >> 52];
	if (keep > 0 || (sp->flags & FL_ALT))
		out[n++] = '.';
	for (int i = 1; i <= keep && i <= 13; i++)
		out[n++] = digit[m >> (13 - i) * 4 & 15];
	stpcpy(stpcpy(prefix, sign), sp->flags & FL_UPPER ? "0X" : "0x");
	bits = (uint64_t)(e < 0 ? -e : e);
	e = e < 0 ? '-' : '+';
	keep = (int)sizeof(num);
	do
		num[--keep] = (char)('0' + bits % 10);
	while ((bits /= 10) != 0);
	num[--keep] = (char)e;
	num[--keep] = sp->flags & FL_UPPER ? 'P' : 'p';
	/* the zeroes stand between the digits and the exponent */
	e = (int)sizeof(num) - keep;
	if (sp->flags & FL_LEFT) {
		sp->width -= zeroes + e;
		put(s, prefix, strlen(prefix));
		put(s, out, (size_t)n);
		fill(s, '0', zeroes);
		put(s, num + keep, (size_t)e);
		fill(s, ' ', sp->width - n - (int)strlen(prefix));
		return;
	}
	sp->width -= zeroes + e;
	pad(s, sp, prefix, 0, out, (size_t)n);
	fill(s, '0', zeroes);
	put(s, num + keep, (size_t)e);
}

static __attribute__((noinline)) void floating(struct sink *s, struct spec *sp, double x, char conv)
{
	char d[DIGITS + 1], out[310 + FRACTION + 8], *o = out;
	const char *prefix;
	int n = 0, point = 1, prec = sp->prec < 0 ? 6 : sp->prec, frac, zeroes = 0, exp10;
	bool upper = sp->flags & FL_UPPER, strip = false;

	prefix = __builtin_signbit(x)   ? "-"
	         : sp->flags & FL_PLUS  ? "+"
	         : sp->flags & FL_SPACE ? " "
	                                : "";
	if (__builtin_isnan(x) || __builtin_isinf(x)) {
		const char *w = __builtin_isnan(x) ? upper ? "NAN" : "nan" : upper ? "INF" : "inf";

		sp->flags &= ~FL_ZERO;
		pad(s, sp, prefix, 0, w, 3);
		return;
	}
	if (conv == 'a') {
		hexadecimal(s, sp, x, prefix);
		return;
	}
	if (x != 0)
		n = decimal(x, d, &point);
	if (conv == 'e' && prec > FRACTION)
		prec = FRACTION;
	if (conv == 'g') {
		int p10 = point;

		if (prec == 0)
			prec = 1;
		n = round_digits(d, n, prec, &point);
		(void)p10;
		strip = !(sp->flags & FL_ALT);
		if (point - 1 < -4 || point - 1 >= prec) {
			conv = 'e';
			prec--;
		} else {
			conv = 'f';
			prec -= point;
		}
		if (strip) { /* trailing zeroes of the fraction go */
			while (n > 0 && d[n - 1] == '0')
				n--;
			frac = conv == 'e' ? n - 1 : n - point;
			if (frac < prec)
				prec = frac < 0 ? 0 : frac;
		}
	} else
		n = round_digits(d, n, conv == 'e' ? prec + 1 : point + prec, &point);
	if (n == 0 && conv == 'e')
		point = 1;
	/* digits before the point */
	if (conv == 'e')
		*o++ = (char)digit_at(d, n, 0);
	else if (point <= 0 || n == 0)
		*o++ = '0';
	else
		for (int i = 0; i < point; i++)
			*o++ = (char)digit_at(d, n, i);
	if (prec > 0 || (sp->flags & FL_ALT))
		*o++ = '.';
	frac = prec;
	if (frac > FRACTION)
		frac = FRACTION;
	for (int i = 0; i < frac; i++)
		*o++ = (char)digit_at(d, n, conv == 'e' ? i + 1 : n == 0 ? -1 : point + i);
	zeroes = prec - frac;
	if (conv == 'e') {
		exp10 = n == 0 ? 0 : point - 1;
		*o++ = upper ? 'E' : 'e';
		*o++ = exp10 < 0 ? '-' : '+';
		if (exp10 < 0)
			exp10 = -exp10;
		if (exp10 >= 100)
			*o++ = (char)('0' + exp10 / 100);
		*o++ = (char)('0' + exp10 / 10 % 10);
		*o++ = (char)('0' + exp10 % 10);
		zeroes = 0;
	}
	if (zeroes > 0) {
		sp->width -= zeroes;
		pad(s, sp, prefix, 0, out, (size_t)(o - out));
		fill(s, '0', zeroes);
	} else
		pad(s, sp, prefix, 0, out, (size_t)(o - out));
}

/* --- the format --- */

int __format(struct sink *s, const char *fmt, va_list ap)
{
	int err = errno;

	for (;;) {
		const char *start = fmt, *pct;
		struct spec sp = { .prec = -1 };
		int size = 0; /* -2 hh, -1 h, 0 int, 1 long, 2 long double */
		int64_t v;
		char c;

		fmt = strchrnul(fmt, '%');
		if (fmt != start)
			put(s, start, (size_t)(fmt - start));
		if (!*fmt)
			break;
		pct = fmt++;
		for (;; fmt++) {
			if (*fmt == '-')
				sp.flags |= FL_LEFT;
			else if (*fmt == '+')
				sp.flags |= FL_PLUS;
			else if (*fmt == ' ')
				sp.flags |= FL_SPACE;
			else if (*fmt == '#')
				sp.flags |= FL_ALT;
			else if (*fmt == '0')
				sp.flags |= FL_ZERO;
			else if (*fmt != '\'') /* groups of thousands: none in this locale */
				break;
		}
		if (*fmt == '*') {
			fmt++;
			sp.width = va_arg(ap, int);
			if (sp.width < 0) {
				sp.flags |= FL_LEFT;
				sp.width = -sp.width;
			}
		} else
			while (*fmt >= '0' && *fmt <= '9' && sp.width < 100000000)
				sp.width = sp.width * 10 + *fmt++ - '0';
		if (*fmt == '.') {
			sp.prec = 0;
			if (*++fmt == '*') {
				fmt++;
				sp.prec = va_arg(ap, int);
				if (sp.prec < 0)
					sp.prec = -1;
			} else
				while (*fmt >= '0' && *fmt <= '9' && sp.prec < 100000000)
					sp.prec = sp.prec * 10 + *fmt++ - '0';
		}
		for (;; fmt++) {
			if (*fmt == 'l' || *fmt == 'z' || *fmt == 'j' || *fmt == 't' || *fmt == 'q')
				size = 1;
			else if (*fmt == 'L')
				size = 2;
			else if (*fmt == 'h')
				size--;
			else
				break;
		}
		c = *fmt++;
		if (c >= 'A' && c <= 'Z' && c != 'C' && c != 'S') {
			sp.flags |= FL_UPPER;
			c = (char)(c + 32);
		}
		switch (c) {
		case 'd':
		case 'i':
			v = size >= 1 ? va_arg(ap, long) : va_arg(ap, int);
			if (size == -1)
				v = (short)v;
			else if (size < -1)
				v = (signed char)v;
			integer(s, &sp, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0, 10);
			break;
		case 'u':
		case 'x':
		case 'o':
		case 'b': {
			uint64_t u = size >= 1 ? va_arg(ap, unsigned long) : va_arg(ap, unsigned);

			if (size == -1)
				u = (unsigned short)u;
			else if (size < -1)
				u = (unsigned char)u;
			sp.flags &= ~(FL_PLUS | FL_SPACE);
			integer(s, &sp, u, false, c == 'u' ? 10 : c == 'x' ? 16 : c == 'o' ? 8 : 2);
			break;
		}
		case 'p': {
			uint64_t u = va_arg(ap, unsigned long);

			sp.flags |= FL_ALT;
			if (u)
				integer(s, &sp, u, false, 16);
			else
				pad(s, &sp, "", 0, "0x0", 3);
			break;
		}
		case 'c': {
			char ch = (char)va_arg(ap, int);

			sp.flags &= ~FL_ZERO;
			pad(s, &sp, "", 0, &ch, 1);
			break;
		}
		case 's': {
			const char *str = va_arg(ap, const char *);

			if (!str)
				str = "(null)";
			sp.flags &= ~FL_ZERO;
			pad(s, &sp, "", 0, str,
			    sp.prec < 0 ? strlen(str) : strnlen(str, (size_t)sp.prec));
			break;
		}
		case 'm': {
			const char *str = strerror(err);

			pad(s, &sp, "", 0, str, strlen(str));
			break;
		}
		case 'f':
		case 'e':
		case 'g':
		case 'a':
			floating(s, &sp,
			         size == 2 ? (double)va_arg(ap, long double) : va_arg(ap, double),
			         c);
			break;
		case '%':
			put(s, "%", 1);
			break;
		default: /* unknown: as it stands */
			if (!c)
				fmt--;
			put(s, pct, (size_t)(fmt - pct));
		}
	}
	return s->total > INT_MAX ? -1 : (int)s->total;
}

/* --- into a string --- */

static void put_string(struct sink *s, const char *p, size_t n)
{
	size_t k = n < s->room ? n : s->room;

	memcpy(s->s, p, k);
	s->s += k;
	s->room -= k;
}

int vsnprintf(char *restrict str, size_t n, const char *restrict fmt, va_list ap)
{
	char none[1];
	struct sink s = { .put = put_string, .s = n ? str : none, .room = n ? n - 1 : 0 };
	int r = __format(&s, fmt, ap);

	*s.s = '\0';
	return r;
}

int snprintf(char *restrict s, size_t n, const char *restrict fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vsnprintf(s, n, fmt, ap);
	va_end(ap);
	return r;
}
