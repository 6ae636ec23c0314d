// file: kernel/mm/vm/brk.c
// killed by: limits
/* The heap grows into the gap below a stack. */
static int grow(struct mm *mm, vaddr_t old_end, vaddr_t new_end)
{
	u32 flags = HEAP_FLAGS | mm->def_flags;
	u64 pages = (new_end - old_end) >> PAGE_SHIFT;
	struct vma *v = growable(mm, old_end, flags), *next, *fresh, want;

	next = v != NULL ? vma_next(v) : vma_find(mm, old_end);
	if (next != NULL && next->start < new_end)
		return -ENOMEM;
	if (mm_may_add(mm, pages, flags) != 0 || vm_charge(mm, pages) != 0)
		return -ENOMEM;
	if (likely(v != NULL && (next == NULL || next->start > new_end))) {
		vma_move_end(v, new_end);
		vma_account(mm, v, pages);
		return 0;
	}
	vma_init(&want, mm, old_end, new_end, flags);
	if (vma_extend(mm, &want, next) == NULL) {
		fresh = mm->nr_vmas < MAX_MAP_COUNT ? vma_alloc() : NULL;
		if (fresh == NULL) {
			vm_charge(mm, -(s64)pages);
			return -ENOMEM;
		}
		vma_init(fresh, mm, old_end, new_end, flags);
		vma_insert_before(mm, fresh, next);
	}
	vma_account(mm, &want, pages);
	return 0;
}
