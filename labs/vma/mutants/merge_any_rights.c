// file: kernel/mm/vm/vma.c
// killed by: merge
/* Neighbours with different rights become one. */
bool vma_mergeable(const struct vma *a, const struct vma *b)
{
	return a->end == b->start &&  a->file == b->file &&
	       a->pgoff + vma_pages(a) == b->pgoff &&
	       (a->anon_vma == b->anon_vma || a->anon_vma == NULL || b->anon_vma == NULL);
}
