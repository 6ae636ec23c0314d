// file: kernel/mm/vm/vma.c
// killed by: huge
/* The tree is asked for more than a gap can say. */
vaddr_t vma_gap(struct mm *mm, size_t len, vaddr_t low, vaddr_t high)
{
	vaddr_t end = list_empty(&mm->vmas) ? 0 : list_last(&mm->vmas, struct vma, link)->end;

	settle(mm);
	end = MAX(end, low);
	if (high > end && high - end >= len)
		return high - len;
	end = gap_in_subtree(mm->tree.node, MIN(len, GAP_MAX), low, high);
	return likely(end != 0) ? end + MIN(len, GAP_MAX) - len : gap_in_list(mm, len, low, high);
}
