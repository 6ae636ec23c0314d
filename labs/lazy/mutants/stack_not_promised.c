// file: kernel/mm/vm/stack.c
// killed by: stack_grows
/* A stack is no promise: without VM_ACCOUNT it never grows by one. */
int mm_setup_stack(struct mm *mm, vaddr_t top)
{
	struct vma *v = vma_alloc();

	if (v == NULL)
		return -ENOMEM;
	vma_init(v, mm, top - STACK_INITIAL, top, VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE |
		 VM_MAYEXEC | VM_GROWSDOWN | VM_STACK);
	vma_insert(mm, v);
	vma_account(mm, v, vma_pages(v));
	mm->start_stack = top;
	return 0;
}
