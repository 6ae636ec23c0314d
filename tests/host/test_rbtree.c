// SPDX-License-Identifier: MIT
// sources: kernel/lib/rbtree.c
/*
 * test_rbtree.c - red-black trees against a sorted array.
 *
 * The tree holds intervals and is augmented by the largest end below each node, which
 * the test recomputes by brute force.
 */
#include <string.h>
#include "host.h"
#include "lib/rbtree.h"

struct item {
	struct rb_node node;
	u64 key;
	u64 end;		/* the node's own value */
	u64 max_end;		/* cached: largest end of the subtree */
};

#define N 2000
static struct item items[N];
static bool present[N];
static struct rb_root root;

static struct item *item_of(const struct rb_node *n)
{
	return rb_entry(n, struct item, node);
}

static u64 largest(const struct rb_node *n)
{
	struct item *i = item_of(n);
	u64 m = i->end;

	if (n->left != NULL)
		m = MAX(m, item_of(n->left)->max_end);
	if (n->right != NULL)
		m = MAX(m, item_of(n->right)->max_end);
	return m;
}

static bool update(struct rb_node *n)
{
	struct item *i = item_of(n);
	u64 m = largest(n);
	bool changed = m != i->max_end;

	i->max_end = m;
	return changed;
}

static int cmp(const struct rb_node *a, const struct rb_node *b)
{
	return item_of(a)->key < item_of(b)->key ? -1 : item_of(a)->key > item_of(b)->key;
}

static void insert(struct item *it, rb_update_fn fn)
{
	struct rb_node **link = &root.node, *parent = NULL;

	while (*link != NULL) {
		parent = *link;
		link = it->key < item_of(parent)->key ? &parent->left : &parent->right;
	}
	rb_link(&it->node, parent, link);
	rb_insert(&root, &it->node, fn);
}

static bool values_hold(const struct rb_node *n)
{
	return n == NULL || (item_of(n)->max_end == largest(n) && values_hold(n->left) &&
			     values_hold(n->right));
}

static unsigned height(const struct rb_node *n)
{
	return n == NULL ? 0 : 1 + MAX(height(n->left), height(n->right));
}

static size_t check_all(bool values)
{
	size_t n = 0;
	struct rb_node *p = rb_first(&root);

	CHECK(rb_check(&root, cmp) == 0);
	if (values)
		CHECK(values_hold(root.node));
	for (int i = 0; i < N; i++) {		/* keys are positions */
		if (!present[i])
			continue;
		CHECK(p == &items[i].node);
		p = rb_next(p);
		n++;
	}
	CHECK(p == NULL);
	p = rb_last(&root);
	for (int i = N - 1; i >= 0; i--) {
		if (!present[i])
			continue;
		CHECK(p == &items[i].node);
		p = rb_prev(p);
	}
	CHECK(p == NULL);
	return n;
}

static void reset(void)
{
	root = RB_ROOT_INIT;
	memset(present, 0, sizeof(present));
	memset(items, 0xa5, sizeof(items));
	for (int i = 0; i < N; i++)
		items[i].key = i;
}

static void random_trace(rb_update_fn fn, unsigned range)
{
	unsigned long ops = ops_wanted(1000000);

	reset();
	for (unsigned long op = 0; op < ops; op++) {
		unsigned i = rnd_below(range);

		if (!present[i]) {
			items[i].end = rnd_below(1000000);
			insert(&items[i], fn);
		} else if (fn != NULL && rnd_below(4) == 0) {
			items[i].end = rnd_below(1000000);
			rb_propagate(&items[i].node, fn);
			continue;
		} else {
			rb_erase(&root, &items[i].node, fn);
			memset(&items[i].node, 0x5a, sizeof(items[i].node));
		}
		present[i] = !present[i];
		if (op % 997 == 0 || op < 2000)
			check_all(fn != NULL);
	}
	check_all(fn != NULL);
}

static void plain(void) { random_trace(NULL, N); }
static void augmented(void) { random_trace(update, N); }
static void small_and_dense(void) { random_trace(update, 12); }

/* Every order of inserting, then of erasing, seven nodes. */
static void all_orders(void)
{
	int order[7];

	for (int code = 0; code < 5040; code++) {
		int c = code;

		for (int i = 0; i < 7; i++) {
			int at = c % (i + 1);

			c /= i + 1;
			memmove(&order[at + 1], &order[at], (i - at) * sizeof(int));
			order[at] = i;
		}
		reset();
		for (int i = 0; i < 7; i++) {
			items[order[i]].end = order[6 - i] * 3;
			insert(&items[order[i]], update);
			present[order[i]] = true;
			CHECK(rb_check(&root, cmp) == 0 && values_hold(root.node));
		}
		for (int i = 0; i < 7; i++) {
			int k = order[(i * 3 + code) % 7];

			rb_erase(&root, &items[k].node, update);
			present[k] = false;
			CHECK(rb_check(&root, cmp) == 0 && values_hold(root.node));
		}
		CHECK(root.node == NULL);
	}
}

static void ascending_is_balanced(void)
{
	reset();
	for (int i = 0; i < N; i++) {
		items[i].end = i;
		insert(&items[i], update);
		present[i] = true;
	}
	CHECK(check_all(true) == N);
	CHECK(height(root.node) <= 22);		/* 2 log2(2001) */
}

static size_t build_at;
static struct rb_node *build_next(void *arg)
{
	CHECK(arg == &build_at);
	return &items[build_at++].node;
}

static void build(void)
{
	for (size_t n = 0; n <= 600; n++) {
		reset();
		for (size_t i = 0; i < n; i++) {
			items[i].end = rnd_below(1000);
			present[i] = true;
		}
		build_at = 0;
		rb_build(&root, n, build_next, &build_at, update);
		CHECK(build_at == n);
		CHECK(check_all(true) == n);
		CHECK(n == 0 || (1UL << (height(root.node) - 1)) <= n);
		/* and it goes on working */
		for (size_t i = 0; i < n; i += 3) {
			rb_erase(&root, &items[i].node, update);
			present[i] = false;
		}
		check_all(true);
	}
}

static void check_finds_faults(void)
{
	reset();
	for (int i = 0; i < 100; i++) {
		insert(&items[i], update);
		present[i] = true;
	}
	root.node->parent_color ^= 1;
	CHECK(rb_check(&root, cmp) == 1);
	root.node->parent_color ^= 1;
	struct rb_node *leaf = rb_first(&root);

	leaf->parent_color ^= 1;
	CHECK(rb_check(&root, cmp) != 0);
	leaf->parent_color ^= 1;
	leaf->parent_color += 8;
	CHECK(rb_check(&root, cmp) == 4);
	leaf->parent_color -= 8;
	item_of(leaf)->key = 1000;
	CHECK(rb_check(&root, cmp) == 6);
	item_of(leaf)->key = 0;
	CHECK(rb_check(&root, cmp) == 0);
}

int main(void)
{
	static const struct row rows[] = {
		{ "random trace, plain", plain },
		{ "random trace, augmented", augmented },
		{ "random trace, few nodes", small_and_dense },
		{ "every order of seven", all_orders },
		{ "ascending insertion is balanced", ascending_is_balanced },
		{ "build from a sequence", build },
		{ "rb_check finds faults", check_finds_faults },
	};

	return RUN_ROWS(rows);
}
