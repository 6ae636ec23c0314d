// SPDX-License-Identifier: MIT
/* Starter of lab mmap: every page of a file that is touched is copied at once. */

int file_fault(struct vma *v, vaddr_t va, pte_t *pte, int access)
{
	struct page *p, *copy, *table = pt_page(pte);
	int err = 0;

	/* TODO: a read maps the page of the page cache itself, with those around it; a write
	 * to a shared area too, after the file system was told. */
	(void)access;
	if (v->flags & VM_SHARED)
		return -EFAULT;
	p = filemap_fault(v->file, vma_index(v, va), &err);
	if (p == NULL)
		return err == -ENOMEM ? -ENOMEM : -EFAULT;
	copy = anon_page_alloc(v, va, false);
	if (copy == NULL) {
		put_page(p);
		return -ENOMEM;
	}
	copy_page(page_address(copy), page_address(p));
	if (v->flags & VM_EXEC)
		sync_icache(v->mm, &copy, 1);
	ptl_lock(table);
	if (!pte_none(pte_get(pte)) || READ_ONCE(p->mapping) != vma_mapping(v)) {
		ptl_unlock(table);
		anon_page_discard(copy);
		put_page(p);
		return FK_SPURIOUS;	/* or truncated: the access will fault again */
	}
	anon_page_map(v, pte, copy);
	table->index++;
	ptl_unlock(table);
	put_page(p);
	rss_add(v->mm, MM_ANONPAGES, 1);
	return FK_FILE_COPY;
}

int file_mkwrite(struct vma *v, vaddr_t va, pte_t *pte, pte_t seen)
{
	/* TODO: the first write to a page of a shared area that was read before. */
	(void)v;
	(void)va;
	(void)pte;
	(void)seen;
	return -EFAULT;
}
