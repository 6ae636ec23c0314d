// file: kernel/mm/vm/msync.c
// killed by: sync
/* The end of the range is not looked at: the files of all areas above are written too. */
int do_msync(struct mm *mm, vaddr_t start, size_t len, int flags)
{
	vaddr_t va = start, end;
	int err, hole = 0;

	if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
	    (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	err = user_range(start, len, &end);
	while (err == 0) {
		struct file *f = NULL;
		struct vma *v;

		down_read(&mm->mmap_lock);
		v = vma_find(mm, va);
		if (va < end && (v == NULL || v->start > va))
			hole = -ENOMEM;
		if (v == NULL) {
			up_read(&mm->mmap_lock);
			break;
		}
		if ((flags & MS_SYNC) && v->file != NULL && (v->flags & VM_SHARED))
			f = file_get(v->file);
		va = v->end;
		up_read(&mm->mmap_lock);
		if (f != NULL)
			err = sync_file_part(f, 0, ~0UL);
	}
	return err != 0 ? err : hole;
}
