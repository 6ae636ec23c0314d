// file: kernel/mm/vm/stack.c
// killed by: stack_grows
/* The stack grows to the page above the one that was touched. */
int stack_grow(struct mm *mm, struct vma *v, vaddr_t addr)
{
	vaddr_t start = PAGE_ALIGN(addr + 1);
	struct anon_vma *av;
	u64 pages;
	int err = 0;

	/* The reverse map computes addresses from start and pgoff: change both in its sight
	 * at once.  The lock order asks for anon_vma->lock first. */
	if (v->anon_vma == NULL && anon_vma_prepare(v) != 0)
		return -ENOMEM;
	av = v->anon_vma;
	spin_lock(&av->lock);
	spin_lock(&mm->page_table_lock);
	if (start < v->start) {
		pages = (v->start - start) >> PAGE_SHIFT;
		err = may_grow(mm, v, start);
		if (err == 0 && (v->flags & VM_ACCOUNT))
			err = vm_commit(mm, pages);
		if (err == 0) {
			v->pgoff -= pages;
			v->start = start;	/* no gap changes: a stack offers none (A1) */
			vma_account(mm, v, pages);
		}
	}
	spin_unlock(&mm->page_table_lock);
	spin_unlock(&av->lock);
	return err;
}
