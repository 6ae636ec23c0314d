// file: kernel/mm/vm/vma.c
// killed by: merge
/* An area that grows downwards keeps the offset of its old start. */
struct vma *vma_extend(struct mm *mm, const struct vma *want, struct vma *next)
{
	struct vma *prev = vma_below(mm, next);

	if (prev != NULL && vma_mergeable(prev, want)) {
		vma_move_end(prev, want->end);
		if (next != NULL && vma_mergeable(prev, next))
			absorb(prev, next);
		return prev;
	}
	if (next != NULL && vma_mergeable(want, next)) {
		rmap_begin(next, NULL);
		vma_resize(next, want->start, next->end);
		rmap_end(next, NULL);
		return next;
	}
	return NULL;
}
