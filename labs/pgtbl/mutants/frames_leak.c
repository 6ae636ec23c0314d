// file: kernel/mm/vm/zap.c
// killed by: memory_returns
/* The last frames, fewer than a batch, are never let go. */
void zap_end(struct zap *z)
{
	bool removed = z->lo < z->hi;

	if (!z->early) {
		if (z->n > 0 || removed)
			flush_batch(z);
	} else {
		if (removed && !z->dying)
			tlb_flush_range(z->mm, z->lo, z->hi);
	}
	if (z->dying)
		return;
	if (!list_empty(&z->freed))
		pt_free_list(&z->freed);
	for (int i = 0; i < NR_MM_COUNTERS; i++)
		if (z->rss[i] != 0)
			atomic_add(&z->mm->counters[i], -z->rss[i]);
}
