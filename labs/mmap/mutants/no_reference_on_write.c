// file: kernel/mm/vm/filefault.c
// killed by: shared
/* The page that becomes writable is looked at without a reference, and one is given back. */
int file_mkwrite(struct vma *v, vaddr_t va, pte_t *pte, pte_t seen)
{
	struct page *table = pt_page(pte), *p = pte_page(seen);
	int result;

	(void)va;
	ptl_lock(table);
	if (unlikely(!same_entry(pte_get(pte), seen))) {
		ptl_unlock(table);
		return FK_SPURIOUS;
	}
	ptl_unlock(table);
	result = map_shared_write(v, pte, p, seen);
	return result == -EAGAIN ? FK_SPURIOUS : result;
}
