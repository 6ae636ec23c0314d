// SPDX-License-Identifier: MIT
/*
 * inode.c - inodes between the table on disk and the VFS's cache.
 *
 * An inode in memory keeps a reference to the table's block it came from, so that writing
 * it back is a copy of 128 bytes and never a read.  Attributes that change without
 * anything else (times) only mark the inode dirty; the VFS calls write_inode later.
 * Everything that must be atomic is written by the operation itself, in its handle.
 *
 * The size on disk of a file is disk_size, what has reached the disk: the size in memory
 * runs ahead of it while pages are dirty (file.c).
 *
 * When the last reference goes and no name is left, the inode is freed: its blocks in as many
 * transactions as they need (the orphan list remembers it meanwhile), then its number.
 */
#include "fs/pfs/pfs.h"
#include "riscv/timer.h"

static struct kmem_cache *inode_cache;

static struct inode *alloc_inode_mem(struct super_block *sb __maybe_unused)
{
	struct pfs_inode *pi;

	if (inode_cache == NULL)
		return NULL;
	pi = kmem_cache_zalloc(inode_cache, GFP_KERNEL);
	if (pi == NULL)
		return NULL;
	mutex_init(&pi->map_lock, "pfs_map");
	list_init(&pi->orphan);
	return &pi->vfs;
}

static void free_inode_mem(struct inode *i)
{
	struct pfs_inode *pi = pfs_i(i);

	if (pi->page != NULL)
		put_page(pi->page);
	if (pi->dir_page != NULL)
		put_page(pi->dir_page);
	kfree(pi->index);
	kmem_cache_free(inode_cache, pi);
}

void pfs_set_ops(struct inode *i)
{
	if (S_ISDIR(i->mode)) {
		i->iops = &pfs_dir_iops;
		i->fops = &pfs_dir_fops;
	} else if (S_ISREG(i->mode)) {
		i->iops = &pfs_file_iops;
		i->fops = &pfs_file_fops;
		i->data.ops = &pfs_aops;
	} else {
		i->iops = &pfs_file_iops;
		i->fops = S_ISCHR(i->mode) ? chrdev_ops(i->rdev >> 16) : NULL;
	}
}

static struct pfs_dinode *dinode(struct inode *i)
{
	return (struct pfs_dinode *)page_address(pfs_i(i)->page) + i->ino % PFS_INODES;
}

static const char *dinode_check(const struct pfs_sbi *s, const struct pfs_dinode *d)
{
	u32 fmt = d->mode & S_IFMT;

	if (d->mode == 0 || (fmt != S_IFREG && fmt != S_IFDIR && fmt != S_IFCHR && fmt != S_IFBLK &&
	                     fmt != S_IFIFO))
		return "mode";
	if (d->nlink == 0 && !s->loading)
		return "nlink";
	if (d->size > PFS_MAX_SIZE ||
	    (fmt == S_IFDIR && (d->size % PFS_BLOCK != 0 || d->size == 0)))
		return "size";
	if (d->blocks > s->d.nr_blocks)
		return "blocks";
	/* No holes: else a search of terabytes could be asked for. */
	if (fmt == S_IFDIR && d->nlink != 0 && d->size >> PFS_BLOCK_SHIFT > d->blocks)
		return "size";
	if (d->next_orphan >= s->d.nr_inodes)
		return "next_orphan";
	return NULL;
}

static struct page *table_page(struct pfs_sbi *s, u64 ino)
{
	return pfs_bread(s, s->d.itable_start + (u32)ino / PFS_INODES);
}

struct inode *pfs_iget(struct pfs_sbi *s, u64 ino)
{
	struct inode *i = inode_get(s->sb, ino);
	const struct pfs_dinode *d;
	struct pfs_inode *pi;
	struct page *page;
	const char *bad;
	int err;

	if (i == NULL)
		return ERR_PTR(-ENOMEM);
	if (IS_ERR(i) || !(i->state & I_NEW))
		return i;
	pi = pfs_i(i);
	page = table_page(s, ino);
	if (IS_ERR(page)) {
		err = PTR_ERR(page);
		goto failed;
	}
	pi->page = page;
	d = dinode(i);
	bad = dinode_check(s, d);
	if (bad != NULL) {
		err = pfs_corrupt(s, "inode %lu: bad %s", (unsigned long)ino, bad);
		goto failed;
	}
	i->mode = d->mode;
	i->nlink = d->nlink;
	i->size = pi->disk_size = d->size;
	pi->disk_blocks = d->blocks;
	i->blocks = d->blocks * (PFS_BLOCK / 512);
	i->rdev = d->rdev;
	i->atime = d->atime;
	i->mtime = d->mtime;
	i->ctime = d->ctime;
	pi->generation = d->generation;
	pi->next_orphan = d->next_orphan;
	memcpy(pi->block, d->block, sizeof(pi->block));
	pfs_set_ops(i);
	inode_ready(i);
	return i;
failed:
	inode_failed(i);
	return ERR_PTR(err);
}

void pfs_update_inode(struct handle *h, struct inode *i)
{
	struct pfs_inode *pi = pfs_i(i);
	struct pfs_dinode *d = dinode(i);

	journal_write(h, pi->page);
	d->mode = i->mode;
	d->nlink = i->nlink;
	if (S_ISDIR(i->mode))
		pi->disk_size = i->size;
	d->size = pi->disk_size;
	d->blocks = pi->disk_blocks;
	i->blocks = pi->disk_blocks * (PFS_BLOCK / 512);
	d->atime = i->atime;
	d->mtime = i->mtime;
	d->ctime = i->ctime;
	d->rdev = i->rdev;
	d->generation = pi->generation;
	for (int k = 0; k < PFS_NPTR; k++) /* unrolled; memcpy would cost twice as much */
		d->block[k] = pi->block[k];
	WRITE_ONCE(pi->tid, h->t->seq);
}

static int pfs_write_inode(struct inode *i)
{
	struct pfs_inode *pi = pfs_i(i);
	struct handle h;
	int err;

	if (pi->page == NULL || i->nlink == 0)
		return 0;
	err = journal_start(&pfs_sbi(i->sb)->journal, &h, 1);
	if (err != 0)
		return err;
	mutex_lock(&pi->map_lock);
	pfs_update_inode(&h, i);
	mutex_unlock(&pi->map_lock);
	journal_stop(&h);
	return 0;
}

/* => the inode is new (I_NEW); after inode_ready it can be found by its number */
struct inode *pfs_new_inode(struct handle *h, struct inode *dir, u32 mode, u32 rdev)
{
	struct pfs_sbi *s = pfs_sbi(dir->sb);
	struct pfs_inode *pi;
	struct inode *i;
	struct page *page;
	u32 ino;
	int err = pfs_alloc_inode(h, s, &ino);

	if (err != 0)
		return ERR_PTR(err);
	page = table_page(s, ino);
	if (IS_ERR(page)) {
		err = PTR_ERR(page);
		goto free_ino;
	}
	i = inode_get(s->sb, ino);
	if (i == NULL || IS_ERR(i)) {
		err = i == NULL ? -ENOMEM : (int)PTR_ERR(i);
		goto put_page;
	}
	if (!(i->state & I_NEW)) {
		inode_put(i);
		err = pfs_corrupt(s, "inode bitmap: inode %u is in use and marked free", ino);
		goto put_page;
	}
	pi = pfs_i(i);
	pi->page = page;
	i->mode = mode;
	i->nlink = S_ISDIR(mode) ? 2 : 1;
	i->size = 0;
	i->blocks = 0;
	i->rdev = rdev;
	i->atime = i->mtime = i->ctime = time_realtime_ns();
	pi->generation = dinode(i)->generation + 1;
	pi->goal = pfs_i(dir)->goal;
	pi->tail_sealed = true;
	journal_write(h, page);
	dinode(i)->next_orphan = 0;
	pfs_set_ops(i);
	return i;
put_page:
	put_page(page);
free_ino:
	pfs_free_inode(h, s, ino);
	return ERR_PTR(err);
}

#define FREE_CREDITS 24u

int pfs_shrink(struct inode *i, u64 size)
{
	struct pfs_inode *pi = pfs_i(i);
	int r;

	do {
		struct handle h;

		r = journal_start(&pfs_sbi(i->sb)->journal, &h, FREE_CREDITS);
		if (r != 0)
			return r;
		mutex_lock(&pi->map_lock);
		r = pfs_map_free(&h, i, DIV_ROUND_UP(size, PFS_BLOCK));
		pfs_update_inode(&h, i);
		mutex_unlock(&pi->map_lock);
		if (r == 1 && i->nlink > 0)
			pfs_orphan_del(&h, i);
		journal_stop(&h);
	} while (r == 0);
	return r == 1 ? 0 : r;
}

/* No name and no user: blocks, then the inode itself. */
static void free_on_disk(struct inode *i)
{
	struct pfs_sbi *s = pfs_sbi(i->sb);
	struct pfs_inode *pi = pfs_i(i);
	int r;

	do {
		struct handle h;

		if (journal_start(&s->journal, &h, FREE_CREDITS) != 0)
			return;
		mutex_lock(&pi->map_lock);
		r = pi->disk_blocks != 0 ? pfs_map_free(&h, i, 0) : 1;
		if (r == 1 && journal_credits(&h) < 5)
			r = 0;
		if (r == 1) {
			struct pfs_dinode *d = dinode(i);

			pfs_orphan_del(&h, i);
			journal_write(&h, pi->page);
			d->mode = 0;
			d->nlink = 0;
			d->size = 0;
			d->blocks = 0;
			memset(d->block, 0, sizeof(d->block));
			pfs_free_inode(&h, s, (u32)i->ino);
		} else {
			pi->disk_size = 0;
			if (!S_ISDIR(i->mode))
				i->size = 0;
			pfs_update_inode(&h, i);
		}
		mutex_unlock(&pi->map_lock);
		journal_stop(&h);
	} while (r == 0);
}

void pfs_evict(struct inode *i)
{
	struct pfs_inode *pi = pfs_i(i);

	if (pi->page == NULL || (i->state & I_BAD))
		return;
	if (i->nlink == 0) {
		if (i->data.nr_pages != 0)
			truncate_pages(&i->data, 0, ~0UL);
		free_on_disk(i);
	}
	if (pi->reserved_data != 0 || pi->reserved_meta != 0)
		pfs_unreserve(i, pi->reserved_data);
	if (!list_empty(&pi->orphan)) { /* the journal is stopped */
		struct pfs_sbi *s = pfs_sbi(i->sb);

		mutex_lock(&s->orphan_lock);
		list_del_init(&pi->orphan);
		mutex_unlock(&s->orphan_lock);
	}
}

static int pfs_sync_fs(struct super_block *sb)
{
	return sb->readonly ? 0 : journal_sync(&pfs_sbi(sb)->journal);
}

static int pfs_statfs(struct super_block *sb, struct statfs *st)
{
	struct pfs_sbi *s = pfs_sbi(sb);

	memset(st, 0, sizeof(*st));
	memcpy(st->f_type, "pfs", 4);
	spin_lock(&s->count_lock);
	st->f_bsize = PFS_BLOCK;
	st->f_blocks = s->d.nr_blocks - s->d.data_start;
	st->f_bfree = s->free_blocks;
	st->f_bavail = s->free_blocks - MIN(s->free_blocks, s->reserved);
	st->f_files = s->d.nr_inodes - 1;
	st->f_ffree = s->free_inodes;
	spin_unlock(&s->count_lock);
	st->f_namelen = PFS_NAME;
	return 0;
}

const struct super_ops pfs_super_ops = {
	.alloc_inode = alloc_inode_mem,
	.free_inode = free_inode_mem,
	.write_inode = pfs_write_inode,
	.sync_fs = pfs_sync_fs,
	.put_super = pfs_put_super,
	.statfs = pfs_statfs,
};

int pfs_inode_caches(void)
{
	inode_cache = kmem_cache_create("pfs_inode", sizeof(struct pfs_inode), 0, SLAB_RECLAIMABLE,
	                                NULL, NULL);
	return inode_cache == NULL ? -ENOMEM : 0;
}
