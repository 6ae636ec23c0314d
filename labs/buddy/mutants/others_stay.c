// file: kernel/mm/phys/migrate.c
// killed by: rest
/* The page block changes its type, its other free blocks stay on the old lists. */
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
		moved += 1UL << p->order;
		pfn += 1UL << p->order;
	}
	return moved;
}
