// file: kernel/mm/vm/anon.c
// killed by: zero_frame
/* The zero frame without PTE_SPECIAL: munmap drops references that nobody took. */
int zero_fault(struct vma *v, pte_t *pte)
{
	struct page *table = pt_page(pte);
	int kind = FK_SPURIOUS;

	ptl_lock(table);
	if (likely(pte_none(pte_get(pte)))) {
		pte_set(pte, (pte_t){ (zero_entry & ~PTE_SPECIAL) | (vm_prot(v->flags) & ~PTE_W) });
		table->index++;
		kind = FK_ZERO;
	}
	ptl_unlock(table);
	return kind;
}
