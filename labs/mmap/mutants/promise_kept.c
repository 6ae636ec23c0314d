// file: kernel/mm/vm/munmap.c
// killed by: leak
/* What goes is still counted as promised. */
static void drop_part(struct vma *v, vaddr_t lo, vaddr_t hi)
{
	s64 pages = (hi - lo) >> PAGE_SHIFT;

	vma_account(v->mm, v, -pages);
	if (lo != v->start || hi != v->end) {
		trim(v, lo, hi);
		return;
	}
	vma_remove(v);
	if (!vma_untouched(v))
		rmap_unlink(v);
	vma_free(v);
}
