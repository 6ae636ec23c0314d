// SPDX-License-Identifier: MIT
/*
 * namei.c - from names to inodes, and a cache of names.
 *
 * The name cache remembers (directory, name) -> inode, and also that there is no such name
 * (a negative entry: shells and linkers ask for many names that do not exist).  A path whose
 * parts are all cached is walked under one spinlock from end to end, without touching a
 * reference count on the way: entries hold references to their inodes, so under
 * the lock every inode met is alive.  Only the last one gets a reference of ours.
 *
 *      "/a/b"    names:  (root,"a") -> A      inode A ── names: "b", "..", "nix"
 *                        (A,"b")    -> B
 *                        (A,"nix")  -> none
 *
 * A part that is not cached is asked of the file system under the directory's lock (shared),
 * and the answer is entered while that lock is held; whoever changes a directory holds it
 * exclusively and changes the cache before he lets go.  So:
 *
 *   D1  a name that is cached is what the directory says, for everyone who holds the
 *       directory's lock; others see the state before or after a change, never a third.
 *   D2  an entry holds a reference to its inode and none to its directory; a directory's
 *       entries go when it is evicted (dcache_purge).
 *
 * "." is worked off here, ".." too at the root of a mounted file system (it leads to the
 * covered directory's parent); elsewhere ".." is a name like any other.
 *
 * Locks: dcache_lock is a leaf.  Directories: parent before child; rename takes two
 * directories, the ancestor first, else by address, under rename_lock, which keeps the
 * tree of directories still meanwhile.  An inode is never put under dcache_lock.
 *
 * Alternative: Linux's dentries tie the tree of names together with reference counts of
 * their own and sequence counters; with one lock of thirty instructions a part we do without.
 */
#include "fs/vfs_internal.h"
#include "proc/sched.h"

struct name {
	struct list hash;		/* all (d) dcache_lock */
	struct list lru;		/* oldest first */
	struct list dir_link;		/* dir->names */
	struct inode *dir;
	struct inode *inode;		/* a reference; NULL: there is no such name */
	u32 hash_value;
	u8 len;
	bool used;			/* since the scan last saw it */
	char text[NAME_MAX + 1];
};

#define HASH_SHIFT	10

static spinlock_t dcache_lock = SPINLOCK_INIT("dcache");
static struct list names_hash[1 << HASH_SHIFT];
static struct list names_lru = LIST_INIT(names_lru);
static unsigned long nr_names, max_names = 1024;
static struct kmem_cache *name_cache;
static struct mutex rename_lock = MUTEX_INIT(rename_lock);

struct inode *vfs_root;

void namei_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(names_hash); i++)
		list_init(&names_hash[i]);
	max_names = CLAMP(nr_total_pages() / 16, 512UL, 32768UL);
	name_cache = kmem_cache_create("name", sizeof(struct name), 0,
				       SLAB_PANIC | SLAB_RECLAIMABLE, NULL, NULL);
}

/* --- the cache --- */

static inline u32 hash_text(const char *text, size_t len)
{
	u32 h = 0;

	for (size_t i = 0; i < len; i++)
		h = h * 31 + (u8)text[i];
	return h;
}

static inline struct list *bucket(const struct inode *dir, u32 h)
{
	return &names_hash[((u64)(unsigned long)dir / 64 + h) * 0x9e3779b97f4a7c15UL >>
			   (64 - HASH_SHIFT)];
}

/* => dcache_lock held */
static inline struct name *find_name(const struct inode *dir, const char *text, size_t len, u32 h)
{
	struct name *e;

	list_for_each(e, bucket(dir, h), hash)
		if (e->hash_value == h && e->dir == dir && e->len == len &&
		    memcmp(e->text, text, len) == 0) {
			e->used = true;
			return e;
		}
	return NULL;
}

/* => dcache_lock held; the caller puts e->inode and frees e without it */
static void unlink_name(struct name *e)
{
	list_del(&e->hash);
	list_del(&e->lru);
	list_del(&e->dir_link);
	nr_names--;
}

static void free_name(struct name *e)
{
	if (e->inode != NULL)
		inode_put(e->inode);
	kmem_cache_free(name_cache, e);
}

/* Enter or change: text in dir means inode (NULL: nothing).
 * => dir->lock is held; takes a reference of its own.  May do nothing (no memory), except
 *    that a wrong entry never stays. */
static void dcache_set(struct inode *dir, const char *text, size_t len, struct inode *inode)
{
	u32 h = hash_text(text, len);
	struct name *e, *fresh = NULL;
	struct inode *old = NULL;

	if (dir->sb != NULL && dir->sb->volatile_names)
		return;
	fresh = kmem_cache_alloc(name_cache, GFP_NOFS | __GFP_NOWARN);
	spin_lock(&dcache_lock);
	e = find_name(dir, text, len, h);
	if (e != NULL) {
		old = e->inode;
		e->inode = inode != NULL ? inode_ref(inode) : NULL;
	} else if (fresh != NULL) {
		e = fresh;
		fresh = NULL;
		e->dir = dir;
		e->inode = inode != NULL ? inode_ref(inode) : NULL;
		e->hash_value = h;
		e->len = (u8)len;
		e->used = false;
		memcpy(e->text, text, len);
		e->text[len] = '\0';
		list_add(&e->hash, bucket(dir, h));
		list_add_tail(&e->lru, &names_lru);
		list_add(&e->dir_link, &dir->names);
		nr_names++;
	}
	spin_unlock(&dcache_lock);
	if (old != NULL)
		inode_put(old);
	if (fresh != NULL)
		kmem_cache_free(name_cache, fresh);
	if (unlikely(nr_names > max_names))
		dcache_prune(32);
}

void dcache_forget(struct inode *dir, const char *text, size_t len)
{
	struct name *e;

	spin_lock(&dcache_lock);
	e = find_name(dir, text, len, hash_text(text, len));
	if (e != NULL)
		unlink_name(e);
	spin_unlock(&dcache_lock);
	if (e != NULL)
		free_name(e);
}

void dcache_purge(struct inode *dir)
{
	while (!list_empty(&dir->names)) {
		struct name *e = NULL;

		spin_lock(&dcache_lock);
		if (!list_empty(&dir->names)) {
			e = list_first(&dir->names, struct name, dir_link);
			unlink_name(e);
		}
		spin_unlock(&dcache_lock);
		if (e != NULL)
			free_name(e);
	}
}

unsigned long dcache_prune(unsigned long nr)
{
	unsigned long gone = 0, look = nr_names;

	if (nr < look / 2)
		look = 2 * nr;
	else if (nr == ~0UL)
		look *= 2;
	while (gone < nr && look-- != 0) {
		struct name *e = NULL;

		spin_lock(&dcache_lock);
		if (!list_empty(&names_lru)) {
			e = list_first(&names_lru, struct name, lru);
			if (e->used && nr != ~0UL) {
				e->used = false;
				list_move_tail(&e->lru, &names_lru);
				e = NULL;
			} else {
				unlink_name(e);
			}
		}
		spin_unlock(&dcache_lock);
		if (e != NULL) {
			free_name(e);
			gone++;
		}
	}
	return gone;
}

/* Walks cross from dir to the root of sb from now on. */
void mount_attach(struct inode *dir, struct super_block *sb)
{
	spin_lock(&dcache_lock);
	dir->mounted = sb;
	spin_unlock(&dcache_lock);
}

/* --- walking --- */

/* What dir's name means, from the file system. => no locks held; a reference, or ERR_PTR */
static struct inode *lookup_slow(struct inode *dir, const char *text, size_t len)
{
	struct inode *inode;

	if (dir->iops == NULL || dir->iops->lookup == NULL)
		return ERR_PTR(-ENOTDIR);
	down_read(&dir->lock);
	inode = dir->iops->lookup(dir, text, len);
	if (!IS_ERR(inode))
		dcache_set(dir, text, len, inode);
	else if (PTR_ERR(inode) == -ENOENT)
		dcache_set(dir, text, len, NULL);
	up_read(&dir->lock);
	return inode;
}

/* The same under dir->lock, held by the caller for writing. */
static struct inode *lookup_locked(struct inode *dir, const char *text, size_t len)
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
	return dir->iops->lookup(dir, text, len);
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

static inline bool is_dots(const char *name, size_t len)
{
	return name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'));
}

/* --- making names --- */

/* => dir->lock held for writing. */
static int may_change(struct inode *dir)
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
	if (victim->mounted != NULL)
		return -EBUSY;
	if (is_dir ? dir->iops->rmdir == NULL : dir->iops->unlink == NULL)
		return -EPERM;
	down_write_nested(&victim->lock);
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
	err = -EBUSY;
	if (len == 0)				/* "/" */
		goto put_dir;
	err = -EINVAL;
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

/* If top is above dir: the inode directly below top on the way to dir, with a reference.
 * NULL if it is not.
 * => rename_lock held, so parents stay; no directory locked: the climb locks children
 *    before parents, one at a time, which nobody may do who holds one. */
static struct inode *child_towards(struct inode *top, struct inode *dir)
{
	struct inode *i = inode_ref(dir), *up;

	while (i != i->sb->root) {
		down_read(&i->lock);
		up = i->iops->lookup(i, "..", 2);
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

int vfs_rename(const char *old_path, const char *new_path)
{
	char old_name[NAME_MAX + 1], new_name[NAME_MAX + 1];
	struct inode *old_dir, *new_dir, *what, *victim = NULL, *trap;
	size_t old_len, new_len;
	int err;

	old_dir = walk(old_path, old_name, &old_len);
	if (IS_ERR(old_dir))
		return PTR_ERR(old_dir);
	new_dir = walk(new_path, new_name, &new_len);
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
	err = -ENOTDIR;
	if (!S_ISDIR(what->mode) && (old_path[strlen(old_path) - 1] == '/' ||
				     new_path[strlen(new_path) - 1] == '/'))
		goto put_what;
	if (victim != NULL) {
		err = -ENOTDIR;
		if (S_ISDIR(what->mode) && !S_ISDIR(victim->mode))
			goto put_what;
		err = -EISDIR;
		if (!S_ISDIR(what->mode) && S_ISDIR(victim->mode))
			goto put_what;
	}
	err = -EBUSY;
	if (what->mounted != NULL || (victim != NULL && victim->mounted != NULL))
		goto put_what;
	/* A directory must not become its own descendant, nor replace its own ancestor. */
	err = -EINVAL;
	if (what == trap || what == new_dir)
		goto put_what;
	err = -ENOTEMPTY;
	if (victim != NULL && (victim == trap || victim == old_dir))
		goto put_what;
	if (victim != NULL)
		down_write_nested(&victim->lock);
	err = old_dir->iops->rename(old_dir, old_name, old_len, what, new_dir, new_name, new_len,
				    victim);
	if (victim != NULL)
		up_write(&victim->lock);
	if (err == 0) {
		dcache_set(old_dir, old_name, old_len, NULL);
		dcache_set(new_dir, new_name, new_len, what);
		if (S_ISDIR(what->mode))
			dcache_forget(what, "..", 2);
		if (victim != NULL && S_ISDIR(victim->mode))
			dcache_purge(victim);
	}
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

int vfs_chdir(const char *path)
{
	struct fs_info *fs = current->fs;
	struct inode *dir = walk(path, NULL, NULL), *old;
	char *text, *old_text;

	if (IS_ERR(dir))
		return PTR_ERR(dir);
	if (!S_ISDIR(dir->mode)) {
		inode_put(dir);
		return -ENOTDIR;
	}
	text = path_absolute(path);
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
