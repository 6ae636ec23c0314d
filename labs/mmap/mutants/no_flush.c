// file: kernel/mm/vm/munmap.c
// killed by: unmap
/* Entries are cleared, and the TLB still knows them. */
static __noinline void unmap_areas(struct vma *v, vaddr_t addr, vaddr_t end)
{
	struct vma *next;
	struct zap z;

	zap_begin(&z, v->mm, true);
	z.dying = true;			/* no flush, no counters */
	for (; v != NULL && v->start < end; v = next) {
		next = vma_next(v);
		zap_range(&z, v, MAX(v->start, addr), MIN(v->end, end));
		drop_part(v, MAX(v->start, addr), MIN(v->end, end));
	}
	zap_end(&z);
}
