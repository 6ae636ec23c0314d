// file: kernel/mm/vm/vma.c
// killed by: merge
/* A closed hole leaves two areas that could be one. */
struct vma *vma_extend(struct mm *mm, const struct vma *want, struct vma *next)
{
	struct vma *prev = vma_below(mm, next);

	if (prev != NULL && vma_mergeable(prev, want)) {
		vma_move_end(prev, want->end);
		return prev;
	}
	if (next != NULL && vma_mergeable(want, next)) {
		rmap_begin(next, NULL);
		next->pgoff = want->pgoff;
		vma_resize(next, want->start, next->end);
		rmap_end(next, NULL);
		return next;
	}
	return NULL;
}
