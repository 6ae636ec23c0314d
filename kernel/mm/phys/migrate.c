// SPDX-License-Identifier: MIT
/*
 * migrate.c - keeping movable and unmovable pages apart.
 *
 * Problem: one kernel object in the middle of a 4 MiB block keeps the block from
 * ever being whole again, although everything around it belongs to programs and
 * could be moved.  Idea: every 2 MiB page block has a type, and a request is served
 * from blocks of its own type while there are any.  Unmovable pages then crowd into
 * few blocks, and the others can be emptied.
 *
 * When a type has nothing left it steals from another, and it steals the largest
 * block there is: one large theft now instead of many small ones later.  How much of
 * the block's page block goes with it:
 *
 *	a whole page block or more	all of it: it changes its type
 *	less, for a kernel request	every free block in it; and if that is half of
 *					it or more, it changes its type
 *	less, for a movable request	as for the kernel from 1 MiB on; below, only the
 *					pages asked for, since these can be moved out
 *
 * Pages of a page block that kept its type are borrowed: they return to the owner's
 * lists when they are freed, because freeing asks the page block's type.
 *
 * At boot every page block is MOVABLE; the kernel steals what it needs.
 *
 * Locks: zone->lock guards the types of its page blocks.  Reading one without it
 * gives an old answer at worst.
 */
#include "lib/printk.h"
#include "mm/phys/zone.h"

u8 *pageblock_types;

static const u8 fallback_order[NR_MIGRATETYPES][NR_MIGRATETYPES - 1] = {
	[MIGRATE_UNMOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE },
	[MIGRATE_MOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE },
	[MIGRATE_RECLAIMABLE] = { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE },
};

/* Move every free block of a page block to another type's lists; frames moved. */
static unsigned long move_free_blocks(struct zone *z, pfn_t start, enum migratetype to)
{
	pfn_t pfn = start, end = start + PAGEBLOCK_PAGES;
	unsigned long moved = 0;

	while (pfn < end) {
		struct page *p = pfn_to_page(pfn);

		if ((p->flags & (PG_BUDDY | PG_WHERE_MASK)) != (PG_BUDDY | z->where)) {
			pfn++;
			continue;
		}
		list_move(&p->link, &z->area[p->order].list[to]);
		moved += 1UL << p->order;
		pfn += 1UL << p->order;
	}
	return moved;
}

/* Take a free block of order have, on type from's list, for a request of type to. */
static struct page *steal(struct zone *z, struct page *page, unsigned have, unsigned want,
			  enum migratetype from, enum migratetype to)
{
	pfn_t pfn = page_to_pfn(page);
	pfn_t block = ALIGN_DOWN(pfn, PAGEBLOCK_PAGES);
	enum migratetype rest = from;

	z->fallbacks++;
	if (have >= PAGEBLOCK_ORDER) {
		for (pfn_t b = pfn; b < pfn + (1UL << have); b += PAGEBLOCK_PAGES)
			set_pageblock_type(b, to);
		rest = to;
		z->steals++;
	} else if (to != MIGRATE_MOVABLE || have >= PAGEBLOCK_ORDER - 1) {
		unsigned long mine = move_free_blocks(z, block, to);

		/* Half of it is free, so most of what will live there is ours. */
		if (mine >= PAGEBLOCK_PAGES / 2 && block >= z->start &&
		    block + PAGEBLOCK_PAGES <= z->end) {
			set_pageblock_type(block, to);
			z->steals++;
		}
		rest = to;
	}
	buddy_take(z, page, have);
	return buddy_split(z, page, want, have, rest);
}

struct page *zone_steal(struct zone *z, unsigned order, enum migratetype mt)
{
	for (unsigned o = MAX_ORDER + 1; o-- > order;) {
		for (unsigned i = 0; i < NR_MIGRATETYPES - 1; i++) {
			enum migratetype from = fallback_order[mt][i];
			struct list *l = &z->area[o].list[from];

			if (!list_empty(l))
				return steal(z, list_first(l, struct page, link), o, order, from, mt);
		}
	}
	return NULL;
}
