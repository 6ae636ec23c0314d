// file: kernel/mm/vm/pgtable.c
// killed by: table_counts
/* mm->pgtables is not told of a new table. */
static __noinline bool install_table(struct mm *mm, pte_t *e)
{
	struct page *p = table_alloc(mm);

	if (p == NULL)
		return false;
	spin_lock(&mm->page_table_lock);
	if (likely(!pte_present(pte_get(e)))) {
		/* The walker on another hart must not see the entry before the zeroes. */
		smp_store_release(&e->v, pte_make(page_to_pfn(p), PTE_V).v);
		pt_page(e)->index++;
		p = NULL;
	}
	spin_unlock(&mm->page_table_lock);
	if (unlikely(p != NULL))	/* another thread was first */
		table_free(p);
	return true;
}
