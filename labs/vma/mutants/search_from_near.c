// file: kernel/mm/vm/vma.c
// killed by: cost
/* The tree is kept, and the list is walked: from the area found last, the last hole or the first. */
static u64 apart(vaddr_t a, vaddr_t b)
{
	return a > b ? a - b : b - a;
}

struct vma *vma_search(struct mm *mm, vaddr_t addr)
{
	struct vma *v = mm->vma_cache[vma_cache_slot()], *p;
	struct vma *known[] = { mm->hole_above, vma_first(mm),
				list_empty(&mm->vmas) ? NULL : list_last(&mm->vmas, struct vma, link) };

	for (int i = 0; i < 3; i++)
		if (known[i] != NULL && (v == NULL || apart(known[i]->start, addr) < apart(v->start, addr)))
			v = known[i];
	while (v != NULL && addr >= v->end)
		v = vma_next(v);
	while (v != NULL && (p = vma_prev(v)) != NULL && addr < p->end)
		v = p;
	if (v != NULL && addr >= v->start)
		mm->vma_cache[vma_cache_slot()] = v;
	return v;
}
