// file: kernel/mm/vm/pgtable.c
// killed by: tables_go
/* The table is freed, and the entry above still names it. */
static struct page *detach_if_empty(struct mm *mm, pte_t *e)
{
	struct page *p;

	if (!pte_present(pte_get(e)))
		return NULL;
	p = pte_page(pte_get(e));
	if (p->index != 0)
		return NULL;
	/* The reverse map takes ptl under page_table_lock: once we have had both, it
	 * neither holds this table nor finds it again. */
	ptl_lock(p);
	ptl_unlock(p);
	pt_page(e)->index--;
	atomic_add(&mm->pgtables, -1);
	return p;
}
