// SPDX-License-Identifier: MIT
/*
 * namei.c - from names to inodes: walking paths, making and removing names.
 *
 * A path whose parts are all in the name cache (dcache.c) is walked under one spinlock from end
 * to end, without touching a reference count on the way: entries hold references to
 * their inodes, so under the lock every inode met is alive.  Only the last one gets a reference
 * of ours.  A part that is not cached is asked of the file system under the directory's
 * lock (shared); the walk goes on from what comes back.
 *
 * "." is worked off here, ".." too at the root of a mounted file system (it leads to the
 * covered directory's parent); elsewhere ".." is a name like any other.
 *
 * Making or removing a name: the directory's lock, exclusive; look again; the file system;
 * the name cache; unlock.  The victim of a removal is locked below its directory.  Renaming
 * has a file of its own.
 *
 * Locks: directories from the root downwards, then the victim; dcache_lock is a leaf.
 */
#include "fs/dcache.h"

struct inode *vfs_root;

/* --- walking --- */

struct inode *dir_lookup(struct inode *dir, const char *text, size_t len)
{
	return dir->nlink == 0 ? ERR_PTR(-ENOENT) : dir->iops->lookup(dir, text, len);
}

/* What dir's name means, from the file system. => no locks held; a reference, or ERR_PTR */
static struct inode *lookup_slow(struct inode *dir, const char *text, size_t len)
{
	struct inode *inode;

	if (dir->iops == NULL || dir->iops->lookup == NULL)
		return ERR_PTR(-ENOTDIR);
	down_read(&dir->lock);
	inode = dir_lookup(dir, text, len);
	if (!IS_ERR(inode))
		dcache_set(dir, text, len, inode);
	else if (PTR_ERR(inode) == -ENOENT)
		dcache_set(dir, text, len, NULL);
	up_read(&dir->lock);
	return inode;
}

/* The same under dir->lock, held by the caller for writing. */
struct inode *lookup_locked(struct inode *dir, const char *text, size_t len)
{
	struct inode *inode;
	struct name *e;

	spin_lock(&dcache_lock);
	e = find_name(dir, text, len, hash_text(text, len));
	if (e != NULL) {
		inode = e->inode != NULL ? inode_ref(e->inode) : ERR_PTR(-ENOENT);
		spin_unlock(&dcache_lock);
		return inode;
	}
	spin_unlock(&dcache_lock);
	return dir_lookup(dir, text, len);
}

static inline bool is_mount_root(const struct inode *i)
{
	return i->sb != NULL && i == i->sb->root && i->sb->covered != NULL;
}

/*
 * Walk path; last == NULL: all of it, else stop at the last part and copy it to last
 * (NAME_MAX + 1 bytes), with its length in *last_len (0: the path is "/" or the like).
 * => the inode reached, with a reference; or ERR_PTR.
 */
static struct inode *walk(const char *path, char *last, size_t *last_len)
{
	struct fs_info *fs = current->fs;
	struct inode *cur, *held = NULL;	/* held: a reference that we must give back */
	long err;

	if (*path == '\0')
		return ERR_PTR(-ENOENT);
	if (last != NULL)
		*last_len = 0;
	if (*path == '/' || fs == NULL || fs->cwd == NULL) {
		cur = vfs_root;
	} else if (likely(atomic_read(&fs->refs) == 1)) {
		cur = fs->cwd;			/* nobody else can change it */
	} else {
		spin_lock(&fs->lock);
		cur = held = inode_ref(fs->cwd);
		spin_unlock(&fs->lock);
	}
	if (cur == NULL)
		return ERR_PTR(-ENOENT);

	spin_lock(&dcache_lock);
	for (;;) {
		const char *text, *end;
		struct name *e;
		size_t len;
		u32 h = 0;

		while (*path == '/')
			path++;
		if (*path == '\0')
			break;
		err = -ENOTDIR;
		if (unlikely(!S_ISDIR(cur->mode)))
			goto fail;
		for (text = path; *path != '/' && *path != '\0'; path++)
			h = h * 31 + (u8)*path;
		len = path - text;
		err = -ENAMETOOLONG;
		if (unlikely(len > NAME_MAX))
			goto fail;
		if (last != NULL) {
			for (end = path; *end == '/'; end++)
				;
			if (*end == '\0') {
				memcpy(last, text, len);
				last[len] = '\0';
				*last_len = len;
				break;
			}
		}
		if (text[0] == '.') {
			if (len == 1)
				continue;
			if (len == 2 && text[1] == '.') {
				while (is_mount_root(cur))
					cur = cur->sb->covered;
				if (cur == vfs_root)
					continue;
			}
		}
		e = find_name(cur, text, len, h);
		if (likely(e != NULL)) {
			err = -ENOENT;
			if (e->inode == NULL)
				goto fail;
			cur = e->inode;
		} else {
			struct inode *dir = inode_ref(cur);

			spin_unlock(&dcache_lock);
			if (held != NULL)
				inode_put(held);
			held = lookup_slow(dir, text, len);
			inode_put(dir);
			if (IS_ERR(held))
				return held;
			cur = held;
			spin_lock(&dcache_lock);
		}
		while (unlikely(cur->mounted != NULL))
			cur = cur->mounted->root;
	}
	err = -ENOTDIR;
	if ((last != NULL || path[-1] == '/') && unlikely(!S_ISDIR(cur->mode)))
		goto fail;
	inode_ref(cur);
	spin_unlock(&dcache_lock);
	if (held != NULL)
		inode_put(held);
	return cur;
fail:
	spin_unlock(&dcache_lock);
	if (held != NULL)
		inode_put(held);
	return ERR_PTR(err);
}

struct inode *path_lookup(const char *path)
{
	return walk(path, NULL, NULL);
}

struct inode *path_parent(const char *path, char *name, size_t *len)
{
	return walk(path, name, len);
}

/* --- making names --- */

/* => dir->lock held for writing. */
int may_change(struct inode *dir)
{
	if (dir->nlink == 0)
		return -ENOENT;		/* removed meanwhile */
	return dir->sb != NULL && dir->sb->readonly ? -EROFS : 0;
}

/* The inode of name in dir, made if it is not there. => *created; a reference or ERR_PTR */
static struct inode *create_at(struct inode *dir, const char *name, size_t len, u32 mode,
			       u32 rdev, bool excl, bool *created)
{
	struct inode *inode;
	int err;

	*created = false;
	down_write(&dir->lock);
	inode = lookup_locked(dir, name, len);
	if (!IS_ERR(inode)) {
		if (excl) {
			inode_put(inode);
			inode = ERR_PTR(-EEXIST);
		}
		goto out;
	}
	if (PTR_ERR(inode) != -ENOENT)
		goto out;
	err = may_change(dir);
	if (err == 0 && dir->iops->create == NULL)
		err = -EPERM;
	if (err) {
		inode = ERR_PTR(err);
		goto out;
	}
	inode = dir->iops->create(dir, name, len, mode, rdev);
	if (!IS_ERR(inode)) {
		dcache_set(dir, name, len, inode);
		*created = true;
	}
out:
	up_write(&dir->lock);
	return inode;
}

struct inode *path_open(const char *path, u32 flags, u32 mode, bool *created)
{
	char name[NAME_MAX + 1];
	struct inode *dir, *inode;
	size_t len;

	*created = false;
	if (!(flags & O_CREAT))
		return walk(path, NULL, NULL);
	if (!(flags & O_EXCL)) {
		inode = walk(path, NULL, NULL);
		if (!IS_ERR(inode) || PTR_ERR(inode) != -ENOENT)
			return inode;
	}
	dir = walk(path, name, &len);
	if (IS_ERR(dir))
		return dir;
	if (len == 0 || is_dots(name, len) || path[strlen(path) - 1] == '/')
		inode = ERR_PTR(-EISDIR);
	else
		inode = create_at(dir, name, len, (mode & 07777) | S_IFREG, 0, flags & O_EXCL,
				  created);
	inode_put(dir);
	while (!IS_ERR(inode) && inode->mounted != NULL) {
		dir = inode_ref(inode->mounted->root);
		inode_put(inode);
		inode = dir;
	}
	return inode;
}

int vfs_create(const char *path, u32 mode, u32 rdev)
{
	char name[NAME_MAX + 1];
	struct inode *dir, *inode;
	bool created;
	size_t len;

	dir = walk(path, name, &len);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	if (len == 0 || is_dots(name, len))
		inode = ERR_PTR(-EEXIST);
	else
		inode = create_at(dir, name, len, mode, rdev, true, &created);
	inode_put(dir);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	inode_put(inode);
	return 0;
}

int vfs_link(const char *old_path, const char *new_path)
{
	char name[NAME_MAX + 1];
	struct inode *dir, *inode, *there;
	size_t len;
	int err;

	inode = walk(old_path, NULL, NULL);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	err = -EPERM;
	if (S_ISDIR(inode->mode))
		goto put_inode;
	dir = walk(new_path, name, &len);
	err = PTR_ERR(dir);
	if (IS_ERR(dir))
		goto put_inode;
	err = -EEXIST;
	if (len == 0 || is_dots(name, len))
		goto put_dir;
	err = -EXDEV;
	if (dir->sb != inode->sb)
		goto put_dir;
	down_write(&dir->lock);
	there = lookup_locked(dir, name, len);
	err = PTR_ERR(there);
	if (!IS_ERR(there)) {
		inode_put(there);
		err = -EEXIST;
	} else if (err == -ENOENT) {
		err = may_change(dir);
		if (err == 0 && dir->iops->link == NULL)
			err = -EPERM;
		if (err == 0) {
			down_write_nested(&inode->lock);
			/* Its last name may have gone since we found it. */
			err = inode->nlink == 0 ? -ENOENT : dir->iops->link(dir, name, len, inode);
			up_write(&inode->lock);
		}
		if (err == 0)
			dcache_set(dir, name, len, inode);
	}
	up_write(&dir->lock);
put_dir:
	inode_put(dir);
put_inode:
	inode_put(inode);
	return err;
}

/* --- unmaking names --- */

/* => dir->lock held for writing; victim is what name means */
static int remove_locked(struct inode *dir, const char *name, size_t len, struct inode *victim)
{
	bool is_dir = S_ISDIR(victim->mode);
	int err = may_change(dir);

	if (err)
		return err;
	if (is_dir ? dir->iops->rmdir == NULL : dir->iops->unlink == NULL)
		return -EPERM;
	down_write_nested(&victim->lock);
	if (victim->mounted != NULL)
		err = -EBUSY;
	else
		err = is_dir ? dir->iops->rmdir(dir, name, len, victim)
			     : dir->iops->unlink(dir, name, len, victim);
	up_write(&victim->lock);
	if (err == 0) {
		dcache_set(dir, name, len, NULL);
		if (is_dir)
			dcache_purge(victim);
	}
	return err;
}

int vfs_unlink(const char *path, bool dir_ok, bool file_ok)
{
	char name[NAME_MAX + 1];
	struct inode *dir, *victim;
	size_t len;
	int err;

	dir = walk(path, name, &len);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	err = dir_ok ? -EBUSY : -EISDIR;
	if (len == 0)				/* "/" */
		goto put_dir;
	err = dir_ok ? -EINVAL : -EISDIR;
	if (is_dots(name, len))
		goto put_dir;
	down_write(&dir->lock);
	victim = lookup_locked(dir, name, len);
	err = PTR_ERR(victim);
	if (!IS_ERR(victim)) {
		if (S_ISDIR(victim->mode) && !dir_ok)
			err = -EISDIR;
		else if (!S_ISDIR(victim->mode) && (!file_ok || path[strlen(path) - 1] == '/'))
			err = -ENOTDIR;
		else
			err = remove_locked(dir, name, len, victim);
	}
	up_write(&dir->lock);
	if (!IS_ERR(victim))
		inode_put(victim);	/* may free a large file: without the directory's lock */
put_dir:
	inode_put(dir);
	return err;
}

/* --- paths as text --- */

char *path_absolute(const char *path)
{
	struct fs_info *fs = current->fs;
	size_t room, n = 0, plen = strlen(path);
	char *buf;

	if (*path != '/' && fs != NULL && fs->cwd_path != NULL) {
		spin_lock(&fs->lock);
		n = strlen(fs->cwd_path);
		room = n + plen + 3;
		buf = kmalloc(room, GFP_ATOMIC | __GFP_NOWARN);
		if (buf != NULL)
			memcpy(buf, fs->cwd_path, n);
		spin_unlock(&fs->lock);
		if (n == 1)
			n = 0;			/* "/" */
	} else {
		buf = kmalloc(plen + 3, GFP_KERNEL | __GFP_NOWARN);
	}
	if (buf == NULL)
		return NULL;
	while (*path != '\0') {
		const char *part;
		size_t len;

		while (*path == '/')
			path++;
		for (part = path; *path != '/' && *path != '\0'; path++)
			;
		len = path - part;
		if (len == 0 || (len == 1 && part[0] == '.'))
			continue;
		if (len == 2 && part[0] == '.' && part[1] == '.') {
			while (n != 0 && buf[--n] != '/')
				;
			continue;
		}
		buf[n++] = '/';
		memcpy(buf + n, part, len);
		n += len;
	}
	if (n == 0)
		buf[n++] = '/';
	buf[n] = '\0';
	return buf;
}

/* dir, whose name is path, becomes the current directory.
 * => the reference to dir is used up, in all cases */
static int set_cwd(struct inode *dir, const char *path)
{
	struct fs_info *fs = current->fs;
	struct inode *old;
	char *text, *old_text;

	if (!S_ISDIR(dir->mode)) {
		inode_put(dir);
		return -ENOTDIR;
	}
	text = path != NULL ? path_absolute(path) : NULL;
	if (text == NULL) {
		inode_put(dir);
		return -ENOMEM;
	}
	spin_lock(&fs->lock);
	old = fs->cwd;
	old_text = fs->cwd_path;
	fs->cwd = dir;
	fs->cwd_path = text;
	spin_unlock(&fs->lock);
	if (old != NULL)
		inode_put(old);
	kfree(old_text);
	return 0;
}

int vfs_chdir(const char *path)
{
	struct inode *dir = walk(path, NULL, NULL);

	return IS_ERR(dir) ? (int)PTR_ERR(dir) : set_cwd(dir, path);
}

int vfs_fchdir(struct file *f)
{
	return set_cwd(inode_ref(f->inode), f->path);
}
