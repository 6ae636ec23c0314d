// SPDX-License-Identifier: MIT
// sources: kernel/mm/phys/memblock.c
/*
 * test_memblock.c - boot memory against a map of single pages, and the three ways of
 * choosing a hole compared.
 */
#include <string.h>
#include "host.h"
#include "mm/phys/memblock.h"
#include "uapi/errno.h"

#define PAGES	4096u			/* of 4 KiB, from BASE on */
#define BASE	0x80000000UL

static u8 model[PAGES];			/* 0: no RAM, 1: free, 2: reserved */

/* memblock has no end of life: give back everything and start over. */
static void reset(void)
{
	memblock_free(0, ~0UL);
	memset(model, 1, sizeof(model));
	memblock_add(BASE, PAGES * PAGE_SIZE, 0);
	memblock_set_policy(MEMBLOCK_FIRST_FIT);
}

static void check_equal(void)
{
	paddr_t s, e, last = 0;
	unsigned node;
	u8 seen[PAGES] = { 0 };

	for (unsigned i = 0; memblock_free_range(i, &s, &e, &node); i++) {
		CHECK(s < e && s >= BASE && e <= BASE + PAGES * PAGE_SIZE);
		CHECK(i == 0 || s > last);	/* maximal: never touching */
		last = e;
		for (paddr_t a = s; a < e; a += PAGE_SIZE)
			seen[(a - BASE) / PAGE_SIZE] = 1;
	}
	for (unsigned i = 0; i < PAGES; i++)
		CHECK((model[i] == 1) == seen[i]);
}

static void mark(paddr_t base, u64 size, u8 v)
{
	for (paddr_t a = base; a < base + size; a += PAGE_SIZE)
		if (a >= BASE && a < BASE + PAGES * PAGE_SIZE)
			model[(a - BASE) / PAGE_SIZE] = v;
}

static void random_trace(void)
{
	static struct { paddr_t pa; u64 size; } live[64];
	unsigned n = 0;

	reset();
	for (unsigned long op = 0; op < ops_wanted(20000); op++) {
		memblock_set_policy(rnd_below(3));
		if (n < 64 && rnd_below(2)) {
			u64 size = (1 + rnd_below(64)) * PAGE_SIZE;
			u64 align = PAGE_SIZE << rnd_below(6);
			paddr_t pa = memblock_alloc(size, align);

			if (pa == 0)
				continue;
			CHECK(IS_ALIGNED(pa, align));
			for (paddr_t a = pa; a < pa + size; a += PAGE_SIZE)
				CHECK(model[(a - BASE) / PAGE_SIZE] == 1);
			mark(pa, size, 2);
			live[n].pa = pa;
			live[n++].size = size;
		} else if (n > 0) {
			unsigned i = rnd_below(n);

			memblock_free(live[i].pa, live[i].size);
			mark(live[i].pa, live[i].size, 1);
			live[i] = live[--n];
		}
		if (op % 64 == 0)
			check_equal();
	}
	while (n-- > 0)
		memblock_free(live[n].pa, live[n].size);
	memset(model, 1, sizeof(model));
	check_equal();
}

static void overlapping_reservations(void)
{
	reset();
	for (unsigned i = 0; i < 2000; i++) {
		paddr_t pa = BASE + rnd_below(PAGES) * PAGE_SIZE;
		u64 size = (1 + rnd_below(200)) * PAGE_SIZE;

		if (rnd_below(2)) {
			CHECK(memblock_reserve(pa, size) == 0);
			mark(pa, size, 2);
		} else {
			memblock_free(pa, size);
			mark(pa, size, 1);
		}
		check_equal();
	}
}

static void bad_arguments(void)
{
	reset();
	CHECK(memblock_add(BASE, 0, 0) == -EINVAL);
	CHECK(memblock_add(~0UL - 4095, 8192, 0) == -EINVAL);
	CHECK(memblock_reserve(BASE, 0) == -EINVAL);
	CHECK(memblock_alloc(0, 8) == 0);
	CHECK(memblock_alloc(PAGE_SIZE, 3) == 0);
	CHECK(memblock_alloc(PAGES * PAGE_SIZE + 1, 8) == 0);
	CHECK(memblock_alloc(PAGES * PAGE_SIZE, PAGE_SIZE) == BASE);
	CHECK(memblock_alloc(8, 8) == 0);
}

static void full_table(void)
{
	unsigned i;

	reset();
	for (i = 0; memblock_reserve(BASE + i * 2 * PAGE_SIZE, PAGE_SIZE) == 0; i++)
		mark(BASE + i * 2 * PAGE_SIZE, PAGE_SIZE, 2);
	CHECK(i >= 64);
	check_equal();			/* the refused one changed nothing */
	/* A bite out of the middle needs a row too: refused, nothing changed. */
	CHECK(memblock_reserve(BASE, PAGES / 2 * PAGE_SIZE) == 0);
	mark(BASE, PAGES / 2 * PAGE_SIZE, 2);
	check_equal();
}

/* The same trace under each policy: how much is free at its end, in how many pieces, how
 * many requests failed.  First fit must not be the worst in pieces and failures both. */
static void three_fits(void)
{
	static const char *const name[] = { "first", "best", "worst" };
	unsigned failed[3] = { 0 }, pieces[3] = { 0 };

	for (unsigned fit = 0; fit < 3; fit++) {
		static struct { paddr_t pa; u64 size; } live[100];
		unsigned n = 0;
		paddr_t s, e;
		unsigned node;
		u64 free = 0, largest = 0;

		reset();
		memblock_set_policy(fit);
		rnd_seed(7);
		for (unsigned op = 0; op < 30000; op++) {
			bool grow = rnd_below(100) < 55;
			u64 size = rnd_below(8) ? 1 + rnd_below(24) : 1 + rnd_below(200);
			u64 which = rnd();

			if (grow && n < 100) {
				paddr_t pa = memblock_alloc(size * PAGE_SIZE, PAGE_SIZE);

				if (pa == 0) {
					failed[fit]++;
					continue;
				}
				live[n].pa = pa;
				live[n++].size = size * PAGE_SIZE;
			} else if (n > 0) {
				memblock_free(live[which % n].pa, live[which % n].size);
				live[which % n] = live[n - 1];
				n--;
			}
		}
		for (unsigned i = 0; memblock_free_range(i, &s, &e, &node); i++) {
			pieces[fit]++;
			free += e - s;
			largest = MAX(largest, e - s);
		}
		printf("  %-5s fit: %u requests failed; %lu KiB free in %u pieces, largest %lu KiB\n",
		       name[fit], failed[fit], free >> 10, pieces[fit], largest >> 10);
	}
	CHECK(failed[MEMBLOCK_FIRST_FIT] <= failed[MEMBLOCK_WORST_FIT]);
}

/* Must be the last: the RAM table only grows. */
static void many_nodes(void)
{
	paddr_t s, e;
	unsigned node;

	memblock_free(0, ~0UL);
	memblock_set_policy(MEMBLOCK_FIRST_FIT);
	CHECK(memblock_add(BASE + PAGES * PAGE_SIZE, MIB(16), 1) == 0);
	CHECK(memblock_add(GIB(8), MIB(16), 2) == 0);
	CHECK(memblock_total_ram() == PAGES * PAGE_SIZE + MIB(32));
	CHECK(memblock_end() == GIB(8) + MIB(16));
	CHECK(memblock_ram_range(1, &s, &e, &node) && s == BASE + PAGES * PAGE_SIZE && node == 1);
	CHECK(memblock_alloc_node(PAGE_SIZE, PAGE_SIZE, 2) == GIB(8));
	CHECK(memblock_alloc_node(MIB(20), PAGE_SIZE, 2) == 0);
	/* A reservation across the border of two nodes is taken out of both. */
	CHECK(memblock_reserve(BASE + (PAGES - 1) * PAGE_SIZE, 2 * PAGE_SIZE) == 0);
	CHECK(memblock_free_range(0, &s, &e, &node) && e == BASE + (PAGES - 1) * PAGE_SIZE);
	CHECK(memblock_free_range(1, &s, &e, &node) && s == BASE + (PAGES + 1) * PAGE_SIZE &&
	      node == 1);
	CHECK(memblock_alloc_node(PAGE_SIZE, PAGE_SIZE, 1) == BASE + (PAGES + 1) * PAGE_SIZE);
}

int main(void)
{
	static const struct row rows[] = {
		{ "memblock: random trace", random_trace },
		{ "memblock: overlapping reservations", overlapping_reservations },
		{ "memblock: bad arguments", bad_arguments },
		{ "memblock: a full table refuses", full_table },
		{ "memblock: first, best and worst fit", three_fits },
		{ "memblock: nodes", many_nodes },
	};

	return RUN_ROWS(rows);
}
