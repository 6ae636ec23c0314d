// file: kernel/mm/vm/mmap.c
// killed by: fixed
/* MAP_FIXED_NOREPLACE replaces. */
static long place_request(struct mm *mm, vaddr_t addr, size_t len, int flags, struct vma **next)
{
	if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))) {
		addr = mmap_find(mm, addr, len, next);
		return addr != 0 ? (long)addr : -ENOMEM;
	}
	*next = vma_find(mm, addr);
	if (*next != NULL && (*next)->start < addr + len) {
		int err = do_munmap(mm, addr, len);

		if (err != 0)
			return err;
		*next = vma_find(mm, addr);
	}
	return addr;
}
