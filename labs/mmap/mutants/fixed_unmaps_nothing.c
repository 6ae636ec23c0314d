// file: kernel/mm/vm/mmap.c
// killed by: fixed
/* MAP_FIXED does not remove what was there. */
static long place_request(struct mm *mm, vaddr_t addr, size_t len, int flags, struct vma **next)
{
	if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))) {
		addr = mmap_find(mm, addr, len, next);
		return addr != 0 ? (long)addr : -ENOMEM;
	}
	*next = vma_find(mm, addr);
	if (*next != NULL && (*next)->start < addr + len) {
		int err = flags & MAP_FIXED_NOREPLACE ? -EEXIST : vma_cut(mm, addr, addr + len);

		if (err != 0)
			return err;
		if ((*next)->start < addr)
			*next = vma_find(mm, addr);
		if (*next != NULL && (*next)->start < addr + len) {
			struct vma *old = *next;

			*next = vma_next(old);
			vma_remove(old);
			rmap_unlink(old);
			vma_free(old);
		}
	}
	return addr;
}
