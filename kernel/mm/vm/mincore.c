// SPDX-License-Identifier: MIT
/*
 * mincore.c - which pages of a range are in memory: a byte a page, bit 0 set if a touch
 * would need no disk.  That is a page that is mapped, or one of a file that is in the
 * page cache.
 *
 * The answer is old when it arrives; it is meant for deciding what to read ahead.  It is
 * made a buffer at a time, since the copy to the program must not be made with
 * mmap_lock held: it may fault.
 */
#include "fs/vfs.h"
#include "mm/vm/madvise.h"
#include "mm/vm/mmap.h"
#include "mm/vm/pgwalk.h"
#include "uapi/errno.h"

#define CHUNK 256

static bool page_in_core(struct vma *v, vaddr_t va)
{
	pte_t *pte = pt_walk(v->mm, va);
	struct page *p;

	if (pte != NULL && pte_present(pte_get(pte)))
		return true;
	if (v->file == NULL)
		return false;
	p = find_get_page(v->file->inode->mapping, vma_index(v, va));
	if (p == NULL)
		return false;
	put_page(p);
	return true;
}

int do_mincore(struct mm *mm, vaddr_t start, size_t len, vaddr_t vec)
{
	u8 in_core[CHUNK];
	vaddr_t va = start, end;
	int err = user_range(start, len, &end);

	while (err == 0 && va < end) {
		unsigned n = 0;

		down_read(&mm->mmap_lock);
		for (; n < CHUNK && va < end; n++, va += PAGE_SIZE) {
			struct vma *v = vma_at(mm, va);

			if (v == NULL) {
				err = -ENOMEM;
				break;
			}
			in_core[n] = page_in_core(v, va);
		}
		up_read(&mm->mmap_lock);
		if (err == 0)
			err = copy_to_user(vec, in_core, n);
		vec += n;
	}
	return err;
}
