// file: kernel/mm/vm/cow.c
// killed by: zeroes
/* A write to the zero frame makes it writable: all zeroes are one memory. */

/* Case zero. */
static __noinline int break_zero(struct vma *v, vaddr_t va, pte_t *pte)
{
	struct page *table = pt_page(pte);
	struct page *p = anon_page_alloc(v, va, true);

	if (p == NULL)
		return -ENOMEM;
	ptl_lock(table);
	if (!pte_special(pte_get(pte))) {
		ptl_unlock(table);
		anon_page_discard(p);
		return FK_SPURIOUS;
	}
	pte_set(pte, (pte_t){ pte_get(pte).v | PTE_W | PTE_A | PTE_D });
	flush_page_locked(v->mm, va);
	ptl_unlock(table);
	anon_page_discard(p);
	return FK_COW_ZERO;
}
