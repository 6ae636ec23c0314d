// file: kernel/mm/vm/filefault.c
// killed by: behind_the_end
/* Behind the end of the file there are zeroes. */
int file_fault(struct vma *v, vaddr_t va, pte_t *pte, int access)
{
	int result, err = 0;

	for (;;) {
		struct page *p = filemap_fault(v->file, vma_index(v, va), &err);

		if (unlikely(p == NULL))
			return err == -ENOMEM ? -ENOMEM : access == FAULT_WRITE ? anon_fault(v, va, pte) :
			       zero_fault(v, pte);
		if (access != FAULT_WRITE)
			result = map_around(v, va, pte, p);
		else if (v->flags & VM_SHARED)
			result = map_shared_write(v, pte, p, (pte_t){ 0 });
		else
			result = map_private_copy(v, va, pte, p);
		if (likely(result != -EAGAIN))
			return result;
		if (!pte_none(pte_get(pte)))
			return FK_SPURIOUS;
	}
}
