// file: kernel/mm/vm/vma.c
// killed by: family
/* The child's tree has another shape and the parent's max_gap. */
static bool keep_max_gap(struct rb_node *n)
{
	(void)n;
	return false;
}

static struct rb_node *next_listed(void *cursor)
{
	struct list **at = cursor;
	struct vma *v = list_entry(*at, struct vma, link);

	*at = (*at)->next;
	v->gap = offered(v, hole_below(v));	/* the parent's young one may not have counted */
	return &v->node;
}

void vma_build_tree(struct mm *mm)
{
	struct list *at = mm->vmas.next;

	rb_build(&mm->tree, mm->nr_vmas, next_listed, &at, keep_max_gap);
	mm->young = NULL;
}
