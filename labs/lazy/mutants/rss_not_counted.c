// file: kernel/mm/vm/anon.c
// killed by: counted
/* The address space does not know that it has a page more. */
int anon_fault(struct vma *v, vaddr_t va, pte_t *pte)
{
	struct page *p = anon_page_alloc(v, va, true), *table = pt_page(pte);

	if (unlikely(p == NULL))
		return -ENOMEM;
	ptl_lock(table);
	if (unlikely(!pte_none(pte_get(pte)))) {
		ptl_unlock(table);
		anon_page_discard(p);
		return FK_SPURIOUS;
	}
	anon_page_map(v, pte, p);
	table->index++;
	ptl_unlock(table);
	return FK_ANON;
}
