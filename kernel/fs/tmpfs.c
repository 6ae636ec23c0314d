// SPDX-License-Identifier: MIT
/*
 * tmpfs.c - a file system whose only home is the page cache.
 *
 * A file's data are the pages of its address_space and nothing else: no read_pages (a page
 * that is not there is a hole, zeros), no write_pages (nothing is ever written back).  The
 * pages are AS_SHMEM: not on the LRU list, not counted as dirty, freed by truncation alone.
 * The same files without names are shared anonymous memory (shmem_file) and memfd_create.
 *
 * A directory holds its names twice: in a red-black tree ordered by hash and text, for look-up,
 * and in an array indexed by a number that only grows, for readdir: a position stays valid
 * whatever is created or removed around it.
 *
 *   T1  an entry points to its inode without a reference; the inode is I_PINNED, so the
 *       inode cache keeps it while nlink > 0, and nlink counts the entries (and "."/"..").
 *   T2  a directory's parent pointer is valid while the directory has a name.
 *
 * Locks: the VFS holds the directory's inode->lock for us.
 * Failure: at most half of RAM in tmpfs pages and a name for every second frame of it, then
 * -ENOSPC; no memory for a name: -ENOMEM.  What is here stays when the program that made it
 * has gone, so it must not be able to take all: then nobody could even remove it.  Files
 * without names end with their program; they leave the last sixteenth to others (-ENOMEM).
 */
#include "fs/vfs_internal.h"

struct entry {
	struct rb_node node;
	u32 hash;
	u32 len;
	u64 cookie;			/* position for readdir; 0 and 1 are "." and ".." */
	struct inode *inode;
	char text[];
};

struct tmpfs_inode {
	struct inode vfs;
	struct rb_root names;		/* directory */
	struct xarray by_cookie;
	u64 next_cookie;
	struct inode *parent;		/* NULL: removed, or a root */
};

struct tmpfs_super {
	u64 next_ino;			/* (a) */
	u64 max_pages;
	u64 max_names;
	atomic64_t nr_names;
};

static struct tmpfs_super shm_super = { .max_pages = ~0UL };	/* of files without a name */
static struct kmem_cache *tmpfs_cache;
static const struct inode_ops tmpfs_dir_iops, tmpfs_file_iops;
static const struct file_ops tmpfs_dir_fops, tmpfs_file_fops;
static const struct address_space_ops tmpfs_aops;

static inline struct tmpfs_inode *tmpfs_i(struct inode *i)
{
	return container_of(i, struct tmpfs_inode, vfs);
}

/* --- entries --- */

static u32 hash_name(const char *name, size_t len)
{
	u32 h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (u8)name[i]) * 16777619u;
	return h;
}

static int entry_cmp(const struct entry *e, u32 hash, const char *name, size_t len)
{
	if (e->hash != hash)
		return hash < e->hash ? -1 : 1;
	if (e->len != len)
		return len < e->len ? -1 : 1;
	return memcmp(name, e->text, len);
}

static struct entry *entry_find(struct tmpfs_inode *dir, const char *name, size_t len)
{
	struct rb_node *n = dir->names.node;
	u32 hash = hash_name(name, len);

	while (n != NULL) {
		struct entry *e = rb_entry(n, struct entry, node);
		int c = entry_cmp(e, hash, name, len);

		if (c == 0)
			return e;
		n = c < 0 ? n->left : n->right;
	}
	return NULL;
}

static int entry_add(struct tmpfs_inode *dir, const char *name, size_t len, struct inode *inode)
{
	struct rb_node **link = &dir->names.node, *parent = NULL;
	struct tmpfs_super *ts = dir->vfs.sb->private;
	struct entry *e;
	int err;

	if ((u64)atomic_read(&ts->nr_names) >= ts->max_names)
		return -ENOSPC;
	e = kmalloc(sizeof(*e) + len, GFP_KERNEL);
	if (e == NULL)
		return -ENOMEM;
	e->hash = hash_name(name, len);
	e->len = (u32)len;
	e->inode = inode;
	e->cookie = dir->next_cookie;
	memcpy(e->text, name, len);
	err = xa_insert(&dir->by_cookie, e->cookie, e);
	if (err) {
		kfree(e);
		return err;
	}
	dir->next_cookie++;
	while (*link != NULL) {
		parent = *link;
		link = entry_cmp(rb_entry(parent, struct entry, node), e->hash, name, len) < 0 ?
		       &parent->left : &parent->right;
	}
	rb_link(&e->node, parent, link);
	rb_insert(&dir->names, &e->node, NULL);
	dir->vfs.size += sizeof(struct xv6_dirent);
	atomic_add(&ts->nr_names, 1);
	return 0;
}

static void entry_del(struct tmpfs_inode *dir, struct entry *e)
{
	rb_erase(&dir->names, &e->node, NULL);
	xa_erase(&dir->by_cookie, e->cookie);
	dir->vfs.size -= sizeof(struct xv6_dirent);
	atomic_add(&((struct tmpfs_super *)dir->vfs.sb->private)->nr_names, -1);
	kfree(e);
}

static void touch(struct inode *a, struct inode *b)
{
	a->mtime = a->ctime = time_realtime_ns();
	if (b != NULL)
		b->ctime = a->ctime;
}

/* --- inodes --- */

static struct inode *tmpfs_alloc_inode(struct super_block *sb)
{
	struct tmpfs_inode *t = kmem_cache_alloc(tmpfs_cache, GFP_KERNEL);

	(void)sb;
	if (t == NULL)
		return NULL;
	t->names = RB_ROOT_INIT;
	t->by_cookie = XARRAY_INIT;
	t->next_cookie = 2;
	t->parent = NULL;
	return &t->vfs;
}

static void tmpfs_free_inode(struct inode *inode)
{
	struct tmpfs_inode *t = tmpfs_i(inode);
	struct rb_node *n;

	/* Unmount: the names of a directory go with it. */
	while ((n = rb_first(&t->names)) != NULL)
		entry_del(t, rb_entry(n, struct entry, node));
	kmem_cache_free(tmpfs_cache, t);
}

static void tmpfs_fill(struct inode *i, u32 mode, u32 rdev)
{
	i->mode = mode;
	i->rdev = rdev;
	i->atime = i->mtime = i->ctime = time_realtime_ns();
	i->data.ops = &tmpfs_aops;
	i->data.flags = AS_SHMEM;
	if (S_ISDIR(mode)) {
		i->nlink = 2;
		i->iops = &tmpfs_dir_iops;
		i->fops = &tmpfs_dir_fops;
	} else {
		i->iops = &tmpfs_file_iops;
		i->fops = &tmpfs_file_fops;
	}
}

static struct inode *tmpfs_new(struct super_block *sb, u32 mode, u32 rdev)
{
	struct tmpfs_super *ts = sb->private;
	struct inode *i = inode_get(sb, __atomic_add_fetch(&ts->next_ino, 1, __ATOMIC_RELAXED));

	if (i == NULL)
		return NULL;
	tmpfs_fill(i, mode, rdev);
	set_bits(&i->state, I_PINNED);
	inode_ready(i);
	return i;
}

/* --- directory operations --- */

static struct inode *tmpfs_lookup(struct inode *dir, const char *name, size_t len)
{
	struct inode *i;

	if (len == 2 && name[0] == '.' && name[1] == '.') {
		i = inode_grab(tmpfs_i(dir)->parent);
	} else {
		struct entry *e = entry_find(tmpfs_i(dir), name, len);

		i = e != NULL ? inode_grab(e->inode) : NULL;
	}
	return i != NULL ? i : ERR_PTR(-ENOENT);
}

static struct inode *tmpfs_create(struct inode *dir, const char *name, size_t len, u32 mode,
				  u32 rdev)
{
	struct inode *i = tmpfs_new(dir->sb, mode, rdev);
	int err;

	if (i == NULL)
		return ERR_PTR(-ENOMEM);
	err = entry_add(tmpfs_i(dir), name, len, i);
	if (err) {
		i->nlink = 0;
		inode_put(i);
		return ERR_PTR(err);
	}
	if (S_ISDIR(mode)) {
		tmpfs_i(i)->parent = dir;
		dir->nlink++;
	}
	touch(dir, NULL);
	return i;
}

static int tmpfs_link(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	int err = entry_add(tmpfs_i(dir), name, len, target);

	if (err)
		return err;
	target->nlink++;
	touch(dir, target);
	return 0;
}

/* The name of victim in dir goes. => a directory is empty */
static void drop_name(struct inode *dir, const char *name, size_t len, struct inode *victim)
{
	entry_del(tmpfs_i(dir), entry_find(tmpfs_i(dir), name, len));
	if (S_ISDIR(victim->mode)) {
		victim->nlink = 0;
		tmpfs_i(victim)->parent = NULL;
		dir->nlink--;
	} else {
		victim->nlink--;
	}
	touch(dir, victim);
}

static int tmpfs_unlink(struct inode *dir, const char *name, size_t len, struct inode *victim)
{
	drop_name(dir, name, len, victim);
	return 0;
}

static int tmpfs_rmdir(struct inode *dir, const char *name, size_t len, struct inode *victim)
{
	if (tmpfs_i(victim)->names.node != NULL)
		return -ENOTEMPTY;
	drop_name(dir, name, len, victim);
	return 0;
}

static int tmpfs_rename(struct inode *old_dir, const char *old_name, size_t old_len,
			struct inode *what, struct inode *new_dir, const char *new_name,
			size_t new_len, struct inode *victim)
{
	int err;

	if (victim != NULL) {
		if (S_ISDIR(victim->mode) && tmpfs_i(victim)->names.node != NULL)
			return -ENOTEMPTY;
		entry_find(tmpfs_i(new_dir), new_name, new_len)->inode = what;
		if (S_ISDIR(victim->mode)) {
			victim->nlink = 0;
			tmpfs_i(victim)->parent = NULL;
			new_dir->nlink--;
		} else {
			victim->nlink--;
		}
	} else {
		err = entry_add(tmpfs_i(new_dir), new_name, new_len, what);
		if (err)
			return err;
	}
	entry_del(tmpfs_i(old_dir), entry_find(tmpfs_i(old_dir), old_name, old_len));
	if (S_ISDIR(what->mode)) {
		tmpfs_i(what)->parent = new_dir;
		old_dir->nlink--;
		new_dir->nlink++;
	}
	touch(old_dir, what);
	touch(new_dir, victim);
	return 0;
}

static int tmpfs_readdir(struct file *f, struct dir_context *ctx)
{
	struct tmpfs_inode *dir = tmpfs_i(f->inode);
	struct inode *up = dir->parent != NULL ? dir->parent : &dir->vfs;
	struct entry *e;

	if (ctx->pos == 0) {
		if (!ctx->emit(ctx, ".", 1, dir->vfs.ino, S_IFDIR >> 12))
			return 0;
		ctx->pos = 1;
	}
	if (ctx->pos == 1) {
		if (!ctx->emit(ctx, "..", 2, up->ino, S_IFDIR >> 12))
			return 0;
		ctx->pos = 2;
	}
	while ((e = xa_find(&dir->by_cookie, &ctx->pos, ~0UL)) != NULL) {
		if (!ctx->emit(ctx, e->text, e->len, e->inode->ino, e->inode->mode >> 12))
			return 0;
		ctx->pos = e->cookie + 1;
	}
	return 0;
}

static const struct inode_ops tmpfs_dir_iops = {
	.lookup = tmpfs_lookup, .create = tmpfs_create, .link = tmpfs_link,
	.unlink = tmpfs_unlink, .rmdir = tmpfs_rmdir, .rename = tmpfs_rename,
};
static const struct inode_ops tmpfs_file_iops = { .truncate = NULL };

/* --- data --- */

/* Nothing to prepare but the page itself: it is new if it is not up to date. */
static int tmpfs_write_begin(struct address_space *m, struct page *page, unsigned from, unsigned to)
{
	const struct tmpfs_super *ts = m->host->sb->private;

	if (likely(page_test(page, PG_UPTODATE)))
		return 0;
	if (pagecache_shmem() > ts->max_pages)
		return -ENOSPC;
	if (ts == &shm_super && memory_short(16))
		return -ENOMEM;
	if (from != 0 || to != PAGE_SIZE) {
		clear_page(page_address(page));
		page_set(page, PG_UPTODATE);
	}
	return 0;
}

static const struct address_space_ops tmpfs_aops = { .write_begin = tmpfs_write_begin };

static int tmpfs_fsync(struct file *f)
{
	(void)f;
	return 0;
}

static const struct file_ops tmpfs_file_fops = {
	.read = generic_file_read, .write = generic_file_write, .fsync = tmpfs_fsync,
};
static const struct file_ops tmpfs_dir_fops = { .readdir = tmpfs_readdir, .fsync = tmpfs_fsync };

/* --- the file system --- */

static int tmpfs_statfs(struct super_block *sb, struct statfs *st)
{
	const struct tmpfs_super *ts = sb->private;
	u64 used = pagecache_shmem();

	*st = (struct statfs){ .f_type = "tmpfs", .f_bsize = PAGE_SIZE, .f_blocks = ts->max_pages,
			       .f_namelen = NAME_MAX, .f_files = ts->max_names };
	st->f_bfree = st->f_bavail = used < ts->max_pages ? ts->max_pages - used : 0;
	st->f_ffree = ts->max_names - MIN((u64)atomic_read(&ts->nr_names), ts->max_names);
	return 0;
}

static void tmpfs_put_super(struct super_block *sb)
{
	kfree(sb->private);
}

static const struct super_ops tmpfs_sops = {
	.alloc_inode = tmpfs_alloc_inode, .free_inode = tmpfs_free_inode,
	.put_super = tmpfs_put_super, .statfs = tmpfs_statfs,
};

static int tmpfs_mount(struct super_block *sb, const char *source)
{
	struct tmpfs_super *ts = kzalloc(sizeof(*ts), GFP_KERNEL);

	(void)source;
	if (ts == NULL)
		return -ENOMEM;
	ts->max_pages = ts->max_names = nr_total_pages() / 2;
	sb->private = ts;
	sb->ops = &tmpfs_sops;
	sb->root = tmpfs_new(sb, S_IFDIR | 0777, 0);
	if (sb->root == NULL) {
		kfree(ts);
		return -ENOMEM;
	}
	return 0;
}

static struct file_system_type tmpfs_type = { .name = "tmpfs", .mount = tmpfs_mount };

/* --- files without a name --- */

static struct super_block shm_sb = { .fstype = "tmpfs", .source = "none", .dev = 2,
				     .ops = &tmpfs_sops, .private = &shm_super };

struct file *tmpfs_file(u64 size, const char *path)
{
	struct inode *i = tmpfs_alloc_inode(&shm_sb);
	struct file *f;

	if (i == NULL)
		return ERR_PTR(-ENOMEM);
	inode_init(i, &shm_sb, __atomic_add_fetch(&shm_super.next_ino, 1, __ATOMIC_RELAXED), 0);
	tmpfs_fill(i, S_IFREG | 0600, 0);
	i->nlink = 0;
	i->size = size;
	f = file_alloc(i, &tmpfs_file_fops, O_RDWR | FILE_SEEKS);
	if (IS_ERR(f))
		inode_put(i);
	else if (path != NULL)
		f->path = kstrdup(path, GFP_KERNEL);
	return f;
}

struct file *shmem_file(size_t size)
{
	return tmpfs_file(size, "/dev/zero (deleted)");
}

void tmpfs_init(void)
{
	tmpfs_cache = kmem_cache_create("tmpfs_inode", sizeof(struct tmpfs_inode), 0, SLAB_PANIC,
					NULL, NULL);
	register_filesystem(&tmpfs_type);
}
