// SPDX-License-Identifier: MIT
/*
 * math_impl.h - what the files of math.h share.
 *
 * A struct dd is the sum of two doubles, the second below half a unit of the first: twice
 * the digits.  The product of two doubles is exactly p + fma(a, b, -p), their sum exactly
 * s + the part that rounding lost; with these two facts a few operations on pairs follow.
 */
#ifndef LIB_MATH_IMPL_H
#define LIB_MATH_IMPL_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct dd {
	double hi, lo;
};

/* => |a| >= |b|, or either is 0 */
static inline struct dd dd_sum(double a, double b)
{
	double s = a + b;

	return (struct dd){ s, b - (s - a) };
}

static inline struct dd dd_product(double a, double b)
{
	double p = a * b;

	return (struct dd){ p, __builtin_fma(a, b, -p) };
}

/* => |a| >= |b|, or either is 0 */
static inline struct dd dd_add(struct dd a, struct dd b)
{
	struct dd s = dd_sum(a.hi, b.hi);

	return dd_sum(s.hi, s.lo + a.lo + b.lo);
}

static inline struct dd dd_mul(struct dd a, struct dd b)
{
	struct dd p = dd_product(a.hi, b.hi);

	return dd_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

static inline uint64_t bits_of(double x)
{
	uint64_t u;

	memcpy(&u, &x, sizeof(u));
	return u;
}

static inline double from_bits(uint64_t u)
{
	double x;

	memcpy(&x, &u, sizeof(x));
	return x;
}

#endif
