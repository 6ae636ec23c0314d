// SPDX-License-Identifier: MIT
/*
 * bits.c - the functions that gcc calls for __builtin_ctz and its kin.
 *
 * rv64imac has no instruction that counts bits, so the compiler calls a function of its
 * run-time library, which the kernel is not linked with.  These are those functions.
 *
 * The lowest set bit, isolated by w & -w, is a power of two; multiplied with a de Bruijn
 * sequence (every 6-bit pattern occurs once in it) it leaves a different pattern in the
 * top six bits for every position, which a table turns back into the position: no loop,
 * no branch.  Leading zeros go by halving.
 */
#include "lib/types.h"

#ifdef __KERNEL__

int __ctzdi2(u64 w);
int __clzdi2(u64 w);
int __ctzsi2(u32 w);
int __clzsi2(u32 w);
int __ffsdi2(u64 w);
int __popcountdi2(u64 w);
int __popcountsi2(u32 w);

#define DE_BRUIJN 0x03f79d71b4cb0a89ULL

static const u8 position[64] = {
	0, 1, 48, 2, 57, 49, 28, 3, 61, 58, 50, 42, 38, 29, 17, 4,
	62, 55, 59, 36, 53, 51, 43, 22, 45, 39, 33, 30, 24, 18, 12, 5,
	63, 47, 56, 27, 60, 41, 37, 16, 54, 35, 52, 21, 44, 32, 23, 11,
	46, 26, 40, 15, 34, 20, 31, 10, 25, 14, 19, 9, 13, 8, 7, 6,
};

int __ctzdi2(u64 w)
{
	return position[(w & -w) * DE_BRUIJN >> 58];
}

int __clzdi2(u64 w)
{
	int n = 0;

	if (!(w >> 32)) {
		n += 32;
		w <<= 32;
	}
	if (!(w >> 48)) {
		n += 16;
		w <<= 16;
	}
	if (!(w >> 56)) {
		n += 8;
		w <<= 8;
	}
	if (!(w >> 60)) {
		n += 4;
		w <<= 4;
	}
	if (!(w >> 62)) {
		n += 2;
		w <<= 2;
	}
	return n + !(w >> 63);
}

int __ctzsi2(u32 w) { return __ctzdi2(w); }
int __clzsi2(u32 w) { return __clzdi2(w) - 32; }
int __ffsdi2(u64 w) { return w == 0 ? 0 : __ctzdi2(w) + 1; }

int __popcountdi2(u64 w)
{
	w -= w >> 1 & 0x5555555555555555ULL;
	w = (w & 0x3333333333333333ULL) + (w >> 2 & 0x3333333333333333ULL);
	w = (w + (w >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return w * 0x0101010101010101ULL >> 56;
}

int __popcountsi2(u32 w) { return __popcountdi2(w); }

#endif
