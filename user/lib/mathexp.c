// SPDX-License-Identifier: MIT
/*
 * mathexp.c - exponential functions, logarithms, powers.
 *
 * exp: x = k ln 2 + r with |r| < 0.35; exp(r) by Taylor's series to r^14, exp(x) = 2^k exp(r).
 *
 * log: x = 2^k m with m near 1; with s = (m - 1) / (m + 1), log m = 2 (s + s^3/3 + s^5/5 ..),
 * where |s| < 0.172.  The first terms are pairs of doubles (math_impl.h), so that the sum has
 * some 64 good bits: pow(x, y) = exp(y log x) needs them, since an error of log x grows by
 * y log x (up to 709), and log2 and log10 of whole powers come out whole.
 */
#include "math_impl.h"

static const struct dd ln2 = { 0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56 };
static const struct dd per_ln2 = { 0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56 };
static const struct dd per_ln10 = { 0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57 };
static const struct dd two_thirds = { 0x1.5555555555555p-1, 0x1.5555555555555p-55 };

/* e^r - 1 - r for |r| < 0.35 */
static double exp_rest(double r)
{
	double p = 1.0 / 87178291200; /* 1/14! */

	p = p * r + 1.0 / 6227020800;
	p = p * r + 1.0 / 479001600;
	p = p * r + 1.0 / 39916800;
	p = p * r + 1.0 / 3628800;
	p = p * r + 1.0 / 362880;
	p = p * r + 1.0 / 40320;
	p = p * r + 1.0 / 5040;
	p = p * r + 1.0 / 720;
	p = p * r + 1.0 / 120;
	p = p * r + 1.0 / 24;
	p = p * r + 1.0 / 6;
	p = p * r + 0.5;
	return p * r * r;
}

/* e^(x + lo) */
static double exp_pair(double x, double lo)
{
	double k, r;

	if (!(x < 710))
		return x * 0x1p1023; /* infinity, or NaN */
	if (x < -746)
		return 0;
	k = rint(x * per_ln2.hi);
	r = __builtin_fma(-k, ln2.hi, x);
	r = __builtin_fma(-k, ln2.lo, r) + lo;
	return ldexp(1 + (r + exp_rest(r)), (int)k);
}

double exp(double x)
{
	return exp_pair(x, 0);
}

double exp2(double x)
{
	double k = rint(x);
	struct dd r;

	if (!(fabs(x) < 1100))
		return x > 0 ? x * 0x1p1023 : x < 0 ? 0 : x + x;
	r = dd_mul((struct dd){ x - k, 0 }, ln2);
	return ldexp(1 + (r.hi + (exp_rest(r.hi) + r.lo)), (int)k);
}

double expm1(double x)
{
	double k, r;

	if (!(fabs(x) < 60) || x == 0)
		return x == 0 ? x : exp(x) - 1;
	k = rint(x * per_ln2.hi);
	r = __builtin_fma(-k, ln2.hi, x);
	r = __builtin_fma(-k, ln2.lo, r);
	return ldexp(r + exp_rest(r), (int)k) + (ldexp(1, (int)k) - 1);
}

/* log(x) for 0 < x < infinity */
static struct dd log_pair(double x)
{
	struct dd s, z, sum, k_ln2, den;
	double m, f, q;
	int k;

	m = frexp(x, &k);
	if (m < 0.70710678118654752) {
		m *= 2;
		k--;
	}
	f = m - 1; /* exact */
	den = m > 1 ? dd_sum(m, 1) : dd_sum(1, m);
	s.hi = f / den.hi;
	s.lo = (__builtin_fma(-s.hi, den.hi, f) - s.hi * den.lo) / den.hi;
	s = dd_sum(s.hi, s.lo);
	z = dd_mul(s, s);
	q = 2.0 / 23;
	for (int n = 21; n >= 5; n -= 2)
		q = q * z.hi + 2.0 / n;
	sum = dd_add(two_thirds, dd_product(z.hi, q));
	sum = dd_mul(dd_mul(s, z), sum);
	sum = dd_add((struct dd){ 2 * s.hi, 2 * s.lo }, sum);
	k_ln2 = dd_mul(ln2, (struct dd){ k, 0 });
	return k == 0 ? sum : dd_add(k_ln2, sum);
}

/* log's value where it has no finite one, and its domain's end. => false: it has */
static bool log_special(double x, double *out)
{
	if (x > 0 && x < __builtin_inf())
		return false;
	*out = x == 0 ? -__builtin_inf() : x < 0 ? __builtin_nan("") : x;
	return true;
}

double log(double x)
{
	double special;

	return log_special(x, &special) ? special : log_pair(x).hi;
}

double log2(double x)
{
	double special;

	return log_special(x, &special) ? special : dd_mul(log_pair(x), per_ln2).hi;
}

double log10(double x)
{
	double special;

	return log_special(x, &special) ? special : dd_mul(log_pair(x), per_ln10).hi;
}

double log1p(double x)
{
	double u = 1 + x;

	if (u == 1 || !(x > -1 && x < 0x1p1023))
		return u == 1 ? x : log(u);
	return log(u) - ((u - 1) - x) / u; /* the part that 1 + x lost */
}

/* 0: not a whole number, 1: odd, 2: even */
static int parity(double y)
{
	if (trunc(y) != y)
		return 0;
	return fabs(y) < 0x1p53 && fmod(y, 2) != 0 ? 1 : 2;
}

double pow(double x, double y)
{
	bool neg = signbit(x) && parity(y) == 1;
	struct dd e;
	double r;

	if (y == 0 || x == 1)
		return 1;
	if (__builtin_isnan(x) || __builtin_isnan(y))
		return x + y;
	if (__builtin_isinf(y)) {
		if (fabs(x) == 1)
			return 1;
		return (fabs(x) > 1) == (y > 0) ? __builtin_inf() : 0;
	}
	if (x == 0 || __builtin_isinf(x)) {
		r = (x == 0) == (y < 0) ? __builtin_inf() : 0;
		return neg ? -r : r;
	}
	if (x < 0 && parity(y) == 0)
		return __builtin_nan("");
	e = log_pair(fabs(x));
	if (!(fabs(e.hi * y) < 800))
		r = e.hi * y > 0 ? __builtin_inf() : 0;
	else {
		e = dd_mul(e, (struct dd){ y, 0 });
		r = exp_pair(e.hi, e.lo);
	}
	return neg ? -r : r;
}

/* --- hyperbolic functions --- */

double sinh(double x)
{
	double a = fabs(x), t;

	if (a > 709)
		t = exp(a / 2) / 2 * exp(a / 2);
	else {
		t = expm1(a);
		t = a < 1 ? (t + t / (t + 1)) / 2 : (t + 1 - 1 / (t + 1)) / 2;
	}
	return copysign(t, x);
}

double cosh(double x)
{
	double a = fabs(x);

	if (a > 709)
		return exp(a / 2) / 2 * exp(a / 2);
	return (exp(a) + exp(-a)) / 2;
}

double tanh(double x)
{
	double a = fabs(x), t;

	if (a > 22)
		t = 1;
	else {
		t = expm1(2 * a);
		t = t / (t + 2);
	}
	return __builtin_isnan(x) ? x : copysign(t, x);
}

double asinh(double x)
{
	double a = fabs(x);

	if (a > 0x1p28)
		a = log(a) + ln2.hi;
	else
		a = log1p(a + a * a / (1 + sqrt(a * a + 1)));
	return copysign(a, x);
}

double acosh(double x)
{
	double t = x - 1;

	if (!(x >= 1))
		return __builtin_nan("");
	if (x > 0x1p28)
		return log(x) + ln2.hi;
	return log1p(t + sqrt(t * (x + 1)));
}

double atanh(double x)
{
	double a = fabs(x);

	return copysign(log1p(2 * a / (1 - a)) / 2, x);
}
