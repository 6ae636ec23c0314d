// file: kernel/mm/vm/vma.c
// killed by: gap
/* The lowest hole that fits, not the highest. */
static vaddr_t gap_in_subtree(const struct rb_node *n, size_t len, vaddr_t low, vaddr_t high)
{
	while (n != NULL && vma_of(n)->max_gap >= len) {	/* => len <= GAP_MAX */
		const struct vma *v = vma_of(n);
		vaddr_t found;

		found = gap_in_subtree(n->left, len, low, high);
		if (found == 0 && v->gap >= len)
			found = vma_gap_below(v, len, low, high);
		if (found != 0)
			return found;
		n = n->right;
	}
	return 0;
}
