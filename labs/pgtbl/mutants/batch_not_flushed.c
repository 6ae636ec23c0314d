// file: kernel/mm/vm/zap.c
// killed by: threads
/* More than a few pages are never flushed, wherever they are used. */
static __noinline void flush_batch(struct zap *z)
{
	unsigned n = 0;

	if (z->early) {
		free_pages_bulk(z->page, z->n);
		z->n = 0;
		return;
	}
	if (z->lo < z->hi && z->hi - z->lo <= 8 * PAGE_SIZE)
		tlb_flush_range(z->mm, z->lo, z->hi);
	z->lo = ~0UL;
	z->hi = 0;
	for (unsigned i = 0; i < z->n; i++)
		if (drop_mapping(z->page[i]))
			z->page[n++] = z->page[i];
	free_pages_bulk(z->page, n);
	z->n = 0;
}
