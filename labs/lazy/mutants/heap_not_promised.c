// file: kernel/mm/vm/brk.c
// killed by: gives_back
/* sbrk asks nobody: no promise, no limit of the address space. */
static __always_inline u32 heap_accounted(const struct mm *mm)
{
	return (HEAP_FLAGS & ~VM_ACCOUNT) | (mm->def_flags & VM_LOCKED);
}

static __always_inline struct vma *heap_area(struct mm *mm, vaddr_t addr, vaddr_t end)
{
	struct vma *v = vma_at(mm, addr - 1);

	return v != NULL && v->end == end && v->file == NULL &&
	       v->flags == ((HEAP_FLAGS & ~VM_ACCOUNT) | mm->def_flags) ? v : NULL;
}

static __noinline int make_heap(struct mm *mm, vaddr_t start, vaddr_t end, struct vma *next)
{
	u32 flags = (HEAP_FLAGS & ~VM_ACCOUNT) | mm->def_flags;
	struct vma *fresh, want;

	vma_init(&want, mm, start, end, flags);
	if (vma_extend(mm, &want, next) == NULL) {
		fresh = vma_alloc();
		if (fresh == NULL)
			return -ENOMEM;
		vma_init(fresh, mm, start, end, flags);
		vma_insert_before(mm, fresh, next);
	}
	return 0;
}

static __always_inline int grow(struct mm *mm, vaddr_t old_end, vaddr_t new_end)
{
	u64 pages = (new_end - old_end) >> PAGE_SHIFT;
	struct vma *v = heap_area(mm, old_end, old_end), *next;

	next = v != NULL ? vma_next(v) : vma_find(mm, old_end);
	if (next != NULL && next->start < new_end + (next->flags & VM_GROWSDOWN ? STACK_GUARD : 0))
		return -ENOMEM;
	account_pages(mm, heap_accounted(mm), NULL, pages);
	if (v == NULL || (next != NULL && next->start == new_end))
		return make_heap(mm, old_end, new_end, next);
	vma_move_end(v, new_end);
	return 0;
}

static __always_inline int shrink(struct mm *mm, vaddr_t new_end, vaddr_t old_end)
{
	s64 pages = (old_end - new_end) >> PAGE_SHIFT;
	struct vma *v = heap_area(mm, new_end, old_end);

	if (v == NULL || !pt_range_empty(mm, new_end, old_end))
		return do_munmap(mm, new_end, old_end - new_end);
	account_pages(mm, heap_accounted(mm), NULL, -pages);
	vma_move_end(v, new_end);
	return 0;
}
