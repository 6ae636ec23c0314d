// SPDX-License-Identifier: MIT
/* Starter of lab buddy: a type that has nothing takes single frames from anywhere. */

struct page *zone_steal(struct zone *z, unsigned order, enum migratetype mt)
{
	/* TODO: the largest block there is; its page block may change its type. */
	if (order > 0)
		return NULL;
	for (unsigned i = 0; i < NR_MIGRATETYPES - 1; i++) {
		struct list *l = &z->area[0].list[fallback_order[mt][i]];
		struct page *page;

		if (list_empty(l))
			continue;
		page = list_first(l, struct page, link);
		buddy_take(z, page, 0);
		return page;
	}
	return NULL;
}
