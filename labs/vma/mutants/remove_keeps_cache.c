// file: kernel/mm/vm/vma.c
// killed by: find
/* The area found last is remembered after it has gone. */
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
	if (mm->hole_above != NULL && mm->hole_above->start <= v->start)
		mm->hole_above = next;		/* the hole below it reaches down to v's place */
	mm->nr_vmas--;
}
