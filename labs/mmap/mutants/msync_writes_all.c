// file: kernel/mm/vm/msync.c
// killed by: sync
/* No area is looked at: everything there is goes to the disk. */
int do_msync(struct mm *mm, vaddr_t start, size_t len, int flags)
{
	vaddr_t va = start, end;
	int err, hole = 0;

	if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
	    (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	err = user_range(start, len, &end);
	while (err == 0 && va < end) {
		struct vma *v;

		down_read(&mm->mmap_lock);
		v = vma_find(mm, va);
		if (v == NULL || v->start > va)
			hole = -ENOMEM;
		va = v == NULL ? end : v->end;
		up_read(&mm->mmap_lock);
	}
	if (flags & MS_SYNC)
		sync_filesystems();
	return err != 0 ? err : hole;
}
