// file: kernel/mm/phys/buddy.c
// killed by: split
/* The halves that are left go to the list of unmovable blocks, whatever they were. */
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
		list_add(&half->link, &area->list[MIGRATE_UNMOVABLE]);
		area->nr_free++;
	}
	return page;
}
