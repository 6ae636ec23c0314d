// file: kernel/mm/vm/vma.c
// killed by: merge
/* Pieces of a file that do not follow each other become one. */
bool vma_mergeable(const struct vma *a, const struct vma *b)
{
	return a->end == b->start && a->flags == b->flags && a->file == b->file &&
	       (a->anon_vma == b->anon_vma || a->anon_vma == NULL || b->anon_vma == NULL);
}
