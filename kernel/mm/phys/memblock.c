// SPDX-License-Identifier: MIT
/*
 * memblock.c - memory before there is a memory manager.
 *
 * Problem: page tables and the array of struct page must be put somewhere before
 * frames can be allocated.  Idea: two short sorted tables of ranges, what exists
 * (ram) and what is taken (reserved); a hole is free when it is in the first and
 * not in the second.  Allocating is adding a reservation, freeing is taking one
 * out, and nothing else is stored, so the tables cannot contradict each other.
 *
 * Which hole to use is the oldest question of memory allocation, and a parameter
 * here: the first that fits, the tightest, or the largest.  The kernel uses first
 * fit, which keeps low addresses full and leaves the top of memory in one piece;
 * tests/host/test_memblock.c runs one random trace under all three and prints
 * what is left in how many pieces.
 *
 * Invariants:
 *   M1  each table is sorted by base; its ranges are not empty, and two of them
 *       neither overlap nor (reserved; ram of one node) touch;
 *   M2  memblock_free_range lists exactly ram minus reserved, in address order.
 *
 * Locks: none: one hart runs, interrupts are off.
 * Failure: a full table is -ENOSPC, no fitting hole is 0; nothing has changed.
 * Life: code and tables lie in the image's boot-only part and go with it.  After
 * mem_init() has handed the free ranges over, nothing here may be called.
 *
 * Rejected: a tree (there are ten ranges, not ten thousand); a bump pointer (it
 * cannot step over a reservation in the middle, nor take anything back).
 */
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/phys/memblock.h"
#include "uapi/errno.h"

#define MAX_RAM		32
#define MAX_RESERVED	128

struct range {
	paddr_t base, end;
	unsigned node;
};

struct table {
	struct range *r;
	unsigned n, max;
};

static struct range ram_ranges[MAX_RAM] __initdata;
static struct range reserved_ranges[MAX_RESERVED] __initdata;
static struct table ram __initdata = { ram_ranges, 0, MAX_RAM };
static struct table reserved __initdata = { reserved_ranges, 0, MAX_RESERVED };
static enum memblock_fit policy __initdata = MEMBLOCK_FIRST_FIT;

static void __init table_remove(struct table *t, unsigned i)
{
	memmove(&t->r[i], &t->r[i + 1], (t->n - i - 1) * sizeof(t->r[0]));
	t->n--;
}

static int __init table_insert(struct table *t, unsigned i, paddr_t base, paddr_t end, unsigned node)
{
	if (t->n == t->max)
		return -ENOSPC;
	memmove(&t->r[i + 1], &t->r[i], (t->n - i) * sizeof(t->r[0]));
	t->r[i] = (struct range){ base, end, node };
	t->n++;
	return 0;
}

/* Add [base, end), one with everything of the same node that it overlaps or touches. */
static int __init table_add(struct table *t, paddr_t base, paddr_t end, unsigned node)
{
	unsigned i = 0;
	struct range *r;

	while (i < t->n && t->r[i].end < base)
		i++;
	while (i < t->n && t->r[i].end == base && t->r[i].node != node)
		i++;
	if (i == t->n || t->r[i].base > end || (t->r[i].base == end && t->r[i].node != node))
		return table_insert(t, i, base, end, node);
	r = &t->r[i];
	r->base = MIN(r->base, base);
	r->end = MAX(r->end, end);
	while (i + 1 < t->n && (t->r[i + 1].base < r->end ||
				(t->r[i + 1].base == r->end && t->r[i + 1].node == r->node))) {
		r->end = MAX(r->end, t->r[i + 1].end);
		table_remove(t, i + 1);
	}
	return 0;
}

static int __init check_range(paddr_t base, u64 size)
{
	return size == 0 || base + size < base ? -EINVAL : 0;
}

int __init memblock_add(paddr_t base, u64 size, unsigned node)
{
	if (check_range(base, size) < 0)
		return -EINVAL;
	return table_add(&ram, base, base + size, node);
}

int __init memblock_reserve(paddr_t base, u64 size)
{
	if (check_range(base, size) < 0)
		return -EINVAL;
	return table_add(&reserved, base, base + size, 0);
}

/* A place in the walk over the holes: RAM range i, from address at on. */
struct hole_iter {
	unsigned ram, res;
	paddr_t at;
};

/* The next hole in address order; false at the end. */
static bool __init next_hole(struct hole_iter *it, paddr_t *start, paddr_t *end, unsigned *node)
{
	for (; it->ram < ram.n; it->ram++) {
		const struct range *r = &ram.r[it->ram];

		it->at = MAX(it->at, r->base);
		for (; it->res < reserved.n && reserved.r[it->res].base <= it->at; it->res++)
			it->at = MAX(it->at, reserved.r[it->res].end);
		if (it->at >= r->end) {
			/* A reservation may reach into the next range: look at it again. */
			if (it->res > 0)
				it->res--;
			continue;
		}
		*start = it->at;
		*end = it->res < reserved.n ? MIN(reserved.r[it->res].base, r->end) : r->end;
		*node = r->node;
		it->at = *end;
		return true;
	}
	return false;
}

bool __init memblock_free_range(unsigned i, paddr_t *start, paddr_t *end, unsigned *node)
{
	struct hole_iter it = { 0, 0, 0 };

	do
		if (!next_hole(&it, start, end, node))
			return false;
	while (i-- > 0);
	return true;
}

bool __init memblock_ram_range(unsigned i, paddr_t *start, paddr_t *end, unsigned *node)
{
	if (i >= ram.n)
		return false;
	*start = ram.r[i].base;
	*end = ram.r[i].end;
	*node = ram.r[i].node;
	return true;
}

void __init memblock_set_policy(enum memblock_fit fit)
{
	policy = fit;
}

/* Is a hole of size a to be preferred to the best so far, of size b? */
static bool __init better(u64 a, u64 b)
{
	return policy == MEMBLOCK_BEST_FIT ? a < b : a > b;
}

static paddr_t __init alloc_in(u64 size, u64 align, unsigned node, bool any)
{
	struct hole_iter it = { 0, 0, 0 };
	paddr_t start, end, best = 0;
	u64 best_size = 0;
	unsigned n;

	if (size == 0 || (align & (align - 1)))
		return 0;
	align = MAX(align, 8UL);
	while (next_hole(&it, &start, &end, &n)) {
		paddr_t at = ALIGN_UP(start, align);

		/* Address 0 means "none" to the caller. */
		if (at == 0)
			at = align;
		if ((!any && n != node) || at < start || at >= end || end - at < size)
			continue;
		if (best == 0 || better(end - start, best_size)) {
			best = at;
			best_size = end - start;
		}
		if (policy == MEMBLOCK_FIRST_FIT)
			break;
	}
	if (best != 0 && memblock_reserve(best, size) < 0)
		return 0;
	return best;
}

paddr_t __init memblock_alloc(u64 size, u64 align)
{
	return alloc_in(size, align, 0, true);
}

/* => the node's own memory if it has enough, else anyone's. */
paddr_t __init memblock_alloc_node(u64 size, u64 align, unsigned node)
{
	paddr_t pa = alloc_in(size, align, node, false);

	return pa != 0 ? pa : memblock_alloc(size, align);
}

void __init memblock_free(paddr_t base, u64 size)
{
	paddr_t end = base + size;

	for (unsigned i = 0; i < reserved.n && reserved.r[i].base < end; i++) {
		struct range *r = &reserved.r[i];

		if (r->end <= base)
			continue;
		if (r->base < base && r->end > end) {	/* a bite out of the middle */
			paddr_t old_end = r->end;

			if (table_insert(&reserved, i + 1, end, old_end, 0) < 0) {
				printk("memblock: table full, [%lx,%lx) stays reserved\n", base, end);
				return;
			}
			reserved.r[i].end = base;
			return;
		}
		if (r->base < base)
			r->end = base;
		else if (r->end > end)
			r->base = end;
		else
			table_remove(&reserved, i--);
	}
}

u64 __init memblock_total_ram(void)
{
	u64 sum = 0;

	for (unsigned i = 0; i < ram.n; i++)
		sum += ram.r[i].end - ram.r[i].base;
	return sum;
}

paddr_t __init memblock_end(void)
{
	return ram.n == 0 ? 0 : ram.r[ram.n - 1].end;
}
