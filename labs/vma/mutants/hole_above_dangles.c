// file: kernel/mm/vm/vma.c
// killed by: list_and_tree
/* mmap looks for a hole below an area that has gone. */
void vma_remove(struct vma *v)
{
	struct mm *mm = v->mm;
	struct vma *next = vma_next(v);

	if (likely(mm->young == v)) {
		mm->young = NULL;
	} else {
		settle(mm);
		/* The joined hole first: then taking v's own away makes little difference above. */
		if (next != NULL)
			set_gap(next, next->start - v->start + hole_below(v));
		rb_erase(&mm->tree, &v->node, update_max_gap);
	}
	list_del(&v->link);
	for (unsigned i = 0; i < harts_up(); i++)
		if (mm->vma_cache[i] == v)
			mm->vma_cache[i] = NULL;
	mm->nr_vmas--;
}
