// SPDX-License-Identifier: MIT
/* math.h - functions of real numbers (lib/math*.c).  The float ones go through double; errors are
 * told by what comes back (NaN, infinity), not by errno. */
#ifndef MATH_H
#define MATH_H

#define HUGE_VAL	__builtin_huge_val()
#define HUGE_VALF	__builtin_huge_valf()
#define INFINITY	__builtin_inff()
#define NAN		__builtin_nanf("")

#define M_E		2.7182818284590452354
#define M_LOG2E		1.4426950408889634074
#define M_LOG10E	0.43429448190325182765
#define M_LN2		0.69314718055994530942
#define M_LN10		2.30258509299404568402
#define M_PI		3.14159265358979323846
#define M_PI_2		1.57079632679489661923
#define M_PI_4		0.78539816339744830962
#define M_1_PI		0.31830988618379067154
#define M_2_PI		0.63661977236758134308
#define M_2_SQRTPI	1.12837916709551257390
#define M_SQRT2		1.41421356237309504880
#define M_SQRT1_2	0.70710678118654752440

typedef double double_t;
typedef float float_t;

#define FP_NAN		0
#define FP_INFINITE	1
#define FP_ZERO		2
#define FP_SUBNORMAL	3
#define FP_NORMAL	4
#define fpclassify(x)	\
	__builtin_fpclassify(FP_NAN, FP_INFINITE, FP_NORMAL, FP_SUBNORMAL, FP_ZERO, x)
#define isnan(x)	__builtin_isnan(x)
#define isinf(x)	__builtin_isinf(x)
#define isfinite(x)	__builtin_isfinite(x)
#define isnormal(x)	__builtin_isnormal(x)
#define signbit(x)	__builtin_signbit(x)
#define isgreater(x, y)		__builtin_isgreater(x, y)
#define isgreaterequal(x, y)	__builtin_isgreaterequal(x, y)
#define isless(x, y)		__builtin_isless(x, y)
#define islessequal(x, y)	__builtin_islessequal(x, y)
#define islessgreater(x, y)	__builtin_islessgreater(x, y)
#define isunordered(x, y)	__builtin_isunordered(x, y)

#define MATH1(fn) \
	double fn(double); \
	static inline float fn##f(float x) { return (float)fn(x); }
#define MATH2(fn) \
	double fn(double, double); \
	static inline float fn##f(float x, float y) { return (float)fn(x, y); }

/* lib/math.c: parts of numbers, rounding, remainders, roots */
MATH1(fabs)
MATH1(sqrt)
MATH1(cbrt)
MATH1(ceil)
MATH1(floor)
MATH1(trunc)
MATH1(round)
MATH1(rint)
MATH1(nearbyint)
MATH1(logb)
MATH2(copysign)
MATH2(fmod)
MATH2(remainder)
MATH2(fmin)
MATH2(fmax)
MATH2(fdim)
MATH2(hypot)
double fma(double x, double y, double z);
double frexp(double x, int *e);
double ldexp(double x, int e);
double scalbn(double x, int e);
double scalbln(double x, long e);
double modf(double x, double *whole);
double nan(const char *tag);
double nextafter(double x, double to);
int ilogb(double x);
long lround(double x);
long lrint(double x);
long long llround(double x);
long long llrint(double x);

/* lib/mathexp.c */
MATH1(exp)
MATH1(exp2)
MATH1(expm1)
MATH1(log)
MATH1(log2)
MATH1(log10)
MATH1(log1p)
MATH2(pow)
MATH1(sinh)
MATH1(cosh)
MATH1(tanh)
MATH1(asinh)
MATH1(acosh)
MATH1(atanh)

/* lib/mathtrig.c */
MATH1(sin)
MATH1(cos)
MATH1(tan)
MATH1(asin)
MATH1(acos)
MATH1(atan)
MATH2(atan2)

#undef MATH1
#undef MATH2

static inline float frexpf(float x, int *e) { return (float)frexp(x, e); }
static inline float ldexpf(float x, int e) { return (float)ldexp(x, e); }
static inline float modff(float x, float *whole)
{
	double w, part = modf(x, &w);

	*whole = (float)w;
	return (float)part;
}
static inline long lroundf(float x) { return lround(x); }
static inline long lrintf(float x) { return lrint(x); }

#endif
