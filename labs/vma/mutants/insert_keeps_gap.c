// file: kernel/mm/vm/vma.c
// killed by: list_and_tree
/* The area above does not learn that the hole below it is smaller. */
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
	rb_insert(&mm->tree, &v->node, update_max_gap);
}
