// SPDX-License-Identifier: MIT
// sources: kernel/mm/vm/vma.c kernel/lib/rbtree.c
/*
 * test_vma.c - areas against a plain array.
 *
 * The model is one word a page: 0 nothing, else the area flags.  Random maps, unmaps and
 * changes of flags go to both; then every page, every hole search and every invariant
 * (vma_check) must agree.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host.h"
#include "mm/vm/rmap.h"
#include "mm/vm/vma.h"

#define BASE	16UL		/* the model's first page */
#define PAGES	512UL
#define ADDR(p)	((p) << PAGE_SHIFT)

static struct mm mm;
static u32 model[BASE + PAGES];
static long live;

/* What vma.c needs of the kernel. */
struct vma *vma_alloc(void) { live++; return calloc(1, sizeof(struct vma)); }
void vma_free(struct vma *v) { live--; free(v); }
void share_file(struct file *f) { (void)f; }
void rmap_begin(struct vma *a, struct vma *b) { (void)a; (void)b; }
void rmap_end(struct vma *a, struct vma *b) { (void)a; (void)b; }
void rmap_join(struct vma *v, struct anon_vma *av) { v->anon_vma = av; }
void rmap_leave(struct vma *v) { v->anon_vma = NULL; }

static void reset(void)
{
	while (!list_empty(&mm.vmas) && mm.vmas.next != NULL) {
		struct vma *v = vma_first(&mm);

		vma_remove(v);
		vma_free(v);
	}
	memset(&mm, 0, sizeof(mm));
	memset(model, 0, sizeof(model));
	list_init(&mm.vmas);
}

static void start(void)
{
	if (mm.vmas.next == NULL)
		list_init(&mm.vmas);
	reset();
}

static struct vma describe(u64 page, u64 n, u32 flags)
{
	return (struct vma){ .mm = &mm, .start = ADDR(page), .end = ADDR(page + n), .flags = flags,
			     .pgoff = page };
}

static void map(u64 page, u64 n, u32 flags)
{
	struct vma want = describe(page, n, flags), *v;

	if (vma_extend(&mm, &want, vma_find(&mm, want.start)) == NULL) {
		v = vma_alloc();
		*v = want;
		vma_insert(&mm, v);
	}
	for (u64 i = 0; i < n; i++)
		model[page + i] = flags;
}

static void cut(vaddr_t at)
{
	struct vma *v = vma_at(&mm, at);

	if (v != NULL && v->start < at)
		CHECK(vma_split(v, at) == 0);
}

static void unmap(u64 page, u64 n)
{
	struct vma *v, *next;

	cut(ADDR(page));
	cut(ADDR(page + n));
	for (v = vma_find(&mm, ADDR(page)); v != NULL && v->start < ADDR(page + n); v = next) {
		next = vma_next(v);
		vma_remove(v);
		vma_free(v);
	}
	memset(&model[page], 0, n * sizeof(model[0]));
}

/* As mprotect does: only areas that differ are cut. */
static void change(u64 page, u64 n, u32 flags)
{
	struct vma *v = vma_find(&mm, ADDR(page));

	for (; v != NULL && v->start < ADDR(page + n); v = vma_next(v)) {
		vaddr_t at = MAX(v->start, ADDR(page));

		if (v->flags == flags)
			continue;
		cut(at);
		cut(MIN(v->end, ADDR(page + n)));
		v = vma_find(&mm, at);
		if (v->end > ADDR(page + n))
			cut(ADDR(page + n));
		v->flags = flags;
		v = vma_coalesce(v);
	}
	for (u64 i = page; i < page + n; i++)
		if (model[i] != 0)
			model[i] = flags;
}

static bool hole(u64 page, u64 n)
{
	for (u64 i = page; i < page + n; i++)
		if (model[i] != 0)
			return false;
	return true;
}

static vaddr_t highest_hole(u64 n, u64 low, u64 high)
{
	for (u64 p = high; p-- > low;)
		if (p + n <= high && hole(p, n))
			return ADDR(p);
	return 0;
}

static void compare(void)
{
	int rule = vma_check(&mm);

	if (rule != 0)
		printf("rule %d\n", rule);
	CHECK(vma_check(&mm) == 0);
	for (u64 p = BASE; p < BASE + PAGES; p++) {
		struct vma *v = vma_at(&mm, ADDR(p));

		CHECK((v != NULL) == (model[p] != 0));
		if (v != NULL) {
			CHECK(v->flags == model[p]);
			CHECK(vma_index(v, ADDR(p)) == p);
		}
	}
}

static void random_ops(void)
{
	static const u32 kinds[] = { VM_READ, VM_READ | VM_WRITE, VM_READ | VM_EXEC };
	unsigned long ops = ops_wanted(200000);

	start();
	for (unsigned long i = 0; i < ops; i++) {
		u64 n = 1 + rnd_below(rnd_below(8) == 0 ? 60 : 6);
		u64 page = BASE + rnd_below(PAGES - n);
		u32 flags = kinds[rnd_below(3)];
		u64 low, high;

		switch (rnd_below(8)) {
		case 0: case 1: case 2:
			if (hole(page, n))
				map(page, n, flags);
			break;
		case 3: case 4:
			unmap(page, n);
			break;
		case 5:
			change(page, n, flags);
			break;
		default:
			low = BASE + rnd_below(PAGES);
			high = low + rnd_below(BASE + PAGES - low);
			CHECK(vma_gap(&mm, n << PAGE_SHIFT, ADDR(low), ADDR(high)) ==
			      highest_hole(n, low, high));
		}
		if (i % 64 == 0 || getenv("EACH") != NULL)
			compare();
	}
	compare();
	unmap(BASE, PAGES);
	CHECK(live == 0 && mm.nr_vmas == 0);
}

static void merges(void)
{
	struct vma *v;

	start();
	map(20, 2, VM_READ);
	map(24, 2, VM_READ);
	CHECK(mm.nr_vmas == 2);
	map(22, 2, VM_READ);			/* joins all three */
	CHECK(mm.nr_vmas == 1);
	v = vma_first(&mm);
	CHECK(v->start == ADDR(20) && v->end == ADDR(26));
	change(22, 2, VM_READ | VM_WRITE);
	CHECK(mm.nr_vmas == 3);
	change(22, 2, VM_READ);
	CHECK(mm.nr_vmas == 1);
	map(18, 2, VM_READ);			/* from below */
	CHECK(mm.nr_vmas == 1 && vma_first(&mm)->start == ADDR(18));
	compare();
	reset();
}

static void merge_needs_offset(void)
{
	struct vma *v;

	start();
	map(20, 2, VM_READ);
	v = vma_alloc();
	*v = describe(22, 2, VM_READ);
	v->pgoff = 99;
	vma_insert(&mm, v);
	CHECK(vma_coalesce(v) == v && mm.nr_vmas == 2);
	reset();
}

static void merge_needs_anon_vma(void)
{
	struct anon_vma *one = (void *)8, *two = (void *)16;
	struct vma a = describe(20, 2, VM_READ), b = describe(22, 2, VM_READ);

	CHECK(vma_mergeable(&a, &b));
	a.anon_vma = one;
	CHECK(vma_mergeable(&a, &b));
	b.anon_vma = two;
	CHECK(!vma_mergeable(&a, &b));
	b.anon_vma = one;
	CHECK(vma_mergeable(&a, &b));
	b.flags |= VM_WRITE;
	CHECK(!vma_mergeable(&a, &b));
}

static void guard_gap(void)
{
	u64 stack = 16 + 400;

	start();
	map(stack, 4, VM_READ | VM_GROWSDOWN);
	CHECK(vma_gap(&mm, PAGE_SIZE, ADDR(16), ADDR(stack)) ==
	      ADDR(stack) - STACK_GUARD - PAGE_SIZE);
	CHECK(vma_gap(&mm, ADDR(stack - 16) - STACK_GUARD, ADDR(16), ADDR(stack)) == ADDR(16));
	CHECK(vma_gap(&mm, ADDR(stack - 16), ADDR(16), ADDR(stack)) == 0);
	reset();
}

static void overlap_panics(void)
{
	struct vma *above = vma_alloc(), *below = vma_alloc();	/* a list that has them frees them */

	start();
	map(20, 4, VM_READ);
	*above = describe(21, 1, VM_READ);
	*below = describe(10, 12, VM_READ);
	CHECK_PANICS(vma_insert(&mm, above));
	CHECK_PANICS(vma_insert(&mm, below));
	vma_free(above);
	vma_free(below);
	CHECK(vma_check(&mm) == 0);
	reset();
}

static void limit(void)
{
	struct vma *v;

	start();
	map(20, 4, VM_READ);
	v = vma_first(&mm);
	mm.nr_vmas = MAX_MAP_COUNT;
	CHECK(vma_split(v, ADDR(21)) != 0);
	mm.nr_vmas = 1;
	CHECK(v->end == ADDR(24) && vma_check(&mm) == 0);
	reset();
}

static void cache(void)
{
	struct vma *v;

	start();
	map(20, 2, VM_READ);
	map(30, 2, VM_WRITE);
	v = vma_find(&mm, ADDR(30));
	CHECK(mm.vma_cache[0] == v);
	CHECK(vma_find(&mm, ADDR(31)) == v && vma_find(&mm, ADDR(25)) == v);
	CHECK(vma_at(&mm, ADDR(25)) == NULL && vma_find(&mm, ADDR(32)) == NULL);
	vma_find(&mm, ADDR(30));
	unmap(30, 2);
	CHECK(mm.vma_cache[0] == NULL && vma_find(&mm, ADDR(30)) == NULL);
	CHECK(vma_check(&mm) == 0);
	mm.vma_cache[1] = v;			/* an area that has gone: A3 */
	CHECK(vma_check(&mm) == 5);
	mm.vma_cache[1] = NULL;
	reset();
}

static bool in_tree(const struct rb_node *n, const struct vma *v)
{
	return n != NULL && (n == &v->node || in_tree(n->left, v) || in_tree(n->right, v));
}

/* The area made last is found, but joins the tree only when something else changes.
 * A student's vma.c need not do this. */
static void youngest(void)
{
	struct vma *a, *b;

	start();
	map(20, 2, VM_READ);
	map(40, 2, VM_WRITE);
	if (mm.young == NULL && access("labs/ASSIGNED", F_OK) == 0) {
		CHECK(vma_check(&mm) == 0);
		reset();
		return;
	}
	a = vma_at(&mm, ADDR(20));
	b = vma_at(&mm, ADDR(40));
	CHECK(mm.young == b && in_tree(mm.tree.node, a) && !in_tree(mm.tree.node, b));
	mm.vma_cache[0] = NULL;
	CHECK(vma_search(&mm, ADDR(41)) == b && mm.vma_cache[0] == b);
	CHECK(vma_search(&mm, ADDR(30)) == b && vma_search(&mm, ADDR(19)) == a);
	CHECK(vma_search(&mm, ADDR(42)) == NULL && vma_check(&mm) == 0);
	unmap(40, 2);			/* it goes as it came */
	CHECK(mm.young == NULL && vma_check(&mm) == 0 && vma_search(&mm, ADDR(30)) == NULL);

	map(30, 2, VM_WRITE);		/* between an area and nothing: its neighbour changes */
	b = mm.young;
	vma_resize(a, ADDR(20), ADDR(24));
	CHECK(mm.young == NULL && in_tree(mm.tree.node, b) && vma_check(&mm) == 0);
	map(40, 2, VM_READ);
	CHECK(vma_gap(&mm, 4 * PAGE_SIZE, ADDR(16), ADDR(40)) == ADDR(36));	/* settles it */
	CHECK(mm.young == NULL && vma_check(&mm) == 0);
	map(34, 1, VM_EXEC);		/* V1: the one before it joins; the tree's gaps are as without it */
	CHECK(vma_at(&mm, ADDR(40))->gap == 8 * PAGE_SIZE && vma_check(&mm) == 0);
	reset();
}

static unsigned depth(const struct rb_node *n)
{
	unsigned l, r;

	if (n == NULL)
		return 0;
	l = depth(n->left);
	r = depth(n->right);
	return 1 + MAX(l, r);
}

static void many(void)
{
	start();
	for (u64 i = 0; i < 60000; i++) {
		struct vma *v = vma_alloc();

		*v = describe(BASE + 2 * i, 1, VM_READ);
		vma_insert(&mm, v);
	}
	CHECK(vma_check(&mm) == 0);
	CHECK(depth(mm.tree.node) <= 32);
	mm.tree = RB_ROOT_INIT;
	vma_build_tree(&mm);
	CHECK(vma_check(&mm) == 0);
	CHECK(depth(mm.tree.node) <= 17);
	CHECK(vma_gap(&mm, PAGE_SIZE, ADDR(BASE), ADDR(BASE + 120000 - 1)) == ADDR(BASE + 119997));
	CHECK(vma_gap(&mm, 2 * PAGE_SIZE, ADDR(BASE), ADDR(BASE + 119999)) == 0);
	reset();
}

int main(void)
{
	static const struct row rows[] = {
		{ "merges", merges },
		{ "merge needs contiguous offsets", merge_needs_offset },
		{ "merge needs one anon_vma", merge_needs_anon_vma },
		{ "guard gap below a stack", guard_gap },
		{ "overlap panics", overlap_panics },
		{ "split at the map limit", limit },
		{ "last-hit cache", cache },
		{ "the youngest area", youngest },
		{ "60,000 areas", many },
		{ "random operations against an array", random_ops },
	};

	return RUN_ROWS(rows);
}
