// SPDX-License-Identifier: MIT
/* Starter of lab mmap: what exec needs, and nothing for programs. */

long do_mmap(struct mm *mm, vaddr_t addr, size_t len, int prot, int flags, struct file *file,
	     u64 pgoff)
{
	int err = check_request(addr, len, prot, flags, file, pgoff);
	struct vma *v;
	u32 vm_flags;
	s64 pages;

	if (err == 0)
		err = request_flags(mm, prot, flags, file, &vm_flags);
	if (err != 0)
		return err;
	/* exec maps a program's segments at their places in an address space that is new and
	 * empty there.  TODO: everything else. */
	if (mm == current->mm)
		return -ENOSYS;
	len = PAGE_ALIGN(len);
	pages = len >> PAGE_SHIFT;
	if ((vm_flags & VM_ACCOUNT) && vm_charge(mm, pages) != 0)
		return -ENOMEM;
	v = vma_alloc();
	if (v == NULL) {
		if (vm_flags & VM_ACCOUNT)
			vm_charge(mm, -pages);
		return -ENOMEM;
	}
	vma_init(v, mm, addr, addr + len, vm_flags);
	if (file != NULL) {
		v->file = file_get(file);
		v->pgoff = pgoff;
	}
	vma_insert(mm, v);
	rmap_link(v);
	vma_account(mm, v, pages);
	return addr;
}
