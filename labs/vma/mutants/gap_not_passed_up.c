// file: kernel/mm/vm/vma.c
// killed by: list_and_tree
/* max_gap is corrected in the node and not in those above. */
static __noinline void propagate_gap(struct rb_node *n)
{
	update_max_gap(n);
}
