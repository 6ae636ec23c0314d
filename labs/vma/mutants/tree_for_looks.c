// file: kernel/mm/vm/vma.c
// killed by: cost
/* There is no tree but for who looks: made anew from the list at each change while the areas are few.
 * Who searches walks the list. */
static void looks(struct mm *mm)
{
	mm->tree.node = NULL;
	mm->young = NULL;
	if (mm->nr_vmas < 1000 && mm->nr_vmas > 0)
		vma_build_tree(mm);
}

static inline void settle(struct mm *mm)
{
	(void)mm;
}

struct vma *vma_search(struct mm *mm, vaddr_t addr)
{
	struct vma *v = mm->vma_cache[vma_cache_slot()], *p;

	if (v == NULL || (mm->hole_above != NULL && addr > v->start))
		v = mm->hole_above != NULL && addr >= mm->hole_above->start ? mm->hole_above :
		    v != NULL ? v : vma_first(mm);
	while (v != NULL && addr >= v->end)
		v = vma_next(v);
	while (v != NULL && (p = vma_prev(v)) != NULL && addr < p->end)
		v = p;
	if (v != NULL && addr >= v->start)
		mm->vma_cache[vma_cache_slot()] = v;
	return v;
}

void vma_insert_before(struct mm *mm, struct vma *v, struct vma *next)
{
	list_add_tail(&v->link, next != NULL ? &next->link : &mm->vmas);
	mm->vma_cache[vma_cache_slot()] = v;
	mm->nr_vmas++;
	looks(mm);
}

void vma_remove(struct vma *v)
{
	struct mm *mm = v->mm;
	struct vma *next = vma_next(v), *near = vma_prev(v) != NULL ? vma_prev(v) : next;

	list_del(&v->link);
	if (mm->hole_above != NULL && mm->hole_above->start <= v->start)
		mm->hole_above = next;
	for (unsigned i = 0; i < harts_up(); i++)
		if (mm->vma_cache[i] == v)
			mm->vma_cache[i] = near;
	mm->nr_vmas--;
	looks(mm);
}

void vma_resize(struct vma *v, vaddr_t start, vaddr_t end)
{
	v->start = start;
	v->end = end;
	looks(v->mm);
}

void vma_move_end(struct vma *v, vaddr_t end)
{
	vma_resize(v, v->start, end);
}

vaddr_t vma_gap(struct mm *mm, size_t len, vaddr_t low, vaddr_t high)
{
	vaddr_t end = list_empty(&mm->vmas) ? 0 : list_last(&mm->vmas, struct vma, link)->end;

	end = MAX(end, low);
	if (high > end && high - end >= len)
		return high - len;
	return gap_in_list(mm, len, low, high);
}
