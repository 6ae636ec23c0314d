// SPDX-License-Identifier: MIT
/*
 * dirindex.c - large directories: from a name to its slot without a search.
 *
 * On disk a directory is an array, and stays one.  When a directory of more than a
 * few blocks is searched for the first time, a hash table over its names is built in memory; from
 * then on adding and removing keep it, and it goes with the inode.  (The alternative, a
 * tree on disk as in ext3 or XFS, would make every directory change a change of several
 * blocks, and the format ten times as large, for the first search's sake alone.)
 *
 * Open addressing with linear probing.  An entry is 32 bits: 12 bits of the hash, so that
 * nearly every wrong candidate is rejected without looking at the directory, and slot + 1 in the
 * other 20.  A directory with more slots than that, or no memory, has no index
 * and is searched from end to end.  16,384 names cost 128 KiB at the most.
 *
 *   X1  if there is an index, every name of the directory is in it, once;
 *   X2  empty entries are at least a quarter, so that every probe ends.
 *
 * Locking: adding and removing hold dir->lock for writing, searches for reading.  Two searches may
 * build at the same time; the first to finish installs its table.
 */
#include "fs/pfs/pfs.h"

#define MIN_BLOCKS 4u
#define SLOT_BITS  20
#define SLOT_MASK  ((1u << SLOT_BITS) - 1)
#define REMOVED    SLOT_MASK /* tag 0, a slot that cannot be */

struct dir_index {
	u32 mask; /* entries - 1 */
	u32 used; /* names and REMOVED */
	u32 entry[];
};

static u32 tag_of(u32 hash)
{
	return hash & ~SLOT_MASK;
}

static void put(struct dir_index *x, u32 hash, u64 slot)
{
	u32 i = hash & x->mask;

	while (x->entry[i] != 0)
		i = (i + 1) & x->mask;
	x->entry[i] = tag_of(hash) | (u32)(slot + 1);
	x->used++;
}

void pfs_index_drop(struct inode *dir)
{
	kfree(pfs_i(dir)->index);
	pfs_i(dir)->index = NULL;
}

void pfs_index_build(struct inode *dir)
{
	struct pfs_inode *pi = pfs_i(dir);
	u64 blocks = dir->size >> PFS_BLOCK_SHIFT;
	struct dir_index *x, *none = NULL;
	u32 n = 1024;

	if (READ_ONCE(pi->index) != NULL || blocks < MIN_BLOCKS ||
	    blocks * PFS_DIRENTS >= SLOT_MASK / 2)
		return;
	while (n < blocks * PFS_DIRENTS * 2)
		n *= 2;
	x = kzalloc(sizeof(*x) + n * sizeof(x->entry[0]), GFP_NOFS | __GFP_NOWARN);
	if (x == NULL)
		return;
	x->mask = n - 1;
	for (u64 nr = 0; nr < blocks; nr++) {
		struct page *page = pfs_dir_block(dir, nr);
		const struct pfs_dirent *d;

		if (IS_ERR(page)) {
			kfree(x);
			return;
		}
		d = page_address(page);
		for (unsigned k = 0; k < PFS_DIRENTS; k++)
			if (d[k].ino != 0)
				put(x, pfs_name_hash(&d[k]), nr * PFS_DIRENTS + k);
		put_page(page);
	}
	if (!__atomic_compare_exchange_n(&pi->index, &none, x, false, __ATOMIC_ACQ_REL,
	                                 __ATOMIC_RELAXED))
		kfree(x);
}

u64 pfs_index_next(struct inode *dir, u32 hash, u32 *probe)
{
	const struct dir_index *x = pfs_i(dir)->index;

	for (;;) {
		u32 e = x->entry[(hash + *probe) & x->mask];

		++*probe;
		if (e == 0)
			return PFS_NO_SLOT;
		if (tag_of(e) == tag_of(hash) && e != REMOVED)
			return (e & SLOT_MASK) - 1;
	}
}

void pfs_index_add(struct inode *dir, u32 hash, u64 slot)
{
	struct dir_index *x = pfs_i(dir)->index;

	if ((x->used + 1) * 4ul > (x->mask + 1ul) * 3 || slot + 2 >= SLOT_MASK) {
		pfs_index_drop(dir); /* the next search builds a larger one */
		return;
	}
	put(x, hash, slot);
}

void pfs_index_remove(struct inode *dir, u32 hash, u64 slot)
{
	struct dir_index *x = pfs_i(dir)->index;

	for (u32 i = hash & x->mask; x->entry[i] != 0; i = (i + 1) & x->mask)
		if (x->entry[i] == (tag_of(hash) | (u32)(slot + 1))) {
			x->entry[i] = REMOVED;
			return;
		}
}
