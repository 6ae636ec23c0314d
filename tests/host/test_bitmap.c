// SPDX-License-Identifier: MIT
// sources:
/* test_bitmap.c - bitmaps against an array of bools. */
#include <string.h>
#include "host.h"
#include "lib/bitmap.h"

#define N 333
static u64 map[BITMAP_WORDS(N)];
static bool model[N];

static size_t model_next(size_t size, size_t from, bool value)
{
	while (from < size && model[from] != value)
		from++;
	return MIN(from, size);
}

static size_t model_zeros(size_t size, size_t from, size_t n)
{
	for (; from + n <= size; from++)
		if (model_next(from + n, from, true) == from + n)
			return from;
	return size;
}

static void random_trace(void)
{
	unsigned long ops = ops_wanted(1000000);

	for (unsigned long op = 0; op < ops; op++) {
		size_t i = rnd_below(N), n = rnd_below(N - i + 1), size = rnd_below(N + 1);
		bool v = rnd_below(2);

		switch (rnd_below(6)) {
		case 0:
			bitmap_set(map, i);
			model[i] = true;
			break;
		case 1:
			bitmap_clear(map, i);
			model[i] = false;
			break;
		case 2:
			if (rnd_below(3))
				n %= 70;
			bitmap_fill(map, i, n, v);
			for (size_t k = i; k < i + n; k++)
				model[k] = v;
			break;
		case 3:
			CHECK(bitmap_next(map, size, MIN(i, size), v) ==
			      model_next(size, MIN(i, size), v));
			break;
		case 4:
			n = 1 + n % 40;
			CHECK(bitmap_find_zeros(map, size, i, n) == model_zeros(size, i, n));
			break;
		case 5:
			CHECK(bitmap_test(map, i) == model[i]);
			break;
		}
	}
	for (size_t i = 0; i < N; i++)
		CHECK(bitmap_test(map, i) == model[i]);
}

static void words(void)
{
	for (unsigned i = 0; i < 64; i++) {
		u64 w = 1UL << i;

		CHECK(bit_lowest(w) == i && bit_highest(w) == i && bit_count(w) == 1);
		CHECK(bit_lowest(~0UL << i) == i && bit_highest(w | (w - 1)) == i);
		CHECK(bit_count(~0UL << i) == 64 - i);
		CHECK(log2_up(w) == i);
		if (i > 1)
			CHECK(log2_up(w - 1) == i && (i == 63 || log2_up(w + 1) == i + 1));
	}
}

int main(void)
{
	static const struct row rows[] = {
		{ "bitmap, random", random_trace },
		{ "bits of a word", words },
	};

	return RUN_ROWS(rows);
}
