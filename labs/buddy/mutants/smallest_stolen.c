// file: kernel/mm/phys/migrate.c
// killed by: steal_largest
/* The smallest block of another type is stolen: many small thefts in place of one. */
struct page *zone_steal(struct zone *z, unsigned order, enum migratetype mt)
{
	for (unsigned o = order; o <= MAX_ORDER; o++) {
		for (unsigned i = 0; i < NR_MIGRATETYPES - 1; i++) {
			enum migratetype from = fallback_order[mt][i];
			struct list *l = &z->area[o].list[from];

			if (!list_empty(l))
				return steal(z, list_first(l, struct page, link), o, order, from, mt);
		}
	}
	return NULL;
}
