// SPDX-License-Identifier: MIT
/*
 * buddy.c - physical memory in blocks of a power of two frames.
 *
 * A block of order k is 2^k frames, and its first frame number is a multiple of
 * 2^k.  Its buddy, the one block it can be merged with, is therefore pfn ^ 2^k:
 * freeing looks at one frame an order and never searches.
 *
 * Allocation takes the smallest block that fits and cuts it in half until it is
 * right; freeing merges upwards until the buddy is in use.  Each is at most
 * MAX_ORDER steps, short enough to run under a spinlock.
 *
 * There is one list for each order and migrate type.  Which type's list a block is
 * on is the caller's choice (migrate.c), so nothing here depends on it: a merged
 * block simply leaves one list and goes to another.
 *
 * Only the head of a free block is marked (PG_BUDDY, and its order in page->order).
 * The other frames of the block keep whatever clean flags they had.
 *
 * Invariants, whenever zone->lock is free:
 *   B1  free blocks are disjoint and aligned to their size;
 *   B2  below MAX_ORDER, no two free blocks are buddies;
 *   B3  zone->nr_free counts the frames on all free lists, area->nr_free the blocks.
 * buddy_check() tests all three.
 *
 * The array of struct page covers whole MAX_ORDER blocks (page_init.c), so the frame
 * at pfn ^ 2^k always has one; where there is no RAM it is PG_RESERVED and never
 * free.  A frame of another zone carries other zone bits and is not merged with.
 *
 * Locking: zone->lock is a leaf; nothing is acquired under it.
 * Failure: NULL.  Waiting for memory is page_alloc.c's business.
 *
 * Rejected: a bitmap of pairs, one bit a pair (half the state, but the order of a
 * free block must then be found by trying); a tree of free sizes (best fit for sizes
 * nobody asks for).
 */
#include "lib/printk.h"
#include "mm/phys/zone.h"

void buddy_init(struct zone *z)
{
	for (unsigned o = 0; o <= MAX_ORDER; o++) {
		for (unsigned t = 0; t < NR_MIGRATETYPES; t++)
			list_init(&z->area[o].list[t]);
		z->area[o].nr_free = 0;
	}
	z->nr_free = 0;
}

/* Flags and order of the head of a free block, as one word of struct page. */
static inline u64 free_mark(const struct zone *z, unsigned order)
{
	return (u64)order << 32 | z->where | PG_BUDDY;
}

void buddy_take(struct zone *z, struct page *page, unsigned order)
{
	debug_assert(page->flags_private == free_mark(z, order));
	list_del(&page->link);
	page->flags_private = z->where;
	z->area[order].nr_free--;
	z->nr_free -= 1UL << order;
}

void buddy_put(struct zone *z, struct page *page, unsigned order, enum migratetype mt)
{
	page->flags_private = free_mark(z, order);
	list_add(&page->link, &z->area[order].list[mt]);
	z->area[order].nr_free++;
	z->nr_free += 1UL << order;
}

struct page *buddy_split(struct zone *z, struct page *page, unsigned low, unsigned high,
			 enum migratetype mt)
{
	struct free_area *area = &z->area[high];
	struct page *half = page + (1UL << high);
	u64 mark = free_mark(z, high);

	z->nr_free += (1UL << high) - (1UL << low);
	while (high > low) {
		high--;
		area--;
		mark -= 1UL << 32;
		half = page + (half - page) / 2;
		half->flags_private = mark;
		list_add(&half->link, &area->list[mt]);
		area->nr_free++;
	}
	return page;
}

struct page *buddy_alloc(struct zone *z, unsigned order, enum migratetype mt)
{
	struct free_area *area = &z->area[order], *end = &z->area[MAX_ORDER + 1];
	struct page *page;

	for (; area < end; area++) {
		struct list *l = &area->list[mt], *first = l->next;

		if (first == l)
			continue;
		page = list_entry(first, struct page, link);
		list_del(first);
		area->nr_free--;
		if (unlikely(area != &z->area[order])) {
			unsigned have = page->order;

			page->flags_private = z->where;
			z->nr_free -= 1UL << have;
			return buddy_split(z, page, order, have, mt);
		}
		page->flags_private = z->where;
		z->nr_free -= 1UL << order;
		return page;
	}
	return NULL;
}

/* Is p the head of a free block of this order in this zone? */
static inline bool is_free_buddy(const struct zone *z, const struct page *p, unsigned order)
{
	return p->flags_private == free_mark(z, order);
}

void buddy_free(struct zone *z, struct page *page, unsigned order, enum migratetype mt)
{
	pfn_t pfn = page_to_pfn(page);
	u64 mark = free_mark(z, order);
	struct free_area *area = &z->area[order];

	debug_assert(IS_ALIGNED(pfn, 1UL << order) && !(page->flags & PG_BUDDY));
	z->nr_free += 1UL << order;
	for (; order < MAX_ORDER; order++) {
		bool second = pfn >> order & 1;
		struct page *buddy = second ? page - (1UL << order) : page + (1UL << order);

		if (buddy->flags_private != mark)
			break;
		list_del(&buddy->link);
		buddy->flags = z->where;
		area->nr_free--;
		if (second)
			page = buddy;
		area++;
		mark += 1UL << 32;
	}
	page->flags_private = mark;
	area->nr_free++;
	/* Large blocks go to the cold end: they are the least likely to be cut again. */
	if (order >= PAGEBLOCK_ORDER)
		list_add_tail(&page->link, &area->list[mt]);
	else
		list_add(&page->link, &area->list[mt]);
}

int buddy_check(struct zone *z)
{
	u64 frames = 0;

	for (unsigned o = 0; o <= MAX_ORDER; o++) {
		u64 blocks = 0;

		for (unsigned t = 0; t < NR_MIGRATETYPES; t++) {
			struct page *p;

			list_for_each(p, &z->area[o].list[t], link) {
				pfn_t pfn = page_to_pfn(p);

				if (!is_free_buddy(z, p, o) || page_refs(p) != 0 ||
				    !IS_ALIGNED(pfn, 1UL << o) || pfn < z->start || pfn + (1UL << o) > z->end)
					return 1;
				for (pfn_t i = 1; i < 1UL << o; i++)
					if (p[i].flags & (PG_BUDDY | PG_PCP | PG_RESERVED) ||
					    page_refs(&p[i]) != 0)
						return 1;
				if (o < MAX_ORDER && is_free_buddy(z, pfn_to_page(pfn ^ 1UL << o), o))
					return 2;
				blocks++;
			}
		}
		if (blocks != z->area[o].nr_free)
			return 3;
		frames += blocks << o;
	}
	return frames == z->nr_free ? 0 : 3;
}
