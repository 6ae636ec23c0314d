// file: kernel/mm/vm/cow.c
// killed by: isolation
/* The new frame is mapped without the old one's contents. */

/* Case copy. */
static __noinline int break_copy(struct vma *v, vaddr_t va, pte_t *pte, pte_t seen)
{
	struct page *table = pt_page(pte), *old = pte_page(seen), *p;
	bool was_anon;
	pte_t e;

	p = anon_page_alloc(v, va, false);
	if (p == NULL)
		return -ENOMEM;
	ptl_lock(table);
	e = pte_get(pte);
	if (unlikely(!same_entry(e, seen))) {
		ptl_unlock(table);
		anon_page_discard(p);
		return FK_SPURIOUS;	/* the access will say whether it is still a fault */
	}
	if (unlikely(take_as_last_owner(pte, e))) {	/* the others left while we allocated */
		ptl_unlock(table);
		anon_page_discard(p);
		return FK_COW_REUSE;
	}
	/* Write-protected wherever it is mapped (C1), and our mapping keeps its owners from
	 * being the last: the contents stand still. */
	replace_page(v, va, pte, p);
	ptl_unlock(table);
	count_vm_event(COW_COPY);
	was_anon = old->anon & PAGE_ANON;
	if ((u32)page_unmap(old) == 0)
		put_page_last(old);
	if (!was_anon) {
		rss_add(v->mm, vma_file_kind(v), -1);
		rss_add(v->mm, MM_ANONPAGES, 1);
	}
	return FK_COW_COPY;
}
