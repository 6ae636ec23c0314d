// file: kernel/mm/phys/migrate.c
// killed by: converts
/* The page block of a stolen block keeps its type: what is freed there goes back, and the next
 * theft breaks up another block. */
static struct page *steal(struct zone *z, struct page *page, unsigned have, unsigned want,
			  enum migratetype from, enum migratetype to)
{
	pfn_t pfn = page_to_pfn(page);
	pfn_t block = ALIGN_DOWN(pfn, PAGEBLOCK_PAGES);
	enum migratetype rest = from;

	z->fallbacks++;
	if (have >= PAGEBLOCK_ORDER) {
		for (pfn_t b = pfn; b < pfn + (1UL << have); b += PAGEBLOCK_PAGES)
			(void)b;
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
