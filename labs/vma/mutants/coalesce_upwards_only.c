// file: kernel/mm/vm/vma.c
// killed by: merge
/* The neighbour below is forgotten. */
struct vma *vma_coalesce(struct vma *v)
{
	struct vma *prev = vma_prev(v), *next = vma_next(v);

	if (next != NULL && vma_mergeable(v, next))
		absorb(v, next);
	if (prev != NULL && next == NULL && vma_mergeable(prev, v)) {
		absorb(prev, v);
		v = prev;
	}
	return v;
}
