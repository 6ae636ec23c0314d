// file: kernel/mm/vm/stack.c
// killed by: stack_grows
/* What a stack grows by is promised by nobody, and given back when it goes. */
int stack_grow(struct mm *mm, struct vma *v, vaddr_t addr)
{
	vaddr_t start = addr & PAGE_MASK;
	u64 pages = (v->start - start) >> PAGE_SHIFT;
	int err = may_grow(mm, v, start);

	if (err != 0)
		return err;
	rmap_begin(v, NULL);
	v->pgoff -= pages;
	v->start = start;
	rmap_end(v, NULL);
	vma_account(mm, v, pages);
	return 0;
}
