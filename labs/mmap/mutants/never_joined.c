// file: kernel/mm/vm/mmap.c
// killed by: make
/* Each mapping is an area of its own. */
static int make_area(struct mm *mm, struct vma *want, struct vma *next)
{
	struct file *file = want->file;
	struct vma *v;
	int err = 0;

	if (vma_borders(mm, want, next) && (file == NULL || file->ops->mmap == NULL)) {
		v = NULL;
		if (v != NULL) {
			if (file != NULL)
				file_put(file);
			return 0;
		}
	}
	if (mm->nr_vmas >= MAX_MAP_COUNT)
		return -ENOMEM;
	v = vma_alloc();
	if (v == NULL)
		return -ENOMEM;
	vma_init(v, mm, want->start, want->end, want->flags);
	v->file = file;
	v->pgoff = want->pgoff;
	if (file != NULL && file->ops->mmap != NULL)
		err = file->ops->mmap(file, v);
	if (err != 0) {
		vma_free_fresh(v);
		return err;
	}
	if (unlikely(v->file != file)) {	/* /dev/zero: really anonymous */
		v->pgoff = v->file != NULL ? 0 : v->start >> PAGE_SHIFT;
		file_put(file);
	}
	vma_insert_before(mm, v, next);
	if (v->file != NULL)
		rmap_link(v);
	if (unlikely(v->file != file))
		vma_coalesce(v);
	return 0;
}
