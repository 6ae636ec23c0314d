// file: kernel/mm/vm/cow.c
// killed by: costs
/* Tables that do not exist are walked entry by entry. */

int cow_copy_area(struct mm *child, struct vma *v, bool *changed)
{
	vaddr_t va = v->start, stop;
	s64 anon = 0, file = 0;
	pte_t *src, *dst;
	int err = 0;

	if (!fork_copies(v))
		return 0;
	for (vaddr_t at = v->start; at < v->end; at += PAGE_SIZE)
		(void)pt_walk(v->mm, at);
	while ((src = pt_next(v->mm, &va, v->end, &stop)) != NULL) {
		struct page *from = pt_page(src), *to;

		if (from->index == 0) {
			va = stop;
			continue;
		}
		dst = pt_walk_alloc(child, va);
		if (dst == NULL) {
			err = -ENOMEM;
			break;
		}
		to = pt_page(dst);
		ptl_lock(from);
		ptl_lock(to);
		to->index += share_run(src, dst, (stop - va) >> PAGE_SHIFT, from->index, &anon,
				       &file, changed);
		ptl_unlock(to);
		ptl_unlock(from);
		va = stop;
	}
	if (anon != 0)
		rss_add(child, MM_ANONPAGES, anon);
	if (file != 0)
		rss_add(child, vma_file_kind(v), file);
	return err;
}
