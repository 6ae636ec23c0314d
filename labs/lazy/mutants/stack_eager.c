// file: kernel/mm/vm/stack.c
// killed by: stack_grows
/* exec gives the stack all its pages. */
int mm_setup_stack(struct mm *mm, vaddr_t top)
{
	struct vma *v = vma_alloc();

	if (v == NULL)
		return -ENOMEM;
	if (vm_commit(mm, STACK_INITIAL >> PAGE_SHIFT) != 0) {
		vma_free_fresh(v);
		return -ENOMEM;
	}
	vma_init(v, mm, top - STACK_INITIAL, top, VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE |
		 VM_MAYEXEC | VM_GROWSDOWN | VM_STACK | VM_ACCOUNT);
	vma_insert(mm, v);
	vma_account(mm, v, vma_pages(v));
	mm->start_stack = top;
	return mm_populate(mm, top - STACK_INITIAL, top);
}
