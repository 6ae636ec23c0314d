// file: kernel/mm/vm/anon.c
// killed by: zero_frame
/* Everybody may write to the zero frame. */
int zero_fault(struct vma *v, pte_t *pte)
{
	struct page *table = pt_page(pte);
	int kind = FK_SPURIOUS;

	ptl_lock(table);
	if (likely(pte_none(pte_get(pte)))) {
		pte_set(pte, (pte_t){ zero_entry | vm_prot(v->flags) });
		table->index++;
		kind = FK_ZERO;
	}
	ptl_unlock(table);
	return kind;
}
