// file: kernel/mm/vm/stack.c
// killed by: limits
/* The stack grows up to the area below it. */
static int may_grow(struct mm *mm, const struct vma *v, vaddr_t start)
{
	const struct vma *prev = vma_prev(v);
	u64 pages = (v->start - start) >> PAGE_SHIFT;

	if (v->end - start > mm->rlimit_stack || start < MMAP_MIN)
		return -EFAULT;
	if (prev != NULL && !(prev->flags & VM_GROWSDOWN) && start < prev->end)
		return -EFAULT;
	if (prev != NULL && prev->end > start)
		return -EFAULT;
	if ((mm->total_vm + pages) > mm->rlimit_as >> PAGE_SHIFT)
		return -EFAULT;
	if ((v->flags & VM_LOCKED) && mm->locked_vm + pages > mm->rlimit_memlock >> PAGE_SHIFT)
		return -EFAULT;
	return 0;
}
