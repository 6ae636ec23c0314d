// file: kernel/mm/vm/mprotect.c
// killed by: threads
/* Of a large range the harts that run other threads of the process are told nothing. */
static void protect_range(struct mm *mm, vaddr_t start, vaddr_t end, u32 flags)
{
	u64 rights = vm_prot(flags) & RIGHTS;
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
	if (lost && (alone || end - start <= 8 * PAGE_SIZE))
		tlb_flush_range(mm, start, end);
}
