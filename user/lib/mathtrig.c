// SPDX-License-Identifier: MIT
/*
 * mathtrig.c - trigonometric functions.
 *
 * sin, cos, tan: x = n pi/2 + r with |r| <= pi/4; n mod 4 says which of sin r, cos r and their
 * negatives is wanted, and Taylor's series to r^19 has it.  pi is not a double: up to 2^20 a
 * sum of three doubles for pi/2 is subtracted n times, with r kept as a pair.  Beyond, x
 * times 2/pi is computed modulo 4 with whole numbers: of 2/pi only the 192 bits matter that
 * the exponent of x moves to the point.
 *
 * atan: above 1, pi/2 - atan(1/x).  Then, with the quarter c nearest to x, atan x =
 * atan c + atan((x - c) / (1 + c x)), whose argument is at most 1/8 large.
 */
#include "math_impl.h"

static const struct dd half_pi = { 0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54 };
#define HALF_PI_3   (-0x1.f1976b7ed8fbcp-110)
#define PER_HALF_PI 0x1.45f306dc9c883p-1

/* --- x modulo pi/2 --- */

/* The bits of 2/pi behind the point; a double's lowest bit reaches at most bit 971 of them. */
static const uint64_t two_per_pi[20] = {
	0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
	0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
	0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
	0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
	0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d,
};

typedef unsigned __int128 u128;

static uint64_t bits_from(int at)
{
	int word = at / 64, by = at % 64;

	return by == 0 ? two_per_pi[word]
	               : two_per_pi[word] << by | two_per_pi[word + 1] >> (64 - by);
}

/* x = m 2^e, m whole: the bits of 2/pi in front of number e - 2 give multiples of 4.  Where e
 * is less than 2 (by k) there are none of those, and as many bits more in front of the point.
 * => x >= 2^20 */
static int reduce_large(double x, struct dd *r)
{
	u128 p0, p1, p2, frac;
	int e, n, k = 0, skip;
	double hi, lo;
	uint64_t m = (uint64_t)ldexp(frexp(x, &e), 53);

	skip = e - 53 - 2;
	if (skip < 0) {
		k = -skip;
		skip = 0;
	}
	/* m times 192 bits: the words of weight 1, 2^64, 2^128 and above.  Modulo 4 only the
	 * last 192 + k bits matter; two of them stand before the point. */
	p0 = (u128)m * bits_from(skip + 128);
	p1 = (u128)m * bits_from(skip + 64) + (p0 >> 64);
	p2 = (u128)m * bits_from(skip) + (p1 >> 64);
	frac = p2 << 64 | (uint64_t)p1;
	if (k > 0)
		frac = frac >> k | p2 >> 64 << (128 - k);
	n = (int)(frac >> 126);
	frac <<= 2;
	if (frac >> 127) /* a half or more: the next quadrant, from below */
		n++;
	hi = (double)(int64_t)(frac >> 64);
	lo = (double)((__int128)(int64_t)(frac >> 64) - (__int128)hi) * 0x1p64 +
	     (double)(uint64_t)frac;
	*r = dd_mul(dd_sum(hi * 0x1p-64, lo * 0x1p-128), half_pi);
	return n & 3;
}

/* => n modulo 4, *r = x - n pi/2, |*r| <= pi/4 */
static int reduce(double x, struct dd *r)
{
	double n, a, w;
	struct dd p;
	int q;

	if (fabs(x) <= 0.78539816339744831) {
		*r = (struct dd){ x, 0 };
		return 0;
	}
	if (fabs(x) < 0x1p20) {
		n = rint(x * PER_HALF_PI);
		a = __builtin_fma(-n, half_pi.hi, x); /* exact: x and n pi/2 nearly cancel */
		p = dd_product(n, half_pi.lo);
		w = a - p.hi;
		*r = dd_sum(w, (a - w) - p.hi - p.lo - n * HALF_PI_3);
		return (int)n & 3;
	}
	q = reduce_large(fabs(x), r);
	if (x < 0) {
		*r = (struct dd){ -r->hi, -r->lo };
		q = -q & 3;
	}
	return q;
}

static double sin_small(struct dd r)
{
	double z = r.hi * r.hi, p = -1.0 / 121645100408832000; /* 1/19! */

	p = p * z + 1.0 / 355687428096000;
	p = p * z - 1.0 / 1307674368000;
	p = p * z + 1.0 / 6227020800;
	p = p * z - 1.0 / 39916800;
	p = p * z + 1.0 / 362880;
	p = p * z - 1.0 / 5040;
	p = p * z + 1.0 / 120;
	p = p * z - 1.0 / 6;
	return r.hi + (p * z * r.hi + r.lo * (1 - z / 2));
}

static double cos_small(struct dd r)
{
	double z = r.hi * r.hi, p = 1.0 / 2432902008176640000, w; /* 1/20! */

	p = p * z - 1.0 / 6402373705728000;
	p = p * z + 1.0 / 20922789888000;
	p = p * z - 1.0 / 87178291200;
	p = p * z + 1.0 / 479001600;
	p = p * z - 1.0 / 3628800;
	p = p * z + 1.0 / 40320;
	p = p * z - 1.0 / 720;
	p = p * z + 1.0 / 24;
	w = 1 - z / 2;
	return w + (((1 - w) - z / 2) + (p * z * z - r.hi * r.lo));
}

double sin(double x)
{
	struct dd r;
	double y;
	int q;

	if (!__builtin_isfinite(x))
		return x - x;
	q = reduce(x, &r);
	y = q & 1 ? cos_small(r) : x == 0 ? x : sin_small(r);
	return q & 2 ? -y : y;
}

double cos(double x)
{
	struct dd r;
	double y;
	int q;

	if (!__builtin_isfinite(x))
		return x - x;
	q = reduce(x, &r);
	y = q & 1 ? sin_small(r) : cos_small(r);
	return q == 1 || q == 2 ? -y : y;
}

double tan(double x)
{
	struct dd r;

	if (!__builtin_isfinite(x) || x == 0)
		return x == 0 ? x : x - x;
	return reduce(x, &r) & 1 ? -cos_small(r) / sin_small(r) : sin_small(r) / cos_small(r);
}

/* --- the inverse functions --- */

/* atan(k / 4) */
static const struct dd atan_quarter[5] = {
	{ 0, 0 },
	{ 0x1.f5b75f92c80ddp-3, 0x1.8ab6e3cf7afbdp-57 },
	{ 0x1.dac670561bb4fp-2, 0x1.a2b7f222f65e2p-56 },
	{ 0x1.4978fa3269ee1p-1, 0x1.2419a87f2a458p-56 },
	{ 0x1.921fb54442d18p-1, 0x1.1a62633145c07p-55 },
};

/* atan(y / x), for 0 <= y <= x, as a pair */
static struct dd atan_ratio(double y, double x)
{
	double v = y / x, t, z, p;
	int k = (int)(v * 4 + 0.5);
	double c = k / 4.0, num = __builtin_fma(-c, x, y), den = __builtin_fma(c, y, x);

	t = num / den;
	z = t * t;
	p = 1.0 / 19;
	for (int n = 17; n >= 3; n -= 2)
		p = 1.0 / n - p * z;
	/* what the division lost is not forgotten */
	p = __builtin_fma(-t, den, num) / den - p * z * t;
	if (k == 0)
		return (struct dd){ t, p };
	return dd_add(atan_quarter[k], (struct dd){ t, p });
}

/* atan(y / x) for y, x >= 0, not both 0 */
static double atan_quadrant(double y, double x)
{
	struct dd a;

	if (y <= x) {
		a = atan_ratio(y, x);
		return a.hi + a.lo;
	}
	a = atan_ratio(x, y);
	return half_pi.hi - (a.hi - (half_pi.lo - a.lo));
}

double atan2(double y, double x)
{
	double ay = fabs(y), ax = fabs(x), a;
	int ex, ey;

	if (__builtin_isnan(x) || __builtin_isnan(y))
		return x + y;
	if (__builtin_isinf(ay) && __builtin_isinf(ax))
		ay = ax = 1;
	frexp(ax, &ex);
	frexp(ay, &ey);
	if (ay == 0 || __builtin_isinf(ax))
		a = 0;
	else if (ax == 0 || __builtin_isinf(ay) || ey - ex > 60)
		a = half_pi.hi;
	else if (ey - ex < -60)
		a = signbit(x) ? 0 : ay / ax;
	else /* brought near 1: products neither overflow nor vanish */
		a = atan_quadrant(ldexp(ay, -ex), ldexp(ax, -ex));
	if (signbit(x))
		a = 2 * half_pi.hi - (a - 2 * half_pi.lo);
	return copysign(a, y);
}

double atan(double x)
{
	double a = fabs(x);

	if (a < 0x1p-27 || __builtin_isnan(x))
		return x;
	return copysign(a > 0x1p60 ? half_pi.hi : atan_quadrant(a, 1), x);
}

double asin(double x)
{
	if (!(fabs(x) <= 1))
		return __builtin_nan("");
	if (fabs(x) < 0x1p-27)
		return x;
	return copysign(atan_quadrant(fabs(x), sqrt((1 - x) * (1 + x))), x);
}

double acos(double x)
{
	double a;

	if (!(fabs(x) <= 1))
		return __builtin_nan("");
	a = atan_quadrant(sqrt((1 - x) * (1 + x)), fabs(x));
	return x < 0 ? 2 * half_pi.hi - (a - 2 * half_pi.lo) : a;
}
