// file: kernel/mm/vm/cow.c
// killed by: last_owner
/* The last owner is not recognised: it copies, always. */

/* Case reuse, if it is one. => ptl held, *pte still what it was */
static bool take_as_last_owner(pte_t *pte, pte_t e)
{
	struct page *p = pte_page(e);

	(void)p;
	(void)pte;
	return false;
}
