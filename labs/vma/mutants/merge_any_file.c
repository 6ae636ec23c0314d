// file: kernel/mm/vm/vma.c
// killed by: rules
/* Neighbours of different files become one if the offsets happen to fit. */
bool vma_mergeable(const struct vma *a, const struct vma *b)
{
	return a->end == b->start && a->flags == b->flags &&
	       a->pgoff + vma_pages(a) == b->pgoff &&
	       (a->anon_vma == b->anon_vma || a->anon_vma == NULL || b->anon_vma == NULL);
}
