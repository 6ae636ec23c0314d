// SPDX-License-Identifier: MIT
/*
 * bitmap.h - arrays of bits in 64-bit words, and the position of bits in one word.
 *
 * Bit n is bit n % 64 of word n / 64.  Not atomic: the owner's lock guards the words
 * (lib/atomic.h has set_bits and clear_bits for shared single words).
 */
#ifndef LIB_BITMAP_H
#define LIB_BITMAP_H

#include "lib/types.h"

#define BITS_PER_WORD	64
#define BITMAP_WORDS(n)	DIV_ROUND_UP((n), BITS_PER_WORD)

/* Lowest and highest set bit. => w is not 0 */
static inline unsigned bit_lowest(u64 w) { return __builtin_ctzll(w); }
static inline unsigned bit_highest(u64 w) { return 63 - __builtin_clzll(w); }
static inline unsigned bit_count(u64 w) { return __builtin_popcountll(w); }
/* The smallest k with 2^k >= n. => n is not 0 */
static inline unsigned log2_up(u64 n) { return n <= 1 ? 0 : bit_highest(n - 1) + 1; }

static inline bool bitmap_test(const u64 *map, size_t n)
{
	return map[n / BITS_PER_WORD] >> n % BITS_PER_WORD & 1;
}

static inline void bitmap_set(u64 *map, size_t n)
{
	map[n / BITS_PER_WORD] |= 1ULL << n % BITS_PER_WORD;
}

static inline void bitmap_clear(u64 *map, size_t n)
{
	map[n / BITS_PER_WORD] &= ~(1ULL << n % BITS_PER_WORD);
}

/* The first bit at or after from whose value is the given one; size if there is none.
 * Bits behind size in the last word may have any value. */
static inline size_t bitmap_next(const u64 *map, size_t size, size_t from, bool value)
{
	u64 flip = value ? 0 : ~0ULL;

	while (from < size) {
		u64 w = (map[from / BITS_PER_WORD] ^ flip) >> from % BITS_PER_WORD;

		if (w != 0) {
			from += bit_lowest(w);
			return from < size ? from : size;
		}
		from = ALIGN_DOWN(from, (size_t)BITS_PER_WORD) + BITS_PER_WORD;
	}
	return size;
}

static inline size_t bitmap_next_set(const u64 *map, size_t size, size_t from)
{
	return bitmap_next(map, size, from, true);
}

static inline size_t bitmap_next_zero(const u64 *map, size_t size, size_t from)
{
	return bitmap_next(map, size, from, false);
}

/* Set or clear the n bits from start on. */
static inline void bitmap_fill(u64 *map, size_t start, size_t n, bool value)
{
	while (n > 0) {
		unsigned shift = start % BITS_PER_WORD;
		size_t here = MIN(n, (size_t)BITS_PER_WORD - shift);
		u64 mask = (here == BITS_PER_WORD ? ~0ULL : (1ULL << here) - 1) << shift;

		if (value)
			map[start / BITS_PER_WORD] |= mask;
		else
			map[start / BITS_PER_WORD] &= ~mask;
		start += here;
		n -= here;
	}
}

/* The first of n neighbouring zero bits at or after from; size if there are none. */
static inline size_t bitmap_find_zeros(const u64 *map, size_t size, size_t from, size_t n)
{
	for (;;) {
		size_t start = bitmap_next_zero(map, size, from);

		if (start >= size || size - start < n)
			return size;
		size_t end = bitmap_next_set(map, start + n, start);

		if (end == start + n)
			return start;
		from = end;
	}
}

#endif
