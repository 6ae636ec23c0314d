// file: kernel/mm/vm/msync.c
// killed by: sync
/* A range with a hole is as good as another. */
int do_msync(struct mm *mm, vaddr_t start, size_t len, int flags)
{
	vaddr_t va = start, end;
	int err, hole = 0;

	if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
	    (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	err = user_range(start, len, &end);
	while (err == 0 && va < end) {
		struct file *f = NULL;
		struct vma *v;
		u64 first = 0, last = 0;

		down_read(&mm->mmap_lock);
		v = vma_find(mm, va);
		if (v == NULL || v->start > va)
			hole = 0;
		if (v == NULL || v->start >= end) {
			up_read(&mm->mmap_lock);
			break;
		}
		va = MAX(va, v->start);
		if ((flags & MS_INVALIDATE) && (v->flags & VM_LOCKED))
			err = -EBUSY;
		else if ((flags & MS_SYNC) && v->file != NULL && (v->flags & VM_SHARED)) {
			f = file_get(v->file);
			first = vma_index(v, va);
			last = vma_index(v, MIN(v->end, end)) - 1;
		}
		va = v->end;
		up_read(&mm->mmap_lock);
		if (f != NULL)
			err = sync_file_part(f, first, last);
	}
	return err != 0 ? err : hole;
}
