// file: kernel/mm/vm/munmap.c
// killed by: unmap
/* The areas go and what they map stays. */
static __noinline void unmap_areas(struct vma *first, vaddr_t addr, vaddr_t end)
{
	struct vma *v, *next;

	for (v = first; v != NULL && v->start < end; v = next) {
		next = vma_next(v);
		drop_part(v, MAX(v->start, addr), MIN(v->end, end));
	}
}
