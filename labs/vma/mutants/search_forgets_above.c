// file: kernel/mm/vm/vma.c
// killed by: random_changes
/* An address in a hole is said to have nothing above it. */
struct vma *vma_search(struct mm *mm, vaddr_t addr)
{
	struct vma *best = NULL, *young = mm->young;
	struct rb_node *n = mm->tree.node;

	while (n != NULL) {
		struct vma *v = vma_of(n);

		if (addr >= v->end) {
			n = n->right;
			continue;
		}
		best = v;
		if (addr >= v->start)
			break;
		n = n->left;
	}
	if (young != NULL && addr < young->end && (best == NULL || young->start < best->start))
		best = young;
	if (best != NULL && addr >= best->start)
		mm->vma_cache[vma_cache_slot()] = best;
	return best != NULL && best->start <= addr ? best : NULL;
}
