// file: kernel/mm/vm/anon.c
// killed by: race
/* The frame is mapped without another look under the lock. */
int anon_fault(struct vma *v, vaddr_t va, pte_t *pte)
{
	struct page *p = anon_page_alloc(v, va, true), *table = pt_page(pte);

	if (unlikely(p == NULL))
		return -ENOMEM;
	ptl_lock(table);
	anon_page_map(v, pte, p);
	table->index++;
	rss_add(v->mm, MM_ANONPAGES, 1);
	ptl_unlock(table);
	return FK_ANON;
}
