// file: kernel/mm/vm/brk.c
// killed by: limits
/* The heap grows into the gap below a stack. */
static int grow(struct mm *mm, vaddr_t old_end, vaddr_t new_end)
{
	u32 flags = heap_accounted(mm);
	u64 pages = (new_end - old_end) >> PAGE_SHIFT;
	struct vma *v = heap_area(mm, old_end, old_end), *next;

	next = v != NULL ? vma_next(v) : vma_find(mm, old_end);
	if (next != NULL && next->start < new_end)
		return -ENOMEM;
	if (mm_may_add(mm, pages, flags) != 0 || vm_charge(mm, pages) != 0)
		return -ENOMEM;
	account_pages(mm, flags, NULL, pages);
	if (v == NULL || (next != NULL && next->start == new_end))
		return make_heap(mm, old_end, new_end, next);
	vma_move_end(v, new_end);
	return 0;
}
