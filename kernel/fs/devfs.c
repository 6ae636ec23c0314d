// SPDX-License-Identifier: MIT
/*
 * devfs.c - /dev: one flat directory of the devices that drivers have announced.
 *
 * The names are a table that grows while the machine starts (devfs_add); inode
 * number n + 2 is entry n, number 1 is the directory.  Nothing is ever removed, so no
 * lock is needed to read: a new entry is complete before the count says it is there.
 *
 * A disk's node has no pages of its own: its mapping is the disk's cache, so that
 * what is read through /dev/vda and what a file system has cached are one copy.
 */
#include "dev/blk.h"
#include "dev/dev.h"
#include "fs/procfs.h"
#include "fs/vfs.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/slab.h"
#include "riscv/timer.h"
#include "uapi/errno.h"

#define MAX_NODES 64
#define ROOT_INO  1
#define FIRST_INO 2

static struct node {
	char name[12];
	u32 mode, rdev;
} nodes[MAX_NODES];
static unsigned nr_nodes;
static spinlock_t add_lock = SPINLOCK_INIT("devfs");

int devfs_add(const char *name, u32 mode, u32 rdev)
{
	int err = 0;

	spin_lock(&add_lock);
	if (nr_nodes == MAX_NODES) {
		err = -ENOSPC;
	} else {
		struct node *n = &nodes[nr_nodes];

		strlcpy(n->name, name, sizeof(n->name));
		n->mode = mode;
		n->rdev = rdev;
		smp_store_release(&nr_nodes, nr_nodes + 1);
	}
	spin_unlock(&add_lock);
	return err;
}

static const struct inode_ops dir_iops;
static const struct inode_ops node_iops;
static const struct file_ops dir_fops;

static struct inode *get(struct super_block *sb, u64 ino)
{
	struct inode *i = inode_get(sb, ino);

	if (i == NULL)
		return ERR_PTR(-ENOMEM);
	if (!(i->state & I_NEW))
		return i;
	if (ino == ROOT_INO) {
		i->mode = S_IFDIR | 0755;
		i->nlink = 2;
		i->iops = &dir_iops;
		i->fops = &dir_fops;
	} else {
		const struct node *n = &nodes[ino - FIRST_INO];
		struct bdev *b = S_ISBLK(n->mode) ? bdev_by_dev(n->rdev) : NULL;

		i->mode = n->mode;
		i->nlink = 1;
		i->rdev = n->rdev;
		i->iops = &node_iops;
		i->fops = S_ISBLK(n->mode) ? &blkdev_fops : chrdev_ops(DEV_MAJOR(n->rdev));
		if (b != NULL) {
			i->mapping = b->mapping;
			i->size = b->nr_sectors * SECTOR_SIZE;
		}
	}
	i->atime = i->mtime = i->ctime = time_realtime_ns();
	inode_ready(i);
	return i;
}

static struct inode *lookup(struct inode *dir, const char *name, size_t len)
{
	unsigned n = smp_load_acquire(&nr_nodes);

	for (unsigned i = 0; i < n; i++)
		if (strlen(nodes[i].name) == len && memcmp(nodes[i].name, name, len) == 0)
			return get(dir->sb, FIRST_INO + i);
	return ERR_PTR(-ENOENT);
}

static int readdir(struct file *f, struct dir_context *ctx)
{
	unsigned n = smp_load_acquire(&nr_nodes);

	(void)f;
	for (; ctx->pos < n + 2; ctx->pos++) {
		if (ctx->pos < 2) {
			if (!ctx->emit(ctx, "..", ctx->pos + 1, ROOT_INO, S_IFDIR >> 12))
				break;
		} else {
			const struct node *e = &nodes[ctx->pos - 2];

			if (!ctx->emit(ctx, e->name, strlen(e->name), FIRST_INO + ctx->pos - 2,
			               (e->mode & S_IFMT) >> 12))
				break;
		}
	}
	return 0;
}

static const struct inode_ops dir_iops = { .lookup = lookup };
static const struct inode_ops node_iops;
static const struct file_ops dir_fops = { .readdir = readdir };

static int statfs(struct super_block *sb, struct statfs *st)
{
	(void)sb;
	strlcpy(st->f_type, "devfs", sizeof(st->f_type));
	st->f_bsize = PAGE_SIZE;
	st->f_namelen = sizeof(nodes[0].name) - 1;
	return 0;
}

static const struct super_ops super_ops = {
	.statfs = statfs,
};

static int mount(struct super_block *sb, const char *source)
{
	struct inode *root;

	(void)source;
	sb->ops = &super_ops;
	root = get(sb, ROOT_INO);
	if (IS_ERR(root))
		return (int)PTR_ERR(root);
	sb->root = root;
	return 0;
}

static struct file_system_type devfs_type = { .name = "devfs", .mount = mount };

void devfs_init(void)
{
	register_filesystem(&devfs_type);
}
