// file: kernel/mm/vm/filefault.c
// killed by: shared
/* The page becomes writable and the file system is not told. */
static int map_shared_write(struct vma *v, pte_t *pte, struct page *p, pte_t seen)
{
	u64 bits = vm_prot(v->flags) | PTE_A | PTE_D;
	struct page *table = pt_page(pte);
	int err = 0;

	if (unlikely(err != 0)) {
		put_page(p);
		return err == -EFAULT ? -EAGAIN : err == -ENOMEM ? -ENOMEM : -EFAULT;
	}
	lock_page(p);
	ptl_lock(table);
	if (unlikely(!same_entry(pte_get(pte), seen))) {
		ptl_unlock(table);
		unlock_page(p);
		put_page(p);
		return FK_SPURIOUS;
	}
	if (pte_none(seen)) {
		map_file_page(table, pte, p, bits);
		ptl_unlock(table);
		rss_add(v->mm, vma_file_kind(v), 1);
		unlock_page(p);
	} else {
		pte_set(pte, pte_make(page_to_pfn(p), bits));
		ptl_unlock(table);
		unlock_page(p);
		put_page(p);
	}
	return FK_FILE_WRITE;
}
