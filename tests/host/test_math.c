// sources:
// SPDX-License-Identifier: MIT
/*
 * test_math.c - the user library's math.h against this machine's long double functions.
 *
 * Random arguments of every size and near the functions' edges; an error is counted in units
 * of a double's last place.  Special values must be this machine's, and rounding and
 * remainders its bits.
 */
#define _GNU_SOURCE
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define U1(f) double u_##f(double);
#define U2(f) double u_##f(double, double);
#define F1(X) \
	X(fabs) X(sqrt) X(cbrt) X(ceil) X(floor) X(trunc) X(round) X(rint) X(nearbyint) X(logb)
#define F2(X) X(copysign) X(fmod) X(remainder) X(fmin) X(fmax) X(fdim) X(hypot)
#define E1(X)                                                                               \
	X(exp)                                                                              \
	X(exp2)                                                                             \
	X(expm1) X(log) X(log2) X(log10) X(log1p) X(sinh) X(cosh) X(tanh) X(asinh) X(acosh) \
		X(atanh) X(sin) X(cos) X(tan) X(asin) X(acos) X(atan)
#define E2(X) X(pow) X(atan2)
F1(U1)
F2(U2)
E1(U1) E2(U2)

	static double (*const libm1[])(double) = {
#define P(f) f,
		F1(P) E1(P)
	};
static double (*const ours1[])(double) = {
#define Q(f) u_##f,
	F1(Q) E1(Q)
};
static long double (*const exact1[])(long double) = {
#define R(f) f##l,
	F1(R) E1(R)
};
static const char *const names1[] = {
#define N(f) #f,
	F1(N) E1(N)
};
static double (*const libm2[])(double, double) = { F2(P) E2(P) };
static double (*const ours2[])(double, double) = { F2(Q) E2(Q) };
static long double (*const exact2[])(long double, long double) = { F2(R) E2(R) };
static const char *const names2[] = { F2(N) E2(N) };
static double (*const fmin_)(double, double) = fmin, (*const fmax_)(double, double) = fmax;
#define NR(a) (sizeof(a) / sizeof(*(a)))

/* The library, under other names. */
#define fabs      u_fabs
#define sqrt      u_sqrt
#define cbrt      u_cbrt
#define ceil      u_ceil
#define floor     u_floor
#define trunc     u_trunc
#define round     u_round
#define rint      u_rint
#define nearbyint u_nearbyint
#define logb      u_logb
#define copysign  u_copysign
#define fmod      u_fmod
#define remainder u_remainder
#define fmin      u_fmin
#define fmax      u_fmax
#define fdim      u_fdim
#define hypot     u_hypot
#define fma       u_fma
#define nan       u_nan
#define lround    u_lround
#define llround   u_llround
#define lrint     u_lrint
#define llrint    u_llrint
#define modf      u_modf
#define frexp     u_frexp
#define scalbn    u_scalbn
#define scalbln   u_scalbln
#define ldexp     u_ldexp
#define ilogb     u_ilogb
#define nextafter u_nextafter
#define exp       u_exp
#define exp2      u_exp2
#define expm1     u_expm1
#define log       u_log
#define log2      u_log2
#define log10     u_log10
#define log1p     u_log1p
#define pow       u_pow
#define sinh      u_sinh
#define cosh      u_cosh
#define tanh      u_tanh
#define asinh     u_asinh
#define acosh     u_acosh
#define atanh     u_atanh
#define sin       u_sin
#define cos       u_cos
#define tan       u_tan
#define asin      u_asin
#define acos      u_acos
#define atan      u_atan
#define atan2     u_atan2
double u_fma(double, double, double);
double u_nan(const char *);
double u_modf(double, double *);
double u_frexp(double, int *);
double u_ldexp(double, int);
double u_scalbn(double, int);
double u_scalbln(double, long);
double u_nextafter(double, double);
int u_ilogb(double);
long u_lround(double);
long u_lrint(double);
long long u_llround(double);
long long u_llrint(double);
#include "../../user/lib/math.c"
#include "../../user/lib/mathexp.c"
#include "../../user/lib/mathtrig.c"
#undef frexp
#undef ldexp
#undef modf
#undef nextafter
#undef ilogb
#undef lrint
#undef lround
#undef fabs

static int passed, failed;
static void row(const char *name, bool ok)
{
	printf("%s %s\n", ok ? "ok" : "FAIL", name);
	*(ok ? &passed : &failed) += 1;
}

static unsigned long seed = 42;
static unsigned long rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static double special(void)
{
	static const double v[] = { 0.0,
		                    -0.0,
		                    1,
		                    -1,
		                    0.5,
		                    -0.5,
		                    2,
		                    -2,
		                    1.5,
		                    2.5,
		                    -2.5,
		                    3,
		                    4,
		                    0x1p-1074,
		                    -0x1p-1074,
		                    0x1p-1022,
		                    0x1.fffffffffffffp1023,
		                    0x1p52,
		                    0x1p53,
		                    4503599627370495.5,
		                    0x1p1023,
		                    710,
		                    -745.2,
		                    0.49999999999999994,
		                    10,
		                    1000,
		                    1e22,
		                    1e300,
		                    1e-300 };
	static const double odd[] = { __builtin_inf(), -__builtin_inf(), __builtin_nan("") };
	unsigned long k = rnd() % (NR(v) + 3);

	return k < NR(v) ? v[k] : odd[k - NR(v)];
}

/* Of any size; or where functions have their interesting values. */
static double number(void)
{
	union {
		uint64_t u;
		double d;
	} v = { rnd() };

	switch (rnd() % 8) {
	case 0:
		return special();
	case 1: /* no signalling NaNs */
		return v.d != v.d ? __builtin_nan("") : v.d;
	case 2:
		return (double)(long)(rnd() % 2000) - 1000;
	case 3: /* a multiple of pi/4, as near as doubles come */
		return (double)(rnd() % (rnd() % 2 ? 100 : 10000000)) * 0.78539816339744831;
	case 4:
		return 1 + ((double)(rnd() % 2000001) - 1000000) / (double)(1UL << rnd() % 60);
	case 5:
		return ((double)(rnd() % 2000001) - 1000000) / 1000000;
	default:
		return ((double)(rnd() % 2000001) - 1000000) / (double)(1UL << rnd() % 40);
	}
}

/* How many units of its last place ours is away from the truth; 1e9 for another kind.
 * => zeroes: their signs count, too (of fmin's and fmax's C says nothing) */
static double distance(double ours, double theirs, long double truth, bool zeroes)
{
	int e;

	if (theirs != theirs || ours != ours)
		return (theirs != theirs) == (ours != ours) ? 0 : 1e9;
	if (ours == theirs)
		return !zeroes || ours != 0 || !__builtin_signbit(ours) == !__builtin_signbit(truth)
		               ? 0
		               : 1e9;
	if (__builtin_isinf(ours) || __builtin_isinf(theirs))
		return fabs((double)truth) > 0x1.ffffffffffff8p1023 ? 0 : 1e9;
	frexpl(truth, &e);
	if (e < -1021)
		e = -1021;
	return (double)fabsl((ours - truth) / ldexpl(1, e - 53));
}

int main(void)
{
	static double worst1[NR(libm1)], at1[NR(libm1)], worst2[NR(libm2)], at2[NR(libm2)][2];
	bool ok = true;
	char name[80];

	for (int i = 0; i < 300000; i++) {
		double x = number(), y = number(), d, w1, w2;
		int e1, e2;

		for (unsigned k = 0; k < NR(libm1); k++) {
			d = distance(ours1[k](x), libm1[k](x), exact1[k](x), true);
			if (d > worst1[k]) {
				worst1[k] = d;
				at1[k] = x;
			}
		}
		for (unsigned k = 0; k < NR(libm2); k++) {
			d = distance(ours2[k](x, y), libm2[k](x, y), exact2[k](x, y),
			             libm2[k] != fmin_ && libm2[k] != fmax_);
			if (d > worst2[k]) {
				worst2[k] = d;
				at2[k][0] = x;
				at2[k][1] = y;
			}
		}
		d = frexp(x, &e1);
		ok &= d != d || (d == u_frexp(x, &e2) && (e1 == e2 || d - d != 0));
		e1 = (int)(rnd() % 4400) - 2200;
		ok &= x != x || ldexp(x, e1) == u_ldexp(x, e1);
		d = modf(x, &w1);
		ok &= d != d || (d == u_modf(x, &w2) && w1 == w2);
		d = nextafter(x, y);
		ok &= d != d || d == u_nextafter(x, y);
		ok &= x - x != 0 || x == 0 || ilogb(x) == u_ilogb(x);
		ok &= !(fabs(x) < 1e18) || (lrint(x) == u_lrint(x) && lround(x) == u_lround(x));
	}
	for (unsigned k = 0; k < NR(libm1); k++) {
		bool exact = k < 10 && strcmp(names1[k], "cbrt") != 0;

		snprintf(name, sizeof(name), "%s (%.2f units, at %a)", names1[k], worst1[k],
		         at1[k]);
		row(worst1[k] <= (exact ? 0 : 3) ? names1[k] : name, worst1[k] <= (exact ? 0 : 3));
	}
	for (unsigned k = 0; k < NR(libm2); k++) {
		bool exact = k < 6;

		snprintf(name, sizeof(name), "%s (%.2f units, at %a, %a)", names2[k], worst2[k],
		         at2[k][0], at2[k][1]);
		row(worst2[k] <= (exact ? 0 : 2) ? names2[k] : name, worst2[k] <= (exact ? 0 : 2));
	}
	row("frexp ldexp modf nextafter ilogb lrint lround", ok);
	ok = true;
	for (int i = 0; i <= 22; i++) {
		double p = 1;

		for (int k = 0; k < i; k++)
			p *= 10;
		ok &= u_pow(10, i) == p && u_log10(p) == i;
	}
	for (int i = -1022; i <= 1023; i++)
		ok &= u_log2(u_ldexp(1, i)) == i && u_exp2(i) == u_pow(2, i) &&
		      u_pow(2, i) == u_ldexp(1, i);
	row("whole powers and their logarithms are whole", ok);
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
