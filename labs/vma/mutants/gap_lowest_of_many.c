// file: kernel/mm/vm/vma.c
// killed by: search
/* Among many areas the first hole that is large enough, from below: max_gap is never asked. */
vaddr_t vma_gap(struct mm *mm, size_t len, vaddr_t low, vaddr_t high)
{
	vaddr_t end = list_empty(&mm->vmas) ? 0 : list_last(&mm->vmas, struct vma, link)->end, found;
	struct vma *v;

	settle(mm);
	end = MAX(end, low);
	if (high > end && high - end >= len)
		return high - len;
	if (mm->nr_vmas > 1000)
		list_for_each(v, &mm->vmas, link)
			if ((found = vma_gap_below(v, len, low, high)) != 0)
				return found;
	end = len <= GAP_MAX ? gap_in_subtree(mm->tree.node, len, low, high) : 0;
	return likely(end != 0) ? end : gap_in_list(mm, len, low, high);
}
