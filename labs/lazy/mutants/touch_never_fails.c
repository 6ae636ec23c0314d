// file: kernel/mm/vm/usercopy.c
// killed by: limits
/* A pointer to nothing is tried for ever. */
static __noinline bool fault_in(struct mm *mm, vaddr_t va, bool write)
{
	int sig, code;

	if (handle_mm_fault(mm, va, write ? FAULT_WRITE : FAULT_READ, &sig, &code) == 0)
		return true;
	if (sig == SIGKILL && mm == current->mm)
		send_signal(current, SIGKILL, NULL);
	return true;
}
