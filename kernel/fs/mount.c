// SPDX-License-Identifier: MIT
/*
 * mount.c - file systems come and go.
 *
 * A mount ties the root of a file system to a directory of another, the covered one: a
 * walk that reaches the covered directory goes on in the root (namei.c), and ".." in
 * the root goes on from the covered directory.
 *
 *      "/" pfs ── tmp ─ ─ ─ ► root of tmpfs          dir->mounted = sb
 *                     ◄─ ─ ─ ─                       sb->covered = dir
 *
 * Unmounting: no new walk gets in once the directory is detached; then the names under the
 * file system are forgotten, and if any inode is still referred to (an open file, a current
 * directory, another mount) the directory is attached again: -EBUSY.
 *
 * Locks: mount_lock, a mutex, for the list and all changes; then dir->lock, so that the
 * directory is not removed meanwhile, for what is mounted there could not be reached again;
 * the crossing itself is guarded by dcache_lock, under which walks look at dir->mounted.
 */
#include "fs/procfs.h"
#include "fs/vfs_internal.h"
#include "lib/fdt.h"
#include "riscv/sbi.h"

static struct mutex mount_lock = MUTEX_INIT(mount_lock);
static struct list mounts = LIST_INIT(mounts);
static struct list fs_types = LIST_INIT(fs_types);
static u32 next_dev = 16;		/* st_dev of file systems without a disk */

void register_filesystem(struct file_system_type *t)
{
	list_add_tail(&t->link, &fs_types);
}

static struct file_system_type *find_type(const char *name)
{
	struct file_system_type *t;

	list_for_each(t, &fs_types, link)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

static bool exists(const char *path)
{
	struct inode *inode = path != NULL ? path_lookup(path) : NULL;

	if (inode == NULL || IS_ERR(inode))
		return false;
	inode_put(inode);
	return true;
}

/* Read a file system; not attached anywhere yet. => mount_lock held */
static struct super_block *read_super(const char *source, const char *type, bool readonly, int *err)
{
	struct file_system_type *t = find_type(type);
	struct super_block *sb;

	*err = -ENODEV;
	if (t == NULL)
		return NULL;
	*err = -ENOMEM;
	sb = kzalloc(sizeof(*sb), GFP_KERNEL);
	if (sb == NULL)
		return NULL;
	sb->fstype = t->name;
	strlcpy(sb->source, source != NULL && *source != '\0' ? source : "none",
		sizeof(sb->source));
	sb->dev = next_dev++;
	sb->readonly = readonly;
	*err = t->mount(sb, source);
	if (*err == -ENODEV && exists(source))
		*err = -ENOTBLK;	/* there is something of that name, but no disk */
	if (*err) {
		kfree(sb);
		return NULL;
	}
	assert(sb->root != NULL && S_ISDIR(sb->root->mode));
	return sb;
}

/* Everything of sb onto its disk. */
static int sync_super(struct super_block *sb)
{
	return sb->ops->sync_fs != NULL ? sb->ops->sync_fs(sb) : 0;
}

/* => mount_lock held, no reference to its inodes but the mount's own to the root */
static void release_super(struct super_block *sb)
{
	inode_put(sb->root);
	inode_evict_all(sb);
	sync_super(sb);
	if (sb->ops->put_super != NULL)
		sb->ops->put_super(sb);
	kfree(sb);
}

/* Attach sb to dir, whose reference is used up. => mount_lock held; 0, -ENOENT */
static int attach(struct super_block *sb, struct inode *dir)
{
	int err = -ENOENT;

	down_read(&dir->lock);
	if (dir->nlink != 0) {
		sb->covered = dir;
		list_add_tail(&sb->link, &mounts);
		mount_attach(dir, sb);
		err = 0;
	}
	up_read(&dir->lock);
	return err;
}

int vfs_mount(const char *source, const char *target, const char *type, bool readonly)
{
	struct inode *dir = path_lookup(target);
	struct super_block *sb;
	char *path;
	int err;

	if (IS_ERR(dir))
		return PTR_ERR(dir);
	err = -ENOTDIR;
	if (!S_ISDIR(dir->mode))
		goto put_dir;
	mutex_lock(&mount_lock);
	err = -EBUSY;
	if (dir->mounted != NULL || dir == dir->sb->root)
		goto unlock;
	list_for_each(sb, &mounts, link)
		if (sb->bdev != NULL && source != NULL && strcmp(sb->source, source) == 0)
			goto unlock;
	sb = read_super(source, type, readonly, &err);
	if (sb == NULL)
		goto unlock;
	path = path_absolute(target);
	strlcpy(sb->path, path != NULL ? path : target, sizeof(sb->path));
	kfree(path);
	err = attach(sb, dir);
	if (err == 0) {
		mutex_unlock(&mount_lock);
		return 0;
	}
	release_super(sb);
unlock:
	mutex_unlock(&mount_lock);
put_dir:
	inode_put(dir);
	return err;
}

int vfs_umount(const char *target)
{
	struct inode *root = path_lookup(target), *dir;
	struct super_block *sb;
	int err;

	if (IS_ERR(root))
		return PTR_ERR(root);
	mutex_lock(&mount_lock);
	sb = root->sb;
	err = -EINVAL;
	if (sb == NULL || root != sb->root)
		goto unlock;
	err = -EBUSY;
	if (sb->covered == NULL)
		goto unlock;			/* the root */
	dir = sb->covered;
	mount_attach(dir, NULL);
	inodes_forget_names(sb);
	writeback_all();
	/* Two references to the root: the mount's and ours. */
	if (inodes_busy(sb, 2)) {
		mount_attach(dir, sb);
		goto unlock;
	}
	list_del(&sb->link);
	inode_put(root);
	release_super(sb);
	mutex_unlock(&mount_lock);
	inode_put(dir);
	return 0;
unlock:
	mutex_unlock(&mount_lock);
	inode_put(root);
	return err;
}

void sync_filesystems(void)
{
	struct super_block *sb;

	writeback_all();
	mutex_lock(&mount_lock);
	list_for_each(sb, &mounts, link)
		sync_super(sb);
	mutex_unlock(&mount_lock);
}

/* --- boot --- */

static void mount_extra(const char *type, const char *target)
{
	int err = -ENOMEM;

	for (int tries = 0; tries < 10 && err == -ENOMEM; tries++) {
		err = vfs_create(target, S_IFDIR | 0755, 0);
		if (err == 0 || err == -EEXIST || err == -EROFS)
			err = vfs_mount(type, target, type, false);
	}
	if (err)
		printk_loud("mount: %s on %s: error %d\n", type, target, err);
}

void mount_root(void)
{
	char source[32] = "/dev/vda", type[16] = "pfs", ro[4];
	struct super_block *sb;
	int err;

	boot_arg("root", source, sizeof(source));
	boot_arg("rootfstype", type, sizeof(type));
	mutex_lock(&mount_lock);
	/* Memory that is short for a moment at boot is no reason to give up. */
	for (int tries = 0; tries < 10; tries++) {
		sb = read_super(source, type, boot_arg("ro", ro, sizeof(ro)), &err);
		if (sb != NULL || err != -ENOMEM)
			break;
	}
	if (sb == NULL) {	/* the machine's or the image's fault, not the kernel's */
		printk_loud("cannot mount the root file system: %s (%s): error %d%s\n", source,
			    type, err, err == -ENXIO || err == -ENODEV || err == -ENOENT ?
			    ", no such disk" : "");
		machine_poweroff(1);
	}
	strlcpy(sb->path, "/", sizeof(sb->path));
	list_add_tail(&sb->link, &mounts);
	vfs_root = sb->root;
	mutex_unlock(&mount_lock);
	mount_extra("procfs", "/proc");
	mount_extra("devfs", "/dev");
	mount_extra("tmpfs", "/tmp");
	writeback_start();
}

/* --- /proc --- */

static int show_mounts(struct seq *s, void *arg)
{
	struct super_block *sb;

	(void)arg;
	mutex_lock(&mount_lock);
	list_for_each(sb, &mounts, link)
		seq_printf(s, "%s %s %s %s 0 0\n", sb->source, sb->path, sb->fstype,
			   sb->readonly ? "ro" : "rw");
	mutex_unlock(&mount_lock);
	return 0;
}

static int show_filesystems(struct seq *s, void *arg)
{
	struct file_system_type *t;

	(void)arg;
	list_for_each(t, &fs_types, link)
		seq_printf(s, "%s\t%s\n", strcmp(t->name, "pfs") == 0 ? "" : "nodev", t->name);
	return 0;
}

void mount_init(void)
{
	proc_create("mounts", show_mounts, NULL, NULL);
	proc_create("filesystems", show_filesystems, NULL, NULL);
}
