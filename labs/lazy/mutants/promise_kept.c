// file: kernel/mm/vm/brk.c
// killed by: gives_back
/* What sbrk down gives back is still counted as promised. */
static int shrink(struct mm *mm, vaddr_t new_end, vaddr_t old_end)
{
	s64 pages = (old_end - new_end) >> PAGE_SHIFT;
	struct vma *v = vma_find(mm, new_end);

	if (v == NULL || v->start >= new_end || v->end != old_end || v->file != NULL ||
	    !(v->flags & VM_ACCOUNT) || !pt_range_empty(mm, new_end, old_end))
		return do_munmap(mm, new_end, old_end - new_end);
	vma_account(mm, v, -pages);
	vma_move_end(v, new_end);
	return 0;
}
