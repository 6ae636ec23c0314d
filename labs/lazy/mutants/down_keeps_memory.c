// file: kernel/mm/vm/brk.c
// killed by: gives_back
/* The number goes down, the memory stays. */
static int shrink(struct mm *mm, vaddr_t new_end, vaddr_t old_end)
{
	(void)mm;
	(void)new_end;
	(void)old_end;
	return 0;
}
