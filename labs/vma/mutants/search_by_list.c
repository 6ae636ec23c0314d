// file: kernel/mm/vm/vma.c
// killed by: cost
/* The tree is kept, and nobody asks it. */
struct vma *vma_search(struct mm *mm, vaddr_t addr)
{
	struct vma *v;

	list_for_each(v, &mm->vmas, link) {
		if (addr < v->end) {
			if (v->start <= addr)
				mm->vma_cache[vma_cache_slot()] = v;
			return v;
		}
	}
	return NULL;
}
