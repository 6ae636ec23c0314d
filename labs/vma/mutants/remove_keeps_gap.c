// file: kernel/mm/vm/vma.c
// killed by: list_and_tree
/* The area above does not learn that the hole below it is larger. */
void vma_remove(struct vma *v)
{
	struct mm *mm = v->mm;
	struct vma *next = vma_next(v);

	if (likely(mm->young == v)) {
		mm->young = NULL;
	} else {
		settle(mm);
		rb_erase(&mm->tree, &v->node, update_max_gap);
	}
	list_del(&v->link);
	if (mm->hole_above != NULL && mm->hole_above->start <= v->start)
		mm->hole_above = next;		/* the hole below it reaches down to v's place */
	for (unsigned i = 0; i < harts_up(); i++)
		if (mm->vma_cache[i] == v)
			mm->vma_cache[i] = NULL;
	mm->nr_vmas--;
}
