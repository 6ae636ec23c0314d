// file: kernel/mm/vm/cow.c
// killed by: one_copy
/* A frame with two references is taken for one's own. */

/* Case reuse, if it is one. => ptl held, *pte still what it was */
static bool take_as_last_owner(pte_t *pte, pte_t e)
{
	struct page *p = pte_page(e);

	if (!(p->anon & PAGE_ANON) || page_refs(p) > 2 || page_test(p, PG_SWAPCACHE))
		return false;
	pte_set(pte, (pte_t){ e.v | PTE_W | PTE_A | PTE_D });
	return true;
}
