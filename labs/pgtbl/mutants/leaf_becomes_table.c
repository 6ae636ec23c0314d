// file: kernel/mm/vm/mprotect.c
// killed by: protect
/* PROT_NONE clears R, W and X: the hardware takes the leaf for a pointer to a table. */
static void protect_range(struct mm *mm, vaddr_t start, vaddr_t end, u32 flags)
{
	u64 rights = flags & ACCESS ? vm_prot(flags) & RIGHTS : 0;
	bool alone = mm == current->mm && mm_private(mm), lost = false;
	vaddr_t va = start, stop;
	pte_t *pte;

	while ((pte = pt_next(mm, &va, end, &stop)) != NULL) {
		struct page *table = pt_page(pte);

		ptl_lock(table);
		lost |= protect_run(pte, (stop - va) >> PAGE_SHIFT, table->index, rights, alone);
		ptl_unlock(table);
		va = stop;
	}
	if (lost)
		tlb_flush_range(mm, start, end);
}
