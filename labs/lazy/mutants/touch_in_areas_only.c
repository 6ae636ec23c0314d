// file: kernel/mm/vm/usercopy.c
// killed by: stack_grows
/* The kernel looks for an area first, and so never lets a stack grow. */
static __noinline bool fault_in(struct mm *mm, vaddr_t va, bool write)
{
	struct vma *v;
	int sig, code;

	down_read(&mm->mmap_lock);
	v = vma_at(mm, va);
	up_read(&mm->mmap_lock);
	if (v == NULL)
		return false;

	if (handle_mm_fault(mm, va, write ? FAULT_WRITE : FAULT_READ, &sig, &code) == 0)
		return true;
	if (sig == SIGKILL && mm == current->mm)
		send_signal(current, SIGKILL, NULL);
	return false;
}
