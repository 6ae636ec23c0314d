// file: kernel/mm/vm/vma.c
// killed by: list_and_tree
/* max_gap is corrected in the node and not in those above. */
static inline void set_gap(struct vma *v, size_t hole)
{
	struct rb_node *n = &v->node;
	size_t gap = offered(v, hole);

	if (gap == v->gap)
		return;
	v->gap = gap;
	update_max_gap(n);
}
