// SPDX-License-Identifier: MIT
/*
 * math.c - parts of floating-point numbers, rounding, remainders, roots.
 *
 * A double is sign, exponent + 1023 in 11 bits, 52 bits of mantissa.  From 2^52 on every
 * double is whole, so rounding to a whole number only concerns what fits in a long.
 */
#include "math_impl.h"

#define EXP(u) ((int)((u) >> 52 & 0x7ff))
#define SIGN   (1UL << 63)
#define MANT   ((1UL << 52) - 1)
#define WHOLE  4503599627370496.0 /* 2^52 */

double fabs(double x)
{
	return __builtin_fabs(x);
}
double copysign(double x, double y)
{
	return __builtin_copysign(x, y);
}
double sqrt(double x)
{
#ifdef __riscv
	double r;

	__asm__("fsqrt.d %0, %1" : "=f"(r) : "f"(x));
	return r;
#else
	return __builtin_sqrt(x);
#endif
}
double fma(double x, double y, double z)
{
	return __builtin_fma(x, y, z);
}
double nan(const char *tag)
{
	(void)tag;
	return __builtin_nan("");
}

/* --- to whole numbers --- */

double trunc(double x)
{
	if (!(fabs(x) < WHOLE))
		return x;
	return copysign((double)(long)x, x);
}

double floor(double x)
{
	double t = trunc(x);

	return t > x ? t - 1 : t;
}

double ceil(double x)
{
	double t = trunc(x);

	return t < x ? copysign(t + 1, x) : t;
}

double round(double x)
{
	double t = trunc(x);

	return fabs(x - t) >= 0.5 ? t + copysign(1, x) : t;
}

/* Half goes to even: adding 2^52 leaves no room for a fraction. */
double rint(double x)
{
	volatile double big;

	if (!(fabs(x) < WHOLE))
		return x;
	big = fabs(x) + WHOLE;
	return copysign(big - WHOLE, x);
}

double nearbyint(double x)
{
	return rint(x);
}
long lround(double x)
{
	return (long)round(x);
}
long long llround(double x)
{
	return (long long)round(x);
}
long lrint(double x)
{
	return (long)rint(x);
}
long long llrint(double x)
{
	return (long long)rint(x);
}

double modf(double x, double *whole)
{
	*whole = trunc(x);
	return copysign(__builtin_isinf(x) ? 0 : x - *whole, x);
}

/* --- exponent and mantissa --- */

double frexp(double x, int *e)
{
	uint64_t u = bits_of(x);

	*e = 0;
	if (EXP(u) == 0x7ff || x == 0)
		return x;
	if (EXP(u) == 0) {
		x = frexp(x * 0x1p64, e);
		*e -= 64;
		return x;
	}
	*e = EXP(u) - 1022;
	return from_bits((u & ~(0x7ffUL << 52)) | 1022UL << 52);
}

/* In steps whose factors are normal numbers; only the last may round. */
double scalbln(double x, long e)
{
	if (e > 5000 || e < -5000)
		e = e > 0 ? 5000 : -5000;
	for (; e > 1023; e -= 1023)
		x *= 0x1p1023;
	for (; e < -969; e += 969) /* 1022 less 53: what becomes subnormal does so at the end */
		x *= 0x1p-969;
	return x * from_bits((uint64_t)(e + 1023) << 52);
}

double scalbn(double x, int e)
{
	return scalbln(x, e);
}
double ldexp(double x, int e)
{
	return scalbln(x, e);
}

int ilogb(double x)
{
	int e;

	if (x == 0 || !__builtin_isfinite(x))
		return x == 0 || __builtin_isnan(x) ? -0x7fffffff - 1 : 0x7fffffff;
	frexp(x, &e);
	return e - 1;
}

double logb(double x)
{
	if (x == 0)
		return -__builtin_inf();
	return __builtin_isfinite(x) ? ilogb(x) : x * x;
}

double nextafter(double x, double to)
{
	uint64_t u = bits_of(x);

	if (__builtin_isnan(x) || __builtin_isnan(to))
		return x + to;
	if (x == to)
		return to;
	if (x == 0)
		return copysign(0x1p-1074, to);
	return from_bits((x < to) == (x > 0) ? u + 1 : u - 1);
}

/* --- remainders --- */

/* Exact: a long division that keeps only the remainder, bit by bit. */
double fmod(double x, double y)
{
	uint64_t ux = bits_of(x) & ~SIGN, uy = bits_of(y) & ~SIGN;
	int ex = EXP(ux), ey = EXP(uy);

	if (uy == 0 || ex == 0x7ff || __builtin_isnan(y))
		return (x * y) / (x * y);
	if (ux < uy)
		return x;
	ux = ex ? (ux & MANT) | 1UL << 52 : ux & MANT;
	uy = ey ? (uy & MANT) | 1UL << 52 : uy & MANT;
	ex += !ex;
	ey += !ey;
	for (ux %= uy; ex > ey; ex--) {
		ux <<= 1;
		if (ux >= uy)
			ux -= uy;
	}
	return copysign(ldexp((double)ux, ey - 1075), x);
}

/* x - n y with n the whole number nearest to x / y, even if two are */
double remainder(double x, double y)
{
	double r, half;
	bool odd;

	if (y == 0 || !__builtin_isfinite(x) || __builtin_isnan(y))
		return fmod(x, y);
	y = fabs(y);
	r = fmod(fabs(x), 2 * y); /* which may be infinity: then |x| is less */
	odd = r >= y;
	if (odd)
		r -= y;
	half = y - r; /* r > y / 2, without halving a subnormal */
	if (r > half || (r == half && odd))
		r -= y;
	return signbit(x) ? -r : r;
}

/* --- the rest --- */

double fmin(double x, double y)
{
	return __builtin_isnan(x) || y < x || (y == x && signbit(y)) ? y : x;
}
double fmax(double x, double y)
{
	return __builtin_isnan(x) || y > x || (y == x && signbit(x)) ? y : x;
}
double fdim(double x, double y)
{
	return x <= y ? 0 : x - y;
}

double hypot(double x, double y)
{
	int e;

	x = fabs(x);
	y = fabs(y);
	if (__builtin_isinf(x) || __builtin_isinf(y))
		return __builtin_inf();
	if (x < y) {
		double t = x;

		x = y;
		y = t;
	}
	if (x == 0 || __builtin_isnan(x + y))
		return x + y;
	frexp(x, &e); /* near 1 no square over- or underflows where it matters */
	x = ldexp(x, -e);
	y = ldexp(y, -e);
	return ldexp(sqrt(x * x + y * y), e);
}

double cbrt(double x)
{
	double m, r;
	int e;

	if (x == 0 || !__builtin_isfinite(x))
		return x;
	m = frexp(fabs(x), &e);
	for (; e % 3 != 0; e++)
		m /= 2;
	r = 0.4 + 0.6 * m; /* 1/8 <= m < 1: within a fifth; each step squares the error */
	for (int i = 0; i < 5; i++)
		r -= (r - m / (r * r)) / 3;
	r -= __builtin_fma(r * r, r, -m) / (3 * r * r);
	return copysign(ldexp(r, e / 3), x);
}
