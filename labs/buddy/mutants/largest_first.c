// file: kernel/mm/phys/buddy.c
// killed by: split
/* The largest block is cut where a smaller one would do. */
struct page *buddy_alloc(struct zone *z, unsigned order, enum migratetype mt)
{
	struct free_area *area = &z->area[order], *end = &z->area[MAX_ORDER + 1];
	struct page *page;

	for (area = end - 1; area >= &z->area[order]; area--) {
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
