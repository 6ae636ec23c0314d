// file: kernel/mm/vm/mmap.c
// killed by: leak
/* No area is a promise: VM_ACCOUNT is never set. */
static int request_flags(const struct mm *mm, int prot, int flags, const struct file *file,
			 u32 *vm_flags)
{
	u32 vf = (prot & (PROT_READ | PROT_WRITE | PROT_EXEC)) | mm->def_flags |
		 VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
	bool shared = (flags & MAP_TYPE) == MAP_SHARED;

	if (shared)
		vf |= VM_SHARED;
	if (flags & MAP_GROWSDOWN) {
		if (file != NULL || shared)
			return -EINVAL;
		vf |= VM_GROWSDOWN;
	}
	if (flags & MAP_LOCKED)
		vf |= VM_LOCKED;
	if (flags & MAP_NORESERVE)
		vf |= VM_NORESERVE;
	if (file != NULL) {
		u32 mode = file->flags & O_ACCMODE;

		if (mode == O_WRONLY || (shared && (prot & PROT_WRITE) && mode != O_RDWR))
			return -EACCES;
		if (shared && mode != O_RDWR)
			vf &= ~VM_MAYWRITE;
	}
	*vm_flags = vf;
	return 0;
}
