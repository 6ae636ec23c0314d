// file: kernel/mm/vm/vma.c
// killed by: rules
/* Areas whose pages have different owners become one. */
bool vma_mergeable(const struct vma *a, const struct vma *b)
{
	return a->end == b->start && a->flags == b->flags && a->file == b->file &&
	       a->pgoff + vma_pages(a) == b->pgoff;
}
