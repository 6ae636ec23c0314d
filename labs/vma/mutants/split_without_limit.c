// file: kernel/mm/vm/vma.c
// killed by: limit
/* The number of areas is not looked at. */
int vma_split(struct vma *v, vaddr_t addr)
{
	struct mm *mm = v->mm;
	struct vma *new;

	assert(addr > v->start && addr < v->end);
	new = vma_alloc();
	if (new == NULL)
		return -ENOMEM;
	*new = *v;
	new->start = addr;
	new->pgoff = vma_index(v, addr);
	share_file(new->file);
	rmap_begin(v, NULL);
	vma_resize(v, v->start, addr);
	vma_insert_before(mm, new, vma_next(v));
	if (v->anon_vma != NULL)
		rmap_join(new, v->anon_vma);
	rmap_end(v, new);
	return 0;
}
