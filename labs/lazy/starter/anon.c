// SPDX-License-Identifier: MIT
/* Starter of lab lazy: the first touch of an area gives frames to all of it. */

int zero_fault(struct vma *v, pte_t *pte)
{
	/* TODO: a read needs zeroes only, and one frame of zeroes is enough for everybody. */
	return anon_fault(v, v->start, pte);
}

int anon_fault(struct vma *v, vaddr_t va, pte_t *pte)
{
	/* TODO: give a frame to va alone, and look again under ptl whether another thread
	 * was first. */
	for (va = v->start; va < v->end; va += PAGE_SIZE) {
		struct page *p;

		pte = pt_walk_alloc(v->mm, va);
		if (pte == NULL)
			return -ENOMEM;
		if (!pte_none(pte_get(pte)))
			continue;
		p = anon_page_alloc(v, va, true);
		if (p == NULL)
			return -ENOMEM;
		ptl_lock(pt_page(pte));
		anon_page_map(v, pte, p);
		pt_page(pte)->index++;
		rss_add(v->mm, MM_ANONPAGES, 1);
		ptl_unlock(pt_page(pte));
	}
	return FK_ANON;
}
