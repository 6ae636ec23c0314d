// file: kernel/mm/vm/vma.c
// killed by: list_and_tree
/* The tree is never balanced: in order it is a list. */
static __noinline void settle_young(struct mm *mm, struct vma *v)
{
	struct vma *prev = vma_prev(v), *next = vma_next(v);
	struct rb_node **link = &mm->tree.node, *parent = NULL;

	if (next != NULL && next->node.left == NULL) {
		parent = &next->node;
		link = &parent->left;
	} else if (prev != NULL) {
		parent = &prev->node;
		link = &parent->right;
	}
	mm->young = NULL;
	v->gap = v->max_gap = offered(v, hole_below(v));
	rb_link(&v->node, parent, link);
	for (struct rb_node *n = &v->node; n != NULL; n = rb_parent(n))
		update_max_gap(n);
	if (next != NULL)
		set_gap(next, next->start - v->end);
}
