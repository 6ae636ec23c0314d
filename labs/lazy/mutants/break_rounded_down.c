// file: kernel/mm/vm/brk.c
// killed by: gives_back
/* The page in which the new break stands goes too. */
int mm_move_brk(struct mm *mm, vaddr_t brk)
{
	vaddr_t old_end = PAGE_ALIGN(mm->brk), new_end = brk < mm->brk ? ALIGN_DOWN(brk, PAGE_SIZE) : PAGE_ALIGN(brk);
	int err = 0;

	if (brk < mm->start_brk || brk > USER_TOP)
		return -ENOMEM;
	if (brk > mm->brk && brk - mm->start_brk > mm->rlimit_data)
		return -ENOMEM;
	if (new_end > old_end)
		err = grow(mm, old_end, new_end);
	else if (new_end < old_end)
		err = shrink(mm, new_end, old_end);
	if (err == 0)
		mm->brk = brk;
	return err;
}
