// SPDX-License-Identifier: MIT
/* Starter of lab cow: fork copies every frame; a private file page is copied on write. */

int cow_copy_area(struct mm *child, struct vma *v, bool *changed)
{
	vaddr_t va = v->start, stop;
	pte_t *src, *dst;

	(void)changed;
	if (!fork_copies(v))
		return 0;
	/* TODO: share the frames instead: count them, take the right to write away in
	 * both tables, and tell fork (*changed) that the parent's TLB knows better. */
	while ((src = pt_next(v->mm, &va, v->end, &stop)) != NULL)
		for (; va < stop; va += PAGE_SIZE, src++) {
			pte_t e = pte_get(src);
			struct page *p;

			/* The zero frame, and a file's: the child's own fault brings it. */
			if (pte_none(e) || pte_special(e) || !(pte_page(e)->anon & PAGE_ANON))
				continue;
			dst = pt_walk_alloc(child, va);
			p = dst != NULL ? anon_page_alloc(v, va, false) : NULL;
			if (p == NULL)
				return -ENOMEM;
			copy_page(page_address(p), page_address(pte_page(e)));
			ptl_lock(pt_page(dst));
			pt_page(dst)->index++;
			anon_page_map(v, dst, p);
			rss_add(child, MM_ANONPAGES, 1);
			ptl_unlock(pt_page(dst));
		}
	return 0;
}

int cow_break(struct vma *v, vaddr_t va, pte_t *pte, pte_t seen)
{
	struct page *table = pt_page(pte), *old, *p;
	bool was_anon;

	if (pte_special(seen))
		return break_zero(v, va, pte);
	/* TODO: the last owner of an anonymous frame just takes it. */
	p = anon_page_alloc(v, va, false);
	if (p == NULL)
		return -ENOMEM;
	ptl_lock(table);
	if (!same_entry(pte_get(pte), seen)) {
		ptl_unlock(table);
		anon_page_discard(p);
		return FK_SPURIOUS;
	}
	old = pte_page(seen);
	was_anon = old->anon & PAGE_ANON;
	copy_page(page_address(p), page_address(old));
	anon_page_map(v, pte, p);
	ptl_unlock(table);
	tlb_flush_page(v->mm, va);
	if ((u32)page_unmap(old) == 0)
		put_page_last(old);
	if (!was_anon) {
		rss_add(v->mm, vma_file_kind(v), -1);
		rss_add(v->mm, MM_ANONPAGES, 1);
	}
	return FK_COW_COPY;
}
