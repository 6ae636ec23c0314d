// SPDX-License-Identifier: MIT
/* math.h - the little that the compiler does by itself. */
#ifndef MATH_H
#define MATH_H

#define HUGE_VAL	__builtin_huge_val()
#define INFINITY	__builtin_inff()
#define NAN		__builtin_nanf("")
#define isnan(x)	__builtin_isnan(x)
#define isinf(x)	__builtin_isinf(x)
#define signbit(x)	__builtin_signbit(x)

static inline double fabs(double x) { return __builtin_fabs(x); }
static inline double sqrt(double x)
{
	double r;

	__asm__("fsqrt.d %0, %1" : "=f"(r) : "f"(x));
	return r;
}

#endif
