// SPDX-License-Identifier: MIT
/* Starter of lab lazy: sbrk gives the frames at once, and never takes any back. */

int mm_move_brk(struct mm *mm, vaddr_t brk)
{
	vaddr_t old_end = PAGE_ALIGN(mm->brk), new_end = PAGE_ALIGN(brk);
	u64 pages = (new_end - old_end) >> PAGE_SHIFT;
	struct vma *v = vma_find(mm, old_end - 1), want, *fresh;
	int err = 0;

	if (brk < mm->start_brk || brk > USER_TOP)
		return -ENOMEM;
	/* TODO: downwards, what is beyond brk has to go.  So far only the number moves, and
	 * the heap's area keeps its end. */
	if (v != NULL && v->start < old_end && v->end > old_end && v->file == NULL) {
		old_end = MIN(v->end, new_end);
		pages = (new_end - old_end) >> PAGE_SHIFT;
	}
	if (new_end > old_end) {
		v = vma_find(mm, old_end);
		/* TODO: limits (mm_may_add), and the guard below a stack. */
		if ((v != NULL && v->start < new_end) || vm_charge(mm, pages) != 0)
			return -ENOMEM;
		vma_init(&want, mm, old_end, new_end, HEAP_FLAGS | mm->def_flags);
		if (vma_extend(mm, &want, v) == NULL) {
			fresh = vma_alloc();
			if (fresh == NULL) {
				vm_charge(mm, -(s64)pages);
				return -ENOMEM;
			}
			vma_init(fresh, mm, old_end, new_end, want.flags);
			vma_insert_before(mm, fresh, v);
		}
		vma_account(mm, &want, pages);
		/* TODO: this is what sbrk should not do. */
		up_write(&mm->mmap_lock);	/* faults take it for reading */
		err = mm_populate(mm, old_end, new_end);
		down_write(&mm->mmap_lock);
	}
	if (err == 0)
		mm->brk = brk;
	return err;
}
