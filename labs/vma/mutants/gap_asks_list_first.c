// file: kernel/mm/vm/vma.c
// killed by: search
/* The tree is asked only for what it cannot know: every other search walks the list. */
vaddr_t vma_gap(struct mm *mm, size_t len, vaddr_t low, vaddr_t high)
{
	vaddr_t end = list_empty(&mm->vmas) ? 0 : list_last(&mm->vmas, struct vma, link)->end;

	settle(mm);
	end = MAX(end, low);
	if (high > end && high - end >= len)
		return high - len;
	end = len > GAP_MAX ? gap_in_subtree(mm->tree.node, len, low, high) : 0;
	return likely(end != 0) ? end : gap_in_list(mm, len, low, high);
}
