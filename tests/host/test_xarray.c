// SPDX-License-Identifier: MIT
// sources: kernel/lib/xarray.c
/*
 * test_xarray.c - the radix tree against a sorted array of (index, entry, marks).
 */
#include <string.h>
#include "host.h"
#include "lib/xarray.h"
#include "uapi/errno.h"

/* The indexes that a trace uses: neighbours, powers of 64 and their edges, the very end. */
#define N 700
static u64 universe[N];
static void *model[N];
static u8 model_marks[N];
static struct xarray xa;
static u64 objects[4096];

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static void make_universe(bool deep)
{
	size_t n = 0;

	for (u64 i = 0; i < 200; i++)
		universe[n++] = i;
	for (unsigned s = 6; s < 64 && deep; s += 6)
		for (int d = -2; d <= 2; d++)
			universe[n++] = (1UL << s) * (s == 60 ? 15 : 1) + (s == 6 ? 300 : 0) + d;
	for (u64 i = 0; i < 5; i++)
		universe[n++] = deep ? ~0UL - i : 70000 + i;
	while (n < N)
		universe[n++] = deep ? rnd() >> rnd_below(64) : 200 + rnd_below(100000);
	qsort(universe, N, sizeof(u64), by_value);
	for (size_t i = 1; i < N; i++)		/* make them different */
		if (universe[i] <= universe[i - 1])
			universe[i] = universe[i - 1] + 1;
	if (universe[N - 1] < universe[N - 2])
		universe[N - 1] = ~0UL;
	memset(model, 0, sizeof(model));
	memset(model_marks, 0, sizeof(model_marks));
	xa = XARRAY_INIT;
}

static void check_find(u64 from, u64 max, int mark)
{
	u64 index = from;
	void *got = mark < 0 ? xa_find(&xa, &index, max) : xa_find_marked(&xa, &index, max, mark);

	for (size_t i = 0; i < N; i++) {
		if (universe[i] < from || universe[i] > max || model[i] == NULL ||
		    (mark >= 0 && !(model_marks[i] >> mark & 1)))
			continue;
		CHECK(got == model[i] && index == universe[i]);
		return;
	}
	CHECK(got == NULL);
}

static void check_extract(u64 from, u64 max, unsigned want)
{
	static void *out[N];
	u64 index = from;
	unsigned got = xa_extract(&xa, &index, max, out, want), n = 0;
	u64 end = from;

	for (size_t i = 0; i < N && n < want; i++) {
		if (universe[i] < from || universe[i] > max || model[i] == NULL)
			continue;
		CHECK(n < got && out[n] == model[i]);
		n++;
		end = universe[i] + 1;
	}
	CHECK(n == got && index == end);
}

static long nodes_below(void *p, unsigned *shift, struct xa_node *parent)
{
	struct xa_node *n = (struct xa_node *)((unsigned long)p - 2);
	long nodes = 1;
	unsigned used = 0;

	CHECK(n->parent == parent);
	*shift = n->shift;
	for (unsigned i = 0; i < XA_SLOTS; i++) {
		for (int m = 0; m < XA_NR_MARKS && n->slots[i] == NULL; m++)
			CHECK(!(n->marks[m] >> i & 1));
		if (n->slots[i] == NULL)
			continue;
		used++;
		if (n->shift == 0) {
			CHECK(!((unsigned long)n->slots[i] & 2));
			continue;
		}
		struct xa_node *c = (struct xa_node *)((unsigned long)n->slots[i] - 2);
		unsigned s;

		CHECK(((unsigned long)n->slots[i] & 2) && c->offset == i);
		nodes += nodes_below(n->slots[i], &s, n);
		CHECK(s + XA_SHIFT == n->shift);
		for (int m = 0; m < XA_NR_MARKS; m++)
			CHECK((c->marks[m] != 0) == (n->marks[m] >> i & 1));
	}
	CHECK(used == n->count);
	return nodes;
}

static void check_all(void)
{
	long nodes = 0;
	unsigned shift;
	size_t n = 0;
	bool any[XA_NR_MARKS] = { false };

	if ((unsigned long)xa.head & 2)
		nodes = nodes_below(xa.head, &shift, NULL);
	CHECK(nodes == xa_nodes_live);
	for (size_t i = 0; i < N; i++) {
		CHECK(xa_load(&xa, universe[i]) == model[i]);
		for (int m = 0; m < XA_NR_MARKS; m++) {
			CHECK(xa_get_mark(&xa, universe[i], m) == (model_marks[i] >> m & 1));
			any[m] |= model_marks[i] >> m & 1;
		}
		n += model[i] != NULL;
	}
	for (int m = 0; m < XA_NR_MARKS; m++)
		CHECK(xa_marked(&xa, m) == any[m]);
	CHECK(xa_empty(&xa) == (n == 0));
	if (n == 1 && model[0] != NULL)
		CHECK(xa_nodes_live == 0);	/* index 0 alone needs no node */
}

static void trace(bool deep, unsigned fill)
{
	unsigned long ops = ops_wanted(1000000);

	make_universe(deep);
	for (unsigned long op = 0; op < ops; op++) {
		size_t i = rnd_below(N);
		u64 x = universe[i];
		void *entry = &objects[rnd_below(ARRAY_SIZE(objects))];
		int mark = rnd_below(XA_NR_MARKS);
		u64 to = universe[rnd_below(N)];

		switch (rnd_below(10)) {
		case 0:
		case 1:
		case 2:
			if (rnd_below(100) < fill) {
				if (rnd_below(50) == 0) {	/* out of memory: nothing changes */
					long before = xa_nodes_live;

					xa_fail_nth = 1 + rnd_below(6);
					int err = xa_insert(&xa, x, entry);

					xa_fail_nth = 0;
					if (err == -ENOMEM) {
						CHECK(xa_nodes_live == before && model[i] == NULL);
						break;
					}
					CHECK(err == (model[i] != NULL ? -EEXIST : 0));
				} else {
					CHECK(xa_insert(&xa, x, entry) ==
					      (model[i] != NULL ? -EEXIST : 0));
				}
				if (model[i] == NULL)
					model[i] = entry;
				break;
			}
			/* fall through */
		case 3:
			CHECK(xa_erase(&xa, x) == model[i]);
			model[i] = NULL;
			model_marks[i] = 0;
			break;
		case 4:
			xa_set_mark(&xa, x, mark);
			if (model[i] != NULL)
				model_marks[i] |= 1 << mark;
			break;
		case 5:
			xa_clear_mark(&xa, x, mark);
			model_marks[i] &= ~(1 << mark);
			break;
		case 6:
			CHECK(xa_replace(&xa, x, entry) == model[i]);
			if (model[i] != NULL)
				model[i] = entry;
			break;
		case 7:
			if (op % 16 == 0)
				check_find(x, to, (int)rnd_below(XA_NR_MARKS + 1) - 1);
			break;
		case 8:
			if (op % 16 == 0)
				check_extract(x, to, rnd_below(70));
			break;
		case 9:
			CHECK(xa_load(&xa, x) == model[i]);
			break;
		}
		if (op % 9973 == 0 || op < 300)
			check_all();
	}
	check_all();
	for (size_t i = 0; i < N; i++)
		CHECK(xa_erase(&xa, universe[i]) == model[i]);
	CHECK(xa_empty(&xa) && xa_nodes_live == 0);
}

static void shallow_full(void) { trace(false, 85); }
static void shallow_sparse(void) { trace(false, 40); }
static void deep_full(void) { trace(true, 85); }
static void deep_sparse(void) { trace(true, 30); }

static void reserve(void)
{
	for (int round = 0; round < 2000; round++) {
		xa = XARRAY_INIT;
		for (unsigned n = rnd_below(20); n > 0; n--)
			(void)xa_insert(&xa, rnd() >> rnd_below(64), &objects[0]);
		u64 x = rnd() >> rnd_below(64);
		long before = xa_nodes_live;

		xa_fail_nth = rnd_below(12);
		int err = xa_reserve(&xa, x);

		xa_fail_nth = 0;
		if (err != 0) {
			CHECK(err == -ENOMEM && xa_nodes_live == before);
			CHECK(xa_reserve(&xa, x) == 0);
		}
		void *had = xa_load(&xa, x);

		if (rnd_below(2)) {
			xa_fail_nth = 1;
			CHECK(xa_insert(&xa, x, &objects[1]) == (had ? -EEXIST : 0));
			CHECK(xa_fail_nth == 1);	/* allocated nothing */
			xa_fail_nth = 0;
		}
		u64 at = 0;

		xa_erase(&xa, x);
		while (xa_find(&xa, &at, ~0UL) != NULL)
			xa_erase(&xa, at);
		CHECK(xa_empty(&xa) && xa_nodes_live == 0);
	}
}

static void find_is_by_depth(void)
{
	u64 at = 0;

	xa = XARRAY_INIT;
	CHECK(xa_insert(&xa, 0, &objects[0]) == 0);
	CHECK(xa_nodes_live == 0);
	CHECK(xa_insert(&xa, ~0UL, &objects[1]) == 0);
	CHECK(xa_nodes_live == 21);
	CHECK(xa_find(&xa, &at, ~0UL) == &objects[0] && at == 0);
	at = 1;
	CHECK(xa_find(&xa, &at, ~0UL - 1) == NULL);
	at = 1;
	CHECK(xa_find(&xa, &at, ~0UL) == &objects[1] && at == ~0UL);
	xa_set_mark(&xa, ~0UL, XA_MARK_DIRTY);
	at = 0;
	CHECK(xa_find_marked(&xa, &at, ~0UL, XA_MARK_DIRTY) == &objects[1] && at == ~0UL);
	xa_set_mark(&xa, 0, XA_MARK_TOWRITE);
	CHECK(xa_erase(&xa, ~0UL) == &objects[1]);
	CHECK(xa_nodes_live == 0);
	CHECK(xa_get_mark(&xa, 0, XA_MARK_TOWRITE) && !xa_marked(&xa, XA_MARK_DIRTY));
	xa_erase(&xa, 0);
}

int main(void)
{
	static const struct row rows[] = {
		{ "random trace, small indexes, full", shallow_full },
		{ "random trace, small indexes, sparse", shallow_sparse },
		{ "random trace, all 64 bits, full", deep_full },
		{ "random trace, all 64 bits, sparse", deep_sparse },
		{ "reserve then insert", reserve },
		{ "find costs the depth", find_is_by_depth },
	};

	return RUN_ROWS(rows);
}
