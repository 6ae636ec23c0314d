// file: kernel/mm/vm/munmap.c
// killed by: unmap
/* The length is rounded down. */
int do_munmap(struct mm *mm, vaddr_t addr, size_t len)
{
	vaddr_t end;
	struct vma *v;

	if (len == 0 || user_range(addr, len, &end) != 0)
		return -EINVAL;
	if (len & ~PAGE_MASK)
		end -= PAGE_SIZE;
	v = vma_find(mm, addr);
	if (v == NULL || v->start >= end)
		return 0;
	/* Memory that was never touched, part of one area: nothing to flush or to free. */
	if (likely(v->start >= addr && v->end == end && vma_untouched(v))) {
		drop_part(v, v->start, end);
		return 0;
	}
	if (v->start < addr && v->end > end) {
		int err = vma_split(v, end);

		if (err != 0)
			return err;
	}
	if (v->end >= end && (vma_untouched(v) || pt_range_empty(mm, addr, end)))
		drop_part(v, MAX(v->start, addr), end);
	else
		unmap_areas(v, addr, end);
	return 0;
}
