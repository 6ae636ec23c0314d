// file: kernel/mm/vm/stack.c
// killed by: limits
/* RLIMIT_AS is not asked. */
static int may_grow(struct mm *mm, const struct vma *v, vaddr_t start)
{
	const struct vma *prev = vma_prev(v);

	if (v->end - start > mm->rlimit_stack || start < MMAP_MIN)
		return -EFAULT;
	if (prev != NULL && !(prev->flags & VM_GROWSDOWN) && start - prev->end < STACK_GUARD)
		return -EFAULT;
	if (prev != NULL && prev->end > start)
		return -EFAULT;
	return 0;
}
