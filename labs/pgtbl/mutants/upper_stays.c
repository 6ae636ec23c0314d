// file: kernel/mm/vm/pgtable.c
// killed by: tables_go
/* Only leaf tables are freed; the middle one stays, empty. */
void pt_free_empty(struct mm *mm, vaddr_t va, struct list *freed)
{
	pte_t *e2 = &mm->root[PT_INDEX(va, 2)];
	struct page *leaf, *upper = NULL;

	if (!pte_present(pte_get(e2)))
		return;
	spin_lock(&mm->page_table_lock);
	leaf = detach_if_empty(mm, &pte_to_table(pte_get(e2))[PT_INDEX(va, 1)]);
	spin_unlock(&mm->page_table_lock);
	if (freed != NULL) {
		if (leaf != NULL)
			list_add_tail(&leaf->link, freed);
		if (upper != NULL)
			list_add_tail(&upper->link, freed);
		return;
	}
	if (leaf != NULL)
		table_free(leaf);
	if (upper != NULL)
		table_free(upper);
}
