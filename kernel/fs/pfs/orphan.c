// SPDX-License-Identifier: MIT
/*
 * orphan.c - inodes that a power cut must not forget: without a name but open, or being
 * shortened over several transactions.
 *
 * A singly linked list on disk, from the superblock through pfs_dinode.next_orphan; in
 * memory the same list with two links, so that leaving it from the middle knows whose
 * pointer to change.  Mount walks it and finishes the work: an inode without links is
 * freed, one with links is cut to its size.
 *
 *   O1  the list in memory and the list on disk (as of the running transaction) hold the
 *       same inodes in the same order.
 */
#include "fs/pfs/pfs.h"

static struct pfs_super *super_of(struct pfs_sbi *s)
{
	return page_address(s->sb_page);
}

static void set_next(struct handle *h, struct pfs_inode *pi, u32 next)
{
	struct pfs_dinode *d = page_address(pi->page);

	journal_write(h, pi->page);
	pi->next_orphan = next;
	d[pi->vfs.ino % PFS_INODES].next_orphan = next;
}

void pfs_orphan_add(struct handle *h, struct inode *i)
{
	struct pfs_sbi *s = pfs_sbi(i->sb);
	struct pfs_inode *pi = pfs_i(i);

	mutex_lock(&s->orphan_lock);
	if (list_empty(&pi->orphan)) {
		list_add(&pi->orphan, &s->orphans);
		journal_write(h, s->sb_page);
		set_next(h, pi, super_of(s)->orphans);
		super_of(s)->orphans = (u32)i->ino;
	}
	mutex_unlock(&s->orphan_lock);
}

void pfs_orphan_del(struct handle *h, struct inode *i)
{
	struct pfs_sbi *s = pfs_sbi(i->sb);
	struct pfs_inode *pi = pfs_i(i);

	mutex_lock(&s->orphan_lock);
	if (!list_empty(&pi->orphan)) {
		if (pi->orphan.prev == &s->orphans) {
			journal_write(h, s->sb_page);
			super_of(s)->orphans = pi->next_orphan;
		} else {
			set_next(h, list_prev(pi, orphan), pi->next_orphan);
		}
		list_del_init(&pi->orphan);
		set_next(h, pi, 0);
	}
	mutex_unlock(&s->orphan_lock);
}

int pfs_orphans_recover(struct pfs_sbi *s)
{
	unsigned freed = 0, cut = 0;
	u32 ino;

	while ((ino = super_of(s)->orphans) != 0) {
		struct pfs_inode *pi;
		struct inode *i;
		int err = 0;

		if (ino >= s->d.nr_inodes || freed + cut > s->d.nr_inodes)
			return pfs_corrupt(s, "superblock: orphans: inode %u", ino);
		s->loading = true;
		i = pfs_iget(s, ino);
		s->loading = false;
		if (IS_ERR(i))
			return PTR_ERR(i);
		pi = pfs_i(i);
		mutex_lock(&s->orphan_lock);
		list_add(&pi->orphan, &s->orphans);
		mutex_unlock(&s->orphan_lock);
		if (i->nlink == 0) {
			freed++;
		} else {
			cut++;
			err = pfs_shrink(i, i->size);
		}
		inode_put(i);
		if (err != 0)
			return err;
		if (super_of(s)->orphans == ino)
			return pfs_corrupt(s, "orphan inode %u could not be freed", ino);
	}
	if (freed + cut > 0)
		printk("pfs: %s: %u orphans freed, %u files cut\n", s->bdev->name, freed, cut);
	return 0;
}
