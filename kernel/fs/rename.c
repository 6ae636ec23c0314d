// SPDX-License-Identifier: MIT
/*
 * rename.c - a name moves, perhaps to another directory, perhaps over another name.
 *
 * Two directories are locked at once, the one above first.  Which that is, and whether the move
 * would make a loop (a directory below itself), is found out before anything is locked,
 * by climbing from each of them along ".."; rename_lock, one for the system, keeps the
 * tree of directories still meanwhile, for only renames change it (rmdir takes a leaf away,
 * and neither directory nor anything above it is an empty leaf).
 *
 *      old_dir                     If old_dir is above new_dir, `trap` is the inode between
 *        └─ trap                   them: moving it would put it below itself (-EINVAL).
 *             └─ ... new_dir       If new_dir is above old_dir, replacing trap would drop
 *                                  what holds old_dir (-ENOTEMPTY).
 *
 * Climbing from a locked directory instead would take parents after children, against the
 * order, and meet an unlink that goes the right way.
 *
 * Locks: rename_lock, the two directories, the victim.
 */
#include "fs/dcache.h"

static struct mutex rename_lock = MUTEX_INIT(rename_lock);

/* If top is above dir: the inode directly below top on the way to dir, with a reference.
 * NULL if it is not.
 * => rename_lock held, so parents stay; no directory locked: the climb locks children
 *    before parents, one at a time, which nobody may do who holds one. */
static struct inode *child_towards(struct inode *top, struct inode *dir)
{
	struct inode *i = inode_ref(dir), *up;

	while (i != i->sb->root) {
		down_read(&i->lock);
		up = dir_lookup(i, "..", 2);
		up_read(&i->lock);
		if (IS_ERR(up))
			break;
		if (up == top) {
			inode_put(up);
			return i;
		}
		inode_put(i);
		i = up;
	}
	inode_put(i);
	return NULL;
}

/* Lock two directories, the upper one first.  trap is set to the inode that must not be
 * moved (a would move below itself) or replaced (it is not empty): the one between
 * the two. NULL if neither is above the other. */
static void lock_two(struct inode *a, struct inode *b, struct inode **trap)
{
	*trap = NULL;
	if (a == b) {
		down_write(&a->lock);
		return;
	}
	*trap = child_towards(a, b);
	if (*trap == NULL) {
		*trap = child_towards(b, a);
		if (*trap != NULL || b < a) {
			struct inode *t = a;

			a = b;
			b = t;
		}
	}
	down_write(&a->lock);
	down_write_nested(&b->lock);
}

static void unlock_two(struct inode *a, struct inode *b)
{
	up_write(&a->lock);
	if (a != b)
		up_write(&b->lock);
}

/* May what move from old_dir to new_dir, over victim (NULL: nothing is there)?
 * => both directories locked; trap as lock_two has found it; a path ended with a slash: must_dir
 * => 0 or -errno */
static int may_move(struct inode *old_dir, struct inode *what, struct inode *new_dir,
		    struct inode *victim, struct inode *trap, bool must_dir)
{
	bool dir = S_ISDIR(what->mode);

	if (!dir && must_dir)
		return -ENOTDIR;
	if (victim != NULL && dir != S_ISDIR(victim->mode))
		return dir ? -ENOTDIR : -EISDIR;
	if (what->mounted != NULL || (victim != NULL && victim->mounted != NULL))
		return -EBUSY;
	/* A directory must not become its own descendant, nor replace its own ancestor. */
	if (what == trap || what == new_dir)
		return -EINVAL;
	if (victim != NULL && (victim == trap || victim == old_dir))
		return -ENOTEMPTY;
	return 0;
}

/* The name cache after what has moved. => both directories locked */
static void move_names(struct inode *old_dir, const char *old_name, size_t old_len,
		       struct inode *what, struct inode *new_dir, const char *new_name,
		       size_t new_len, struct inode *victim)
{
	dcache_set(old_dir, old_name, old_len, NULL);
	dcache_set(new_dir, new_name, new_len, what);
	if (S_ISDIR(what->mode))
		dcache_forget(what, "..", 2);
	if (victim != NULL && S_ISDIR(victim->mode))
		dcache_purge(victim);
}

static bool ends_in_slash(const char *path)
{
	return path[strlen(path) - 1] == '/';
}

int vfs_rename(const char *old_path, const char *new_path)
{
	char old_name[NAME_MAX + 1], new_name[NAME_MAX + 1];
	struct inode *old_dir, *new_dir, *what, *victim = NULL, *trap;
	size_t old_len, new_len;
	int err;

	old_dir = path_parent(old_path, old_name, &old_len);
	if (IS_ERR(old_dir))
		return PTR_ERR(old_dir);
	new_dir = path_parent(new_path, new_name, &new_len);
	err = PTR_ERR(new_dir);
	if (IS_ERR(new_dir))
		goto put_old;
	err = -EBUSY;
	if (old_len == 0 || new_len == 0 || is_dots(old_name, old_len) ||
	    is_dots(new_name, new_len))
		goto put_new;
	err = -EXDEV;
	if (old_dir->sb != new_dir->sb)
		goto put_new;
	err = -EPERM;
	if (old_dir->iops->rename == NULL)
		goto put_new;

	mutex_lock(&rename_lock);
	lock_two(old_dir, new_dir, &trap);
	err = may_change(old_dir);
	if (err == 0)
		err = may_change(new_dir);
	if (err)
		goto unlock;
	what = lookup_locked(old_dir, old_name, old_len);
	err = PTR_ERR(what);
	if (IS_ERR(what))
		goto unlock;
	victim = lookup_locked(new_dir, new_name, new_len);
	if (IS_ERR(victim)) {
		err = PTR_ERR(victim);
		victim = NULL;
		if (err != -ENOENT)
			goto put_what;
	}
	err = 0;
	if (victim == what)
		goto put_what;			/* two names of one file: nothing to do */
	err = may_move(old_dir, what, new_dir, victim, trap,
		       ends_in_slash(old_path) || ends_in_slash(new_path));
	if (err)
		goto put_what;
	if (victim != NULL)
		down_write_nested(&victim->lock);
	err = old_dir->iops->rename(old_dir, old_name, old_len, what, new_dir, new_name, new_len,
				    victim);
	if (victim != NULL)
		up_write(&victim->lock);
	if (err == 0)
		move_names(old_dir, old_name, old_len, what, new_dir, new_name, new_len, victim);
put_what:
	inode_put(what);
unlock:
	unlock_two(old_dir, new_dir);
	mutex_unlock(&rename_lock);
	if (trap != NULL)
		inode_put(trap);
	if (victim != NULL)
		inode_put(victim);
put_new:
	inode_put(new_dir);
put_old:
	inode_put(old_dir);
	return err;
}
