// SPDX-License-Identifier: MIT
/* Starter of lab mmap. */

int do_msync(struct mm *mm, vaddr_t start, size_t len, int flags)
{
	/* TODO */
	(void)mm;
	(void)start;
	(void)len;
	(void)flags;
	return -ENOSYS;
}
