// file: kernel/mm/vm/zap.c
// killed by: threads
/* Of a large range the other harts are told nothing. */
void zap_end(struct zap *z)
{
	bool removed = z->lo < z->hi;

	if (!z->early) {
		if (removed && z->hi - z->lo > 8 * PAGE_SIZE && z->hi != USER_TOP) {
			for (vaddr_t va = z->lo; va < z->hi; va += PAGE_SIZE)
				tlb_flush_local_page(va);
			z->hi = 0;
		}
		if (z->n > 0 || removed)
			flush_batch(z);
	} else {
		if (removed && !z->dying)
			tlb_flush_range(z->mm, z->lo, z->hi);
		if (z->n > 0)
			flush_batch(z);
	}
	if (z->dying)
		return;
	if (!list_empty(&z->freed))
		pt_free_list(&z->freed);
	for (int i = 0; i < NR_MM_COUNTERS; i++)
		if (z->rss[i] != 0)
			atomic_add(&z->mm->counters[i], -z->rss[i]);
}
