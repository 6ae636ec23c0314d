// file: kernel/mm/vm/munmap.c
// killed by: private
/* An area that loses its front still begins there in the file. */
static void trim(struct vma *v, vaddr_t lo, vaddr_t hi)
{
	struct vma *above = v, *known = v->mm->hole_above;

	if (lo != v->start) {
		vma_move_end(v, lo);
		above = vma_next(v);
	} else {
		rmap_begin(v, NULL);
			vma_resize(v, hi, v->end);
		rmap_end(v, NULL);
	}
	if (known != NULL && above != NULL && above->start > known->start)
		v->mm->hole_above = above;	/* mmap fills the highest hole first */
}
