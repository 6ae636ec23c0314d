// file: kernel/mm/vm/pgwalk.h
// killed by: pages
/* The middle table is indexed with the root's bits: right only where both are equal. */
static __always_inline pte_t *pt_walk(struct mm *mm, vaddr_t va)
{
	pte_t e = pte_get(&mm->root[PT_INDEX(va, 2)]);

	if (unlikely(!pte_present(e)))
		return NULL;
	e = pte_get(&pte_to_table(e)[PT_INDEX(va, 2)]);
	if (unlikely(!pte_present(e)))
		return NULL;
	return &pte_to_table(e)[PT_INDEX(va, 0)];
}
