// file: kernel/mm/vm/pgtable.c
// killed by: tables_go
/* The leaf table goes without a look at whether other entries are left in it. */
static struct page *detach_if_empty(struct mm *mm, pte_t *e)
{
	struct page *p;

	if (!pte_present(pte_get(e)))
		return NULL;
	p = pte_page(pte_get(e));
	p->index = 0;
	/* The reverse map takes ptl under page_table_lock: once we have had both, it
	 * neither holds this table nor finds it again. */
	ptl_lock(p);
	pte_set(e, (pte_t){ 0 });
	ptl_unlock(p);
	pt_page(e)->index--;
	atomic_add(&mm->pgtables, -1);
	return p;
}
