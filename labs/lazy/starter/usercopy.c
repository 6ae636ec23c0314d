// SPDX-License-Identifier: MIT
/* Starter of lab lazy: what is eager needs no fault. */

static __noinline bool fault_in(struct mm *mm, vaddr_t va, bool write)
{
	struct vma *v;
	pte_t *pte;
	bool expected;
	int sig, code;

	/* Pages of files and of the bss may be missing, and what fork shares may be
	 * write-protected; other memory has its frames.  TODO: take the fault for whatever
	 * is missing, as the program's own touch would. */
	down_read(&mm->mmap_lock);
	v = vma_at(mm, va);
	pte = pt_walk(mm, va);
	expected = v != NULL && (v->file != NULL || va < mm->start_brk ||
				 (pte != NULL && !pte_none(pte_get(pte))));
	up_read(&mm->mmap_lock);
	if (!expected)
		return false;
	if (handle_mm_fault(mm, va, write ? FAULT_WRITE : FAULT_READ, &sig, &code) == 0)
		return true;
	if (sig == SIGKILL && mm == current->mm)
		send_signal(current, SIGKILL, NULL);
	return false;
}
