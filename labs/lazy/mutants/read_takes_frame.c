// file: kernel/mm/vm/anon.c
// killed by: zero_frame
/* A read gets a frame of its own, as a write does. */
int zero_fault(struct vma *v, pte_t *pte)
{
	struct page *p = anon_page_alloc(v, v->start, true), *table = pt_page(pte);

	if (p == NULL)
		return -ENOMEM;
	ptl_lock(table);
	anon_page_map(v, pte, p);
	table->index++;
	rss_add(v->mm, MM_ANONPAGES, 1);
	ptl_unlock(table);
	return FK_ZERO;
}
