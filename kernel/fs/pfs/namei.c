// SPDX-License-Identifier: MIT
/*
 * namei.c - names: lookup, create, link, unlink, rmdir, rename.
 *
 * Each is one handle, so a power cut sees all of it or nothing.  Everything that can
 * fail comes before the first change, or is undone in the same handle.
 *
 * The VFS holds the locks of the directories and of the victim, has looked the names up and
 * excludes loops (vfs.h); what remains here is the directory blocks, the link
 * counts, and ".." when a directory moves.
 *
 * A damaged image may hold a directory below itself, or under two names; then a climb along
 * ".." would not end, and two locks would be one.  So a directory is given out only
 * under the parent that its ".." names, and the root under none: what can be reached is a tree.
 *
 * When the disk is full of blocks that have been freed but not committed, an operation
 * that finds no block is tried again once after a commit.
 */
#include "fs/pfs/pfs.h"
#include "riscv/timer.h"

static void touch(struct inode *dir)
{
	dir->mtime = dir->ctime = time_realtime_ns();
}

/* Is child, found under a name in dir, really dir's?  => 0 or -errno; dir->lock held, so that
 * nobody moves it meanwhile */
static int check_parent(struct inode *dir, struct inode *child)
{
	struct page *page = pfs_dir_block(child, 0);
	const struct pfs_dirent *up;
	u32 parent;

	if (IS_ERR(page))
		return PTR_ERR(page);
	up = (const struct pfs_dirent *)page_address(page) + 1;
	parent = pfs_dirent_len(up) == 2 && memcmp(up->name, "..", 2) == 0 ? up->ino : 0;
	put_page(page);
	if (parent == dir->ino && child->ino != PFS_ROOT)
		return 0;
	return pfs_corrupt(pfs_sbi(dir->sb), "directory %lu has a name in %lu, but its \"..\" names %u",
	                   (unsigned long)child->ino, (unsigned long)dir->ino, parent);
}

static struct inode *pfs_lookup(struct inode *dir, const char *name, size_t len)
{
	bool up = len == 2 && memcmp(name, "..", 2) == 0;
	struct inode *inode;
	struct pfs_slot slot;
	int err;
	u32 ino;

	pfs_index_build(dir);
	err = pfs_dir_find(dir, name, len, &slot);
	if (err != 0)
		return ERR_PTR(err);
	ino = slot.ent->ino;
	put_page(slot.page);
	inode = pfs_iget(pfs_sbi(dir->sb), ino);
	if (!IS_ERR(inode) && S_ISDIR(inode->mode) && !up) {
		err = check_parent(dir, inode);
		if (err != 0) {
			inode_put(inode);
			return ERR_PTR(err);
		}
	}
	return inode;
}

static bool worth_retry(struct pfs_sbi *s, int err)
{
	return err == -ENOSPC && READ_ONCE(s->busy_blocks) > 0 && journal_sync(&s->journal) == 0;
}

#define CREATE_CREDITS (PFS_DIR_CREDITS + 12)

static struct inode *try_create(struct inode *dir, const char *name, size_t len, u32 mode, u32 rdev)
{
	struct pfs_sbi *s = pfs_sbi(dir->sb);
	struct handle h;
	struct inode *i;
	int err = journal_start(&s->journal, &h, CREATE_CREDITS);

	if (err != 0)
		return ERR_PTR(err);
	i = pfs_new_inode(&h, dir, mode, rdev);
	if (IS_ERR(i)) {
		journal_stop(&h);
		return i;
	}
	if (S_ISDIR(mode))
		err = pfs_dir_init(&h, i, (u32)dir->ino);
	if (err == 0)
		err = pfs_dir_add(&h, dir, name, len, (u32)i->ino, mode);
	if (err != 0) {
		/* Without a name it is an orphan; putting it frees it. */
		i->nlink = 0;
		pfs_update_inode(&h, i);
		pfs_orphan_add(&h, i);
		journal_stop(&h);
		inode_ready(i);
		inode_put(i);
		return ERR_PTR(err);
	}
	if (S_ISDIR(mode))
		dir->nlink++;
	touch(dir);
	pfs_update_inode(&h, i);
	pfs_update_inode(&h, dir);
	journal_stop(&h);
	inode_ready(i);
	return i;
}

static struct inode *pfs_create(struct inode *dir, const char *name, size_t len, u32 mode, u32 rdev)
{
	struct inode *i;

	if (S_ISDIR(mode) && dir->nlink >= PFS_LINK_MAX)
		return ERR_PTR(-EMLINK);
	i = try_create(dir, name, len, mode, rdev);
	if (IS_ERR(i) && worth_retry(pfs_sbi(dir->sb), PTR_ERR(i)))
		i = try_create(dir, name, len, mode, rdev);
	return i;
}

static int try_link(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	struct handle h;
	int err = journal_start(&pfs_sbi(dir->sb)->journal, &h, PFS_DIR_CREDITS + 3);

	if (err != 0)
		return err;
	err = pfs_dir_add(&h, dir, name, len, (u32)target->ino, target->mode);
	if (err == 0) {
		target->nlink++;
		target->ctime = time_realtime_ns();
		touch(dir);
		pfs_update_inode(&h, target);
		pfs_update_inode(&h, dir);
	}
	journal_stop(&h);
	return err;
}

static int pfs_link(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	int err;

	if (target->nlink >= PFS_LINK_MAX)
		return -EMLINK;
	if (target->nlink == 0) /* unlinked, but open */
		return -ENOENT;
	err = try_link(dir, name, len, target);
	if (worth_retry(pfs_sbi(dir->sb), err))
		err = try_link(dir, name, len, target);
	return err;
}

/* The entry of that name, which must be the one of inode what. */
static int find_entry(struct inode *dir, const char *name, size_t len, struct inode *what,
                      struct pfs_slot *slot)
{
	int err = pfs_dir_find(dir, name, len, slot);

	if (err == 0 && slot->ent->ino != what->ino) {
		put_page(slot->page);
		err = -ENOENT;
	}
	return err;
}

/* One name of i has gone. => i's lock held; handle open */
static void drop_link(struct handle *h, struct inode *i)
{
	if (i->nlink > 0)
		i->nlink--;
	i->ctime = time_realtime_ns();
	if (i->nlink == 0)
		pfs_orphan_add(h, i);
	pfs_update_inode(h, i);
}

static int pfs_unlink(struct inode *dir, const char *name, size_t len, struct inode *victim)
{
	struct pfs_slot slot;
	struct handle h;
	int err = journal_start(&pfs_sbi(dir->sb)->journal, &h, 6);

	if (err != 0)
		return err;
	err = find_entry(dir, name, len, victim, &slot);
	if (err == 0) {
		pfs_dir_remove(&h, dir, &slot);
		put_page(slot.page);
		touch(dir);
		drop_link(&h, victim);
		pfs_update_inode(&h, dir);
	}
	journal_stop(&h);
	return err;
}

/* => -ENOTEMPTY unless it holds nothing */
static int must_be_empty(struct inode *dir)
{
	int r = pfs_dir_empty(dir);

	return r == 1 ? 0 : r == 0 ? -ENOTEMPTY : r;
}

static int pfs_rmdir(struct inode *dir, const char *name, size_t len, struct inode *victim)
{
	struct pfs_slot slot;
	struct handle h;
	int err = must_be_empty(victim);

	if (err != 0)
		return err;
	err = journal_start(&pfs_sbi(dir->sb)->journal, &h, 6);
	if (err != 0)
		return err;
	err = find_entry(dir, name, len, victim, &slot);
	if (err == 0) {
		pfs_dir_remove(&h, dir, &slot);
		put_page(slot.page);
		victim->nlink = 1; /* "." goes with it */
		drop_link(&h, victim);
		dir->nlink--;
		touch(dir);
		pfs_update_inode(&h, dir);
	}
	journal_stop(&h);
	return err;
}

static int try_rename(struct inode *old_dir, const char *old_name, size_t old_len,
                      struct inode *what, struct inode *new_dir, const char *new_name,
                      size_t new_len, struct inode *victim)
{
	bool moves_dir = S_ISDIR(what->mode) && old_dir != new_dir;
	struct pfs_slot from, to = { 0 }, dotdot = { 0 };
	struct handle h;
	int err = journal_start(&pfs_sbi(old_dir->sb)->journal, &h, PFS_DIR_CREDITS + 11);

	if (err != 0)
		return err;
	err = find_entry(old_dir, old_name, old_len, what, &from);
	if (err != 0)
		goto stop;
	if (moves_dir)
		err = pfs_dir_find(what, "..", 2, &dotdot);
	if (err == 0 && victim != NULL)
		err = find_entry(new_dir, new_name, new_len, victim, &to);
	else if (err == 0)
		err = pfs_dir_add(&h, new_dir, new_name, new_len, (u32)what->ino, what->mode);
	if (err != 0)
		goto put;
	/* nothing fails from here on */
	if (victim != NULL) {
		journal_write(&h, to.page);
		to.ent->ino = (u32)what->ino;
		to.ent->lt = (u8)((to.ent->lt & 63) | (from.ent->lt & 0xc0));
		if (S_ISDIR(victim->mode)) {
			victim->nlink = 1;
			new_dir->nlink--;
		}
		drop_link(&h, victim);
	}
	pfs_dir_remove(&h, old_dir, &from);
	if (moves_dir) {
		journal_write(&h, dotdot.page);
		dotdot.ent->ino = (u32)new_dir->ino;
		old_dir->nlink--;
		new_dir->nlink++;
	}
	touch(old_dir);
	touch(new_dir);
	what->ctime = old_dir->ctime;
	pfs_update_inode(&h, what);
	pfs_update_inode(&h, old_dir);
	if (new_dir != old_dir)
		pfs_update_inode(&h, new_dir);
put:
	put_page(from.page);
	if (to.page != NULL)
		put_page(to.page);
	if (dotdot.page != NULL)
		put_page(dotdot.page);
stop:
	journal_stop(&h);
	return err;
}

static int pfs_rename(struct inode *old_dir, const char *old_name, size_t old_len,
                      struct inode *what, struct inode *new_dir, const char *new_name,
                      size_t new_len, struct inode *victim)
{
	int err;

	if (victim == what) /* two names of one file: POSIX says do nothing */
		return 0;
	if (victim != NULL && S_ISDIR(victim->mode)) {
		err = must_be_empty(victim);
		if (err != 0)
			return err;
	} else if (S_ISDIR(what->mode) && old_dir != new_dir && new_dir->nlink >= PFS_LINK_MAX) {
		return -EMLINK;
	}
	err = try_rename(old_dir, old_name, old_len, what, new_dir, new_name, new_len, victim);
	if (worth_retry(pfs_sbi(old_dir->sb), err))
		err = try_rename(old_dir, old_name, old_len, what, new_dir, new_name, new_len,
		                 victim);
	return err;
}

const struct inode_ops pfs_dir_iops = {
	.lookup = pfs_lookup,
	.create = pfs_create,
	.link = pfs_link,
	.unlink = pfs_unlink,
	.rmdir = pfs_rmdir,
	.rename = pfs_rename,
	.evict = pfs_evict,
};
