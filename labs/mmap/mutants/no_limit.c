// file: kernel/mm/vm/mmap.c
// killed by: leak
/* RLIMIT_AS and RLIMIT_DATA are not asked. */
long do_mmap(struct mm *mm, vaddr_t addr, size_t len, int prot, int flags, struct file *file,
	     u64 pgoff)
{
	int err = check_request(addr, len, prot, flags, file, pgoff);
	struct vma want, *next;
	u32 vm_flags;
	s64 pages;
	long at;

	if (err == 0)
		err = request_flags(mm, prot, flags, file, &vm_flags);
	if (err != 0)
		return err;
	len = PAGE_ALIGN(len);
	pages = len >> PAGE_SHIFT;
	at = place_request(mm, addr, len, flags, &next);
	if (at < 0)
		return at;
	if (vm_flags & VM_ACCOUNT)
		err = vm_charge(mm, pages);
	if (err != 0)
		return err;
	vma_init(&want, mm, at, at + len, vm_flags);
	if (file != NULL) {
		want.file = file_get(file);
		want.pgoff = pgoff;
	} else if (vm_flags & VM_SHARED) {
		want.file = shmem_file(len);
		want.pgoff = 0;
		if (IS_ERR(want.file)) {
			err = PTR_ERR(want.file);
			want.file = NULL;
		}
	}
	if (err == 0)
		err = make_area(mm, &want, next);
	if (err != 0) {
		if (want.file != NULL)
			file_put(want.file);
		if (vm_flags & VM_ACCOUNT)
			vm_uncharge(pages);
		return err;
	}
	vma_account(mm, &want, pages);
	return at;
}
