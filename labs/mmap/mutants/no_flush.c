// file: kernel/mm/vm/munmap.c
// killed by: unmap
/* Entries are cleared, and the TLB still knows them. */
static __noinline void unmap_areas(struct vma *first, vaddr_t addr, vaddr_t end)
{
	struct vma *v, *next;
	struct zap z;

	zap_begin(&z, first->mm, true);
	z.dying = true;			/* no flush, no counters */
	for (v = first; v != NULL && v->start < end; v = vma_next(v))
		zap_range(&z, v, MAX(v->start, addr), MIN(v->end, end));
	zap_end(&z);
	for (v = first; v != NULL && v->start < end; v = next) {
		next = vma_next(v);
		drop_part(v, MAX(v->start, addr), MIN(v->end, end));
	}
}
