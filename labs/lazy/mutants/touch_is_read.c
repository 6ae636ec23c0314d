// file: kernel/mm/vm/usercopy.c
// killed by: kernel_touches
/* The kernel takes a read fault where it wants to write. */
static __noinline bool fault_in(struct mm *mm, vaddr_t va, bool write)
{
	int sig, code;

	(void)write;
	if (handle_mm_fault(mm, va, FAULT_READ, &sig, &code) == 0)
		return true;
	if (sig == SIGKILL && mm == current->mm)
		send_signal(current, SIGKILL, NULL);
	return false;
}
