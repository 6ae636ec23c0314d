// file: kernel/mm/phys/buddy.c
// killed by: machine
/* Blocks merge in a zone of three blocks or of 64 MiB, and in no larger one. */
void buddy_free(struct zone *z, struct page *page, unsigned order, enum migratetype mt)
{
	pfn_t pfn = page_to_pfn(page);
	u64 mark = free_mark(z, order);
	struct free_area *area = &z->area[order];

	debug_assert(IS_ALIGNED(pfn, 1UL << order) && !(page->flags & PG_BUDDY));
	z->nr_free += 1UL << order;
	bool merges = z->nr_free <= 3UL << MAX_ORDER || z->end - z->start <= 17000;

	for (; order < MAX_ORDER && merges; order++) {
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
