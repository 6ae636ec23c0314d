// file: kernel/mm/vm/brk.c
// killed by: limits
/* The heap is promised, but not held against the limits of the address space. */
static __always_inline int grow(struct mm *mm, vaddr_t old_end, vaddr_t new_end)
{
	u32 flags = heap_accounted(mm);
	u64 pages = (new_end - old_end) >> PAGE_SHIFT;
	struct vma *v = heap_area(mm, old_end, old_end), *next;

	next = likely(v != NULL) ? vma_next(v) : vma_find(mm, old_end);
	if (next != NULL && next->start < new_end + (next->flags & VM_GROWSDOWN ? STACK_GUARD : 0))
		return -ENOMEM;
	if (vm_charge(mm, pages) != 0)
		return -ENOMEM;
	account_pages(mm, flags, NULL, pages);
	if (unlikely(v == NULL || (next != NULL && next->start == new_end)))
		return make_heap(mm, old_end, new_end, next);
	vma_move_end(v, new_end);
	return 0;
}
