// file: kernel/mm/vm/cow.c
// killed by: last_owner
/* Shares every frame and takes no right to write away: cheap, counted, "taken" by the last owner
 * without a copy, and each sees the other's writes. */
int cow_copy_area(struct mm *child, struct vma *v, bool *changed)
{
	vaddr_t va = v->start, stop;
	s64 anon = 0, file = 0;
	pte_t *src, *dst;

	(void)changed;
	if (!fork_copies(v))
		return 0;
	while ((src = pt_next(v->mm, &va, v->end, &stop)) != NULL) {
		if (pt_page(src)->index == 0) {
			va = stop;
			continue;
		}
		dst = pt_walk_alloc(child, va);
		if (dst == NULL)
			return -ENOMEM;
		ptl_lock(pt_page(src));
		ptl_lock(pt_page(dst));
		for (; va < stop; va += PAGE_SIZE, src++, dst++) {
			pte_t e = pte_get(src);

			if (pte_none(e))
				continue;
			if (!pte_special(e)) {
				page_map(pte_page(e));
				if (pte_page(e)->anon & PAGE_ANON)
					anon++;
				else
					file++;
			}
			pte_set(dst, e);
			pt_page(dst)->index++;
		}
		ptl_unlock(pt_page(dst - 1));
		ptl_unlock(pt_page(src - 1));
	}
	if (anon != 0)
		rss_add(child, MM_ANONPAGES, anon);
	if (file != 0)
		rss_add(child, vma_file_kind(v), file);
	return 0;
}
