// SPDX-License-Identifier: MIT
/* Starter of lab buddy: all free memory is single frames; a block is looked for. */

/* The slow path: 2^order single free frames in a row, anywhere in the zone. */
static struct page *find_run(struct zone *z, unsigned order)
{
	pfn_t n = 1UL << order;

	for (pfn_t pfn = ALIGN_UP(z->start, n); pfn + n <= z->end; pfn += n) {
		pfn_t i = 0;

		if (pageblock_type(pfn) == PAGEBLOCK_NONE)
			continue;
		while (i < n && pfn_to_page(pfn + i)->flags_private == free_mark(z, 0))
			i++;
		if (i < n)
			continue;
		for (i = 0; i < n; i++)
			buddy_take(z, pfn_to_page(pfn + i), 0);
		return pfn_to_page(pfn);
	}
	return NULL;
}

struct page *buddy_split(struct zone *z, struct page *page, unsigned low, unsigned high,
			 enum migratetype mt)
{
	/* TODO: halve the block until it is of order low; the other halves go to mt's lists. */
	(void)z;
	(void)low;
	(void)high;
	(void)mt;
	return page;
}

struct page *buddy_alloc(struct zone *z, unsigned order, enum migratetype mt)
{
	struct list *l = &z->area[0].list[mt];
	struct page *page;

	/* TODO: the smallest block of this type that is large enough, split. */
	if (order > 0)
		return find_run(z, order);
	if (list_empty(l))
		return NULL;
	page = list_first(l, struct page, link);
	buddy_take(z, page, 0);
	return page;
}

void buddy_free(struct zone *z, struct page *page, unsigned order, enum migratetype mt)
{
	/* TODO: one block, merged with its buddy as long as that is free. */
	for (pfn_t i = 0; i < 1UL << order; i++)
		buddy_put(z, page + i, 0, mt);
}
