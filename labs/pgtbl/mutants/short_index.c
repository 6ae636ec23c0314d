// file: kernel/mm/vm/pgwalk.h
// killed by: pages
/* Eight bits of index instead of nine: pages 256 and up of a table are looked for among the
 * first. */
static __always_inline pte_t *pt_walk(struct mm *mm, vaddr_t va)
{
	pte_t e = pte_get(&mm->root[PT_INDEX(va, 2)]);

	if (unlikely(!pte_present(e)))
		return NULL;
	e = pte_get(&pte_to_table(e)[PT_INDEX(va, 1)]);
	if (unlikely(!pte_present(e)))
		return NULL;
	return &pte_to_table(e)[(PT_INDEX(va, 0) & 255)];
}
