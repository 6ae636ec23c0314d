// SPDX-License-Identifier: MIT
// cflags: -DERESTARTSYS=512
// sources: tests/host/pfs_host.c kernel/fs/pfs/super.c kernel/fs/pfs/inode.c kernel/fs/pfs/file.c kernel/fs/pfs/namei.c kernel/fs/pfs/dir.c kernel/fs/pfs/dirindex.c kernel/fs/pfs/map.c kernel/fs/pfs/alloc.c kernel/fs/pfs/orphan.c kernel/fs/pfs/journal.c kernel/fs/pfs/commit.c kernel/fs/pfs/checkpoint.c kernel/fs/pfs/jio.c kernel/fs/pfs/load.c kernel/fs/pfs/recover.c kernel/fs/pfs/check.c kernel/lib/rbtree.c kernel/lib/xarray.c mkfs/image.c
/*
 * test_pfs.c - the whole file system over a disk in memory.
 *
 * A model keeps every file's contents as an array.  Random operations run on both; then the
 * file system is unmounted, or the power fails, and mkfs/image.c tests every invariant of what is
 * on the disk.  The power-cut row replays the disk's log up to chosen points: what was flushed is
 * there, of what was not flushed any subset, in any order, the last block perhaps
 * half; after the replay the image must be sound and every file that was fsynced
 * and not touched since must have its contents.
 */
#include <string.h>

#include "host.h"
#include "image.h"
#include "pfs_host.h"

/* --- an empty file system --- */

static u8 *make_fs(u32 blocks, u32 inodes)
{
	u8 *base = calloc(blocks, PFS_BLOCK);
	struct image im = { .base = base, .blocks = blocks, .out = stdout, .name = "image" };
	struct pfs_super *sb = image_super(&im);
	struct pfs_jsuper *js;
	struct pfs_dinode *root;
	struct pfs_dirent *d;
	u8 *map;

	sb->magic = PFS_MAGIC;
	sb->version = PFS_VERSION;
	sb->block_size = PFS_BLOCK;
	sb->nr_blocks = blocks;
	sb->nr_inodes = inodes;
	sb->journal_start = 1;
	sb->journal_blocks = PFS_MIN_JOURNAL;
	sb->ibitmap_start = 1 + sb->journal_blocks;
	sb->ibitmap_blocks = DIV_ROUND_UP(inodes, PFS_BITS);
	sb->bbitmap_start = sb->ibitmap_start + sb->ibitmap_blocks;
	sb->bbitmap_blocks = DIV_ROUND_UP(blocks, PFS_BITS);
	sb->itable_start = sb->bbitmap_start + sb->bbitmap_blocks;
	sb->itable_blocks = inodes / PFS_INODES;
	sb->data_start = sb->itable_start + sb->itable_blocks;
	sb->root = PFS_ROOT;
	sb->free_blocks = blocks - sb->data_start - 1;
	sb->free_inodes = inodes - 2;
	sb->sum = pfs_super_sum(sb);
	js = image_block(&im, 1);
	js->h = (struct pfs_jheader){ PFS_JMAGIC, PFS_J_SUPER, 1, 0, 0 };
	js->blocks = sb->journal_blocks;
	js->tail = 1;
	js->sum = pfs_jsuper_sum(js);
	map = image_block(&im, sb->bbitmap_start);
	for (u64 b = 0; b < (u64)sb->bbitmap_blocks * PFS_BITS; b++)
		if (b <= sb->data_start || b >= blocks)
			map[b / 8] |= 1u << b % 8;
	map = image_block(&im, sb->ibitmap_start);
	for (u64 i = 0; i < (u64)sb->ibitmap_blocks * PFS_BITS; i++)
		if (i < 2 || i >= inodes)
			map[i / 8] |= 1u << i % 8;
	root = image_inode(&im, PFS_ROOT);
	root->mode = S_IFDIR | 0755;
	root->nlink = 2;
	root->size = PFS_BLOCK;
	root->blocks = 1;
	root->block[0] = sb->data_start;
	d = image_block(&im, sb->data_start);
	d[0] = (struct pfs_dirent){ PFS_ROOT, 1 | PFS_T_DIR << 6, "." };
	d[1] = (struct pfs_dirent){ PFS_ROOT, 2 | PFS_T_DIR << 6, ".." };
	return base;
}

static unsigned check_image(u8 *base, u32 blocks, struct image *out)
{
	struct image im = { .base = base, .blocks = blocks, .out = stdout, .name = "image" };
	unsigned n = image_check(&im, true);

	free(im.changed);
	im.changed = NULL;
	if (out != NULL)
		*out = im;
	return n;
}

static struct super_block *mount_ok(u8 *base, u32 blocks)
{
	int err;
	struct super_block *sb = host_mount(base, blocks, false, &err);

	CHECK(err == 0 && sb != NULL);
	return sb;
}

static struct inode *mk(struct inode *dir, const char *name, u32 mode)
{
	struct inode *i = dir->iops->create(dir, name, strlen(name), mode, 0);

	CHECK(!IS_ERR(i));
	return i;
}

static struct inode *look(struct inode *dir, const char *name)
{
	return dir->iops->lookup(dir, name, strlen(name));
}

static int rm(struct inode *dir, const char *name)
{
	struct inode *i = look(dir, name);
	int err;

	if (IS_ERR(i))
		return PTR_ERR(i);
	err = S_ISDIR(i->mode) ? dir->iops->rmdir(dir, name, strlen(name), i)
	                       : dir->iops->unlink(dir, name, strlen(name), i);
	inode_put(i);
	return err;
}

/* --- rows --- */

static void row_empty(void)
{
	u8 *base = make_fs(512, 64);
	struct super_block *sb;

	CHECK(check_image(base, 512, NULL) == 0);
	sb = mount_ok(base, 512);
	inode_put(sb->root);
	host_umount(sb);
	CHECK(check_image(base, 512, NULL) == 0);
	free(base);
}

static void row_names(void)
{
	u8 *base = make_fs(2048, 512);
	struct super_block *sb = mount_ok(base, 2048);
	struct inode *root = sb->root, *a, *b, *x;
	char name[80];

	a = mk(root, "a", S_IFDIR | 0755);
	b = mk(a, "b", S_IFDIR | 0755);
	x = mk(b, "x", S_IFREG | 0644);
	CHECK(look(b, "x") == x);
	inode_put(x);
	CHECK(PTR_ERR(look(b, "y")) == -ENOENT);
	CHECK(root->iops->link(root, "hard", 4, x) == 0 && x->nlink == 2);
	CHECK(root->nlink == 3 && a->nlink == 3 && b->nlink == 2);
	CHECK(rm(root, "a") == -ENOTEMPTY);
	/* move a directory: ".." follows */
	CHECK(a->iops->rename(a, "b", 1, b, root, "bb", 2, NULL) == 0);
	CHECK(root->nlink == 4 && a->nlink == 2);
	CHECK(look(b, "..") == root);
	inode_put(root);
	/* rename over an existing file */
	struct inode *y = mk(root, "y", S_IFREG | 0600);
	CHECK(root->iops->rename(root, "y", 1, y, b, "x", 1, x) == 0);
	CHECK(x->nlink == 1 && look(b, "x") == y);
	inode_put(y);
	CHECK(PTR_ERR(look(root, "y")) == -ENOENT);
	/* over an empty directory, and not over a full one */
	struct inode *d = mk(root, "d", S_IFDIR | 0700);
	CHECK(root->iops->rename(root, "d", 1, d, root, "bb", 2, b) == -ENOTEMPTY);
	CHECK(root->iops->rename(root, "d", 1, d, root, "a", 1, a) == 0);
	CHECK(a->nlink == 0);
	inode_put(a);
	/* the longest name, and one too long */
	memset(name, 'n', 60);
	name[59] = '\0';
	struct inode *n = mk(root, name, S_IFREG | 0600);
	CHECK(look(root, name) == n);
	inode_put(n);
	inode_put(n);
	CHECK(PTR_ERR(root->iops->create(root,
	                                 "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
	                                 "nnnnnnnnnnnnnnnn",
	                                 60, S_IFREG, 0)) == -ENAMETOOLONG);
	/* devices keep their number */
	struct inode *dev = root->iops->create(root, "tty", 3, S_IFCHR | 0600, 5 << 16 | 1);
	CHECK(!IS_ERR(dev) && dev->rdev == (5 << 16 | 1));
	inode_put(dev);
	inode_put(d);
	inode_put(b);
	inode_put(x);
	inode_put(y);
	inode_put(root);
	host_umount(sb);
	CHECK(check_image(base, 2048, NULL) == 0);
	free(base);
}

/* Names come and go in one directory; every one is found, no other is. */
static void row_many_names(void)
{
	enum { N = 3000 };
	static bool there[N];
	u8 *base = make_fs(2048, 4096 - 32);
	struct super_block *sb = mount_ok(base, 2048);
	struct inode *root = sb->root;
	char name[40];

	memset(there, 0, sizeof(there));
	for (unsigned long op = ops_wanted(20000); op-- > 0;) {
		unsigned k = (unsigned)rnd_below(N);

		snprintf(name, sizeof(name), "file-%u.%.*s", k, (int)(k % 20),
		         "xxxxxxxxxxxxxxxxxxxx");
		if (there[k]) {
			CHECK(rm(root, name) == 0);
		} else {
			struct inode *i = mk(root, name, S_IFREG | 0644);

			inode_put(i);
		}
		there[k] = !there[k];
	}
	for (unsigned k = 0; k < N; k++) {
		struct inode *i;

		snprintf(name, sizeof(name), "file-%u.%.*s", k, (int)(k % 20),
		         "xxxxxxxxxxxxxxxxxxxx");
		i = look(root, name);
		CHECK(there[k] ? !IS_ERR(i) : PTR_ERR(i) == -ENOENT);
		if (!IS_ERR(i))
			inode_put(i);
	}
	inode_put(root);
	host_umount(sb);
	CHECK(check_image(base, 2048, NULL) == 0);
	free(base);
}

static void row_sparse(void)
{
	static const u64 at[] = { 0,
		                  11 * 4096ul,
		                  12 * 4096ul + 5,
		                  (12 + 1023) * 4096ul,
		                  (12 + 1024) * 4096ul,
		                  1ul << 32,
		                  (12 + 1024 + (1 << 20)) * 4096ul,
		                  1ul << 40,
		                  PFS_MAX_SIZE - 8 };
	u8 *base = make_fs(1024, 64);
	struct super_block *sb = mount_ok(base, 1024);
	struct inode *i = mk(sb->root, "sparse", S_IFREG | 0644);
	u64 free0 = pfs_sbi(sb)->free_blocks, v;
	struct image im;

	for (unsigned k = 0; k < ARRAY_SIZE(at); k++) {
		v = at[k] * 3 + 1;
		CHECK(host_write(i, at[k], &v, 8) == 0);
		if (k % 2)
			CHECK(host_fsync(i) == 0);
	}
	CHECK(host_write(i, PFS_MAX_SIZE, &v, 8) == -EFBIG);
	CHECK(host_fsync(i) == 0);
	host_drop(i);
	for (unsigned k = 0; k < ARRAY_SIZE(at); k++) {
		CHECK(host_read(i, at[k], &v, 8) == 8 && v == at[k] * 3 + 1);
		CHECK(host_read(i, at[k] + (64 << 12), &v, 8) == 0 || v == 0);
	}
	CHECK(pfs_sbi(sb)->reserved == 0);
	inode_put(sb->root);
	inode_put(i);
	host_umount(sb);
	CHECK(check_image(base, 1024, &im) == 0 && im.files == 1);
	sb = mount_ok(base, 1024);
	i = look(sb->root, "sparse");
	CHECK(host_read(i, PFS_MAX_SIZE - 8, &v, 8) == 8 && v == (PFS_MAX_SIZE - 8) * 3 + 1);
	CHECK(host_truncate(i, (12 + 1024) * 4096ul + 4) == 0);
	CHECK(host_truncate(i, 1ul << 41) == 0);
	CHECK(host_read(i, (12 + 1024) * 4096ul, &v, 8) == 8);
	CHECK(v == (((12 + 1024) * 4096ul * 3 + 1) & 0xffffffff));
	CHECK(host_read(i, 1ul << 40, &v, 8) == 8 && v == 0);
	CHECK(host_truncate(i, 0) == 0);
	CHECK(sb->ops->sync_fs(sb) == 0);
	CHECK(pfs_sbi(sb)->free_blocks == free0 && pfs_sbi(sb)->busy_blocks == 0);
	inode_put(i);
	inode_put(sb->root);
	host_umount(sb);
	CHECK(check_image(base, 1024, NULL) == 0);
	free(base);
}

/* Fill the disk, free it, fill it again: the same amount each time, nothing leaked. */
static void row_full(void)
{
	u8 *base = make_fs(700, 64), block[4096];
	struct super_block *sb = mount_ok(base, 700);
	struct inode *root = sb->root;
	struct pfs_sbi *s = pfs_sbi(sb);
	u64 free0 = s->free_blocks, first = 0;
	char name[16];

	memset(block, 'x', sizeof(block));
	for (int round = 0; round < 5; round++) {
		u64 written = 0;

		for (int f = 0; f < 3; f++) {
			struct inode *i;
			int err = 0;

			snprintf(name, sizeof(name), "f%d", f);
			i = mk(root, name, S_IFREG | 0644);
			for (u64 pos = 0; err == 0 && (f == 2 || pos < 100 * 4096); pos += 4096) {
				err = host_write(i, pos, block, 4096);
				written += err == 0;
				if (round % 2 && pos % (40 * 4096) == 0)
					host_writeback(i);
			}
			CHECK(f < 2 ? err == 0 : err == -ENOSPC);
			if (round % 2 == 0)
				CHECK(host_fsync(i) == 0);
			inode_put(i);
		}
		CHECK(PTR_ERR(root->iops->create(root, "dir", 3, S_IFDIR | 0755, 0)) == -ENOSPC);
		if (round == 0)
			first = written;
		CHECK(written + 4 >= first && written <= first + 4);
		for (int f = 0; f < 3; f++) {
			snprintf(name, sizeof(name), "f%d", f);
			CHECK(rm(root, name) == 0);
		}
	}
	CHECK(sb->ops->sync_fs(sb) == 0);
	CHECK(s->free_blocks == free0 && s->reserved == 0 && s->busy_blocks == 0);
	/* and out of inodes */
	for (int k = 0;; k++) {
		struct inode *i;

		snprintf(name, sizeof(name), "i%d", k);
		i = root->iops->create(root, name, strlen(name), S_IFREG | 0644, 0);
		if (IS_ERR(i)) {
			CHECK(PTR_ERR(i) == -ENOSPC && k == 62);
			break;
		}
		inode_put(i);
	}
	inode_put(root);
	host_umount(sb);
	CHECK(check_image(base, 700, NULL) == 0);
	free(base);
}

/* An unlinked open file lives until it is closed, also across a power cut. */
static void row_orphans(void)
{
	u8 *base = make_fs(1024, 64), block[4096] = { 1 };
	struct super_block *sb = mount_ok(base, 1024);
	struct inode *i[5];
	struct image im;
	u64 free0 = pfs_sbi(sb)->free_blocks;
	char name[16];

	for (int k = 0; k < 5; k++) {
		snprintf(name, sizeof(name), "o%d", k);
		i[k] = mk(sb->root, name, S_IFREG | 0644);
		for (u64 pos = 0; pos < 20; pos++)
			CHECK(host_write(i[k], pos * 4096, block, 4096) == 0);
		CHECK(host_fsync(i[k]) == 0);
	}
	for (int k = 0; k < 5; k++) {
		snprintf(name, sizeof(name), "o%d", k);
		CHECK(rm(sb->root, name) == 0);
	}
	CHECK(host_read(i[2], 4096, block, 4096) == 4096 && block[0] == 1);
	inode_put(i[2]); /* leaves the list from the middle, the end, the front */
	inode_put(i[0]);
	inode_put(i[4]);
	CHECK(sb->ops->sync_fs(sb) == 0);
	host_crash(sb);
	u8 *copy = malloc(1024 * PFS_BLOCK);
	memcpy(copy, base, 1024 * PFS_BLOCK);
	CHECK(check_image(copy, 1024, &im) == 0 && im.orphans == 2);
	free(copy);
	sb = mount_ok(base, 1024);
	CHECK(pfs_sbi(sb)->free_blocks == free0);
	inode_put(sb->root);
	host_umount(sb);
	CHECK(check_image(base, 1024, &im) == 0 && im.orphans == 0 && im.files == 0);
	free(base);
}

/* --- the model --- */

#define MAX_FILES 24
#define MAX_SIZE  (100 * 4096u)

struct model {
	bool exists;
	int dir; /* which directory: 0 .. 2 */
	u64 size;
	u8 *data;
	struct inode *inode;
	/* for the power cut: contents that fsync has promised, from and until which event */
	bool durable;
	size_t since;
	u64 dsize;
	u8 *ddata;
	int ddir;
};
static struct model files[MAX_FILES];

struct promise {
	size_t since, until;
	int file, dir;
	u64 size;
	u8 *data;
};
static struct promise *promises;
static size_t nr_promises;

static void promise_end(struct model *m)
{
	if (!m->durable)
		return;
	promises = realloc(promises, (nr_promises + 1) * sizeof(*promises));
	promises[nr_promises++] = (struct promise){ m->since, disk_log_len, (int)(m - files),
		                                    m->ddir,  m->dsize,     m->ddata };
	m->durable = false;
	m->ddata = NULL;
}

static void promise_start(struct model *m)
{
	promise_end(m);
	m->durable = true;
	m->since = disk_log_len;
	m->dsize = m->size;
	m->ddir = m->dir;
	m->ddata = malloc(m->size + 1);
	memcpy(m->ddata, m->data, m->size);
}

static void model_free(void)
{
	for (int k = 0; k < MAX_FILES; k++) {
		free(files[k].data);
		free(files[k].ddata);
	}
	memset(files, 0, sizeof(files));
	for (size_t k = 0; k < nr_promises; k++)
		free(promises[k].data);
	free(promises);
	promises = NULL;
	nr_promises = 0;
}

static void file_name(char *buf, int k)
{
	sprintf(buf, "file%d", k);
}

static void compare(struct model *m)
{
	static u8 buf[MAX_SIZE];
	ssize_t n = host_read(m->inode, 0, buf, MAX_SIZE);

	CHECK(m->inode->size == m->size && n == (ssize_t)m->size);
	CHECK(memcmp(buf, m->data, m->size) == 0);
}

static void one_op(struct super_block *sb, struct inode **dirs)
{
	int k = (int)rnd_below(MAX_FILES);
	struct model *m = &files[k];
	char name[16];
	static u8 buf[64 * 1024];

	file_name(name, k);
	if (!m->exists) {
		promise_end(m);
		m->dir = (int)rnd_below(3);
		m->inode = mk(dirs[m->dir], name, S_IFREG | 0644);
		m->exists = true;
		m->size = 0;
		m->data = calloc(1, MAX_SIZE);
		return;
	}
	switch (rnd_below(14)) {
	case 0:
	case 1:
	case 2:
	case 3: {
		u64 pos = rnd_below(MAX_SIZE), n = 1 + rnd_below(rnd_below(4) ? 6000 : sizeof(buf));
		int err;

		if (rnd_below(2))
			pos = m->size;
		if (pos >= MAX_SIZE)
			pos = 0;
		n = MIN(n, MAX_SIZE - pos);
		for (u64 b = 0; b < n; b++)
			buf[b] = (u8)rnd();
		promise_end(m);
		err = host_write(m->inode, pos, buf, n);
		CHECK(err == 0 || err == -ENOSPC);
		if (err == 0) {
			memcpy(m->data + pos, buf, n);
			m->size = MAX(m->size, pos + n);
		} else { /* what has been written of it is not specified: read back */
			m->size = m->inode->size;
			CHECK(host_read(m->inode, 0, m->data, m->size) == (ssize_t)m->size);
		}
		break;
	}
	case 4:
	case 5: {
		u64 size = rnd_below(3) ? rnd_below(MAX_SIZE) : 0;
		int err;

		promise_end(m);
		err = host_truncate(m->inode, size);
		CHECK(err == 0 || err == -ENOSPC);
		if (err == 0) {
			if (size < m->size)
				memset(m->data + size, 0, m->size - size);
			m->size = size;
		}
		break;
	}
	case 6:
		promise_end(m);
		inode_put(m->inode);
		CHECK(rm(dirs[m->dir], name) == 0);
		m->exists = false;
		free(m->data);
		m->data = NULL;
		break;
	case 7: {
		int to = (int)rnd_below(3), err;

		promise_end(m);
		err = dirs[m->dir]->iops->rename(dirs[m->dir], name, strlen(name), m->inode,
		                                 dirs[to], name, strlen(name),
		                                 m->dir == to ? m->inode : NULL);
		CHECK(err == 0);
		m->dir = to;
		break;
	}
	case 8:
	case 9:
		CHECK(host_fsync(m->inode) == 0);
		promise_start(m);
		break;
	case 10:
		CHECK(host_writeback(m->inode) == 0);
		break;
	case 11:
		host_drop(m->inode);
		break;
	case 12:
		compare(m);
		break;
	case 13:
		if (rnd_below(4) == 0)
			CHECK(sb->ops->sync_fs(sb) == 0);
	}
}

static void open_dirs(struct super_block *sb, struct inode **dirs, bool make)
{
	dirs[0] = sb->root;
	dirs[1] = make ? mk(sb->root, "one", S_IFDIR | 0755) : look(sb->root, "one");
	CHECK(!IS_ERR(dirs[1]));
	dirs[2] = make ? mk(dirs[1], "two", S_IFDIR | 0755) : look(dirs[1], "two");
	CHECK(!IS_ERR(dirs[2]));
}

static void close_dirs(struct inode **dirs)
{
	for (int k = 0; k < 3; k++)
		inode_put(dirs[k]);
}

static void open_files(struct inode **dirs)
{
	char name[16];

	for (int k = 0; k < MAX_FILES; k++) {
		file_name(name, k);
		for (int d = 0; d < 3; d++) {
			struct inode *i = look(dirs[d], name);

			CHECK(IS_ERR(i) ? !files[k].exists || files[k].dir != d
			                : files[k].exists && files[k].dir == d);
			if (!IS_ERR(i))
				files[k].inode = i;
		}
		if (files[k].exists)
			compare(&files[k]);
	}
}

static void close_files(void)
{
	for (int k = 0; k < MAX_FILES; k++)
		if (files[k].exists)
			inode_put(files[k].inode);
}

/* Random operations, remounted now and then; sometimes on a disk that is too small. */
static void row_model(void)
{
	for (u32 blocks = 600; blocks <= 4096; blocks += 3496) {
		u8 *base = make_fs(blocks, 128);
		struct super_block *sb = mount_ok(base, blocks);
		struct inode *dirs[3];

		open_dirs(sb, dirs, true);
		for (int round = 0; round < 8; round++) {
			for (unsigned long op = ops_wanted(1500); op-- > 0;)
				one_op(sb, dirs);
			close_files();
			close_dirs(dirs);
			host_umount(sb);
			CHECK(check_image(base, blocks, NULL) == 0);
			sb = mount_ok(base, blocks);
			open_dirs(sb, dirs, false);
			open_files(dirs);
		}
		close_files();
		close_dirs(dirs);
		host_umount(sb);
		model_free();
		free(base);
	}
}

/* --- power cuts --- */

static void check_promises(const struct image *im, size_t at)
{
	for (size_t k = 0; k < nr_promises; k++) {
		const struct promise *p = &promises[k];
		static const char *const dirs[] = { "", "/one", "/one/two" };
		const struct pfs_dinode *d;
		char path[64];
		u32 ino;

		if (at < p->since || at > p->until)
			continue;
		sprintf(path, "%s/file%d", dirs[p->dir], p->file);
		ino = image_lookup(im, path);
		if (ino == 0)
			printf("at %zu: %s is missing\n", at, path);
		CHECK(ino != 0);
		d = image_inode(im, ino);
		CHECK(d->size == p->size);
		for (u64 pos = 0; pos < p->size; pos += PFS_BLOCK) {
			u32 b = image_bmap(im, d, pos / PFS_BLOCK);
			u64 n = MIN(p->size - pos, PFS_BLOCK);
			static const u8 zeros[PFS_BLOCK];

			if (memcmp(b ? image_block(im, b) : zeros, p->data + pos, n) != 0)
				printf("at %zu: %s: page %llu differs\n", at, path,
				       (unsigned long long)pos / PFS_BLOCK);
			CHECK(memcmp(b ? image_block(im, b) : zeros, p->data + pos, n) == 0);
		}
	}
}

/* Blocks that no file ever had are poisoned: none may be seen in a file, since its data must
 * reach the disk before the pointer does. */
#define POISON 0xee
static void poison(u8 *base, u32 from, u32 to)
{
	memset(base + (size_t)from * PFS_BLOCK, POISON, (size_t)(to - from) * PFS_BLOCK);
}

static void check_no_poison(const struct image *im, size_t at)
{
	const struct pfs_super *sb = image_super(im);
	static u8 bad[64];

	memset(bad, POISON, sizeof(bad));
	for (u32 ino = 1; ino < sb->nr_inodes; ino++) {
		const struct pfs_dinode *d = image_inode(im, ino);

		if (!S_ISREG(d->mode))
			continue;
		for (u64 i = 0; i < DIV_ROUND_UP(d->size, PFS_BLOCK); i++) {
			u32 b = image_bmap(im, d, i);

			if (b != 0 && memcmp(image_block(im, b), bad, sizeof(bad)) == 0) {
				printf("at %zu: inode %u: page %llu never reached the disk\n", at,
				       ino, (unsigned long long)i);
				CHECK(false);
			}
		}
	}
}

/* The disk as a cut at event `at` may leave it: `stable` plus some of the events from
 * `from` on. */
static void lose_writes(u8 *image, size_t from, size_t at)
{
	size_t n = at - from, *order = malloc((n + 1) * sizeof(*order));
	unsigned keep = (unsigned)rnd_below(101);

	for (size_t k = 0; k < n; k++)
		order[k] = from + k;
	if (rnd_below(2))
		for (size_t k = n; k > 1; k--) {
			size_t o = rnd_below(k), t = order[k - 1];

			order[k - 1] = order[o];
			order[o] = t;
		}
	for (size_t k = 0; k < n; k++) {
		const struct disk_event *e = &disk_log[order[k]];

		if (rnd_below(100) >= keep)
			continue;
		/* a block may be torn between two sectors */
		memcpy(image + (size_t)e->block * PFS_BLOCK, e->data,
		       rnd_below(8) ? PFS_BLOCK : rnd_below(9) * 512);
	}
	free(order);
}

static void row_power_cut(void)
{
	enum { BLOCKS = 1200 };
	unsigned long cuts = 0, want = ops_wanted(1200);
	u64 seed = rnd();

	for (int run = 0; run < 3; run++) {
		u8 *base = make_fs(BLOCKS, 128), *stable = malloc(BLOCKS * PFS_BLOCK);
		u8 *image = malloc(BLOCKS * PFS_BLOCK);
		struct super_block *sb = mount_ok(base, BLOCKS);
		struct inode *dirs[3];
		size_t flushed = 0;
		struct image im;
		int err;

		rnd_seed(seed + (u64)run);
		poison(base, pfs_sbi(sb)->d.data_start + 1, BLOCKS);
		open_dirs(sb, dirs, true);
		CHECK(sb->ops->sync_fs(sb) == 0);
		memcpy(stable, base, BLOCKS * PFS_BLOCK);
		disk_logging = true;
		for (int op = 0; op < 3000; op++)
			one_op(sb, dirs);
		for (int k = 0; k < MAX_FILES; k++)
			promise_end(&files[k]);
		disk_logging = false;
		close_files();
		close_dirs(dirs);
		host_umount(sb);
		CHECK(disk_log_len > 2000);
		for (size_t at = 0; at <= disk_log_len; at++) {
			bool flush = at < disk_log_len && disk_log[at].block == ~0u;

			if (flush || rnd_below(disk_log_len) < want / 3) {
				memcpy(image, stable, BLOCKS * PFS_BLOCK);
				lose_writes(image, flushed, at);
				if (check_image(image, BLOCKS, &im) != 0)
					printf("run %d: cut at %zu, last flush at %zu\n", run, at,
					       flushed);
				CHECK(im.problems == 0);
				check_promises(&im, at);
				check_no_poison(&im, at);
				/* replaying twice changes nothing; the kernel finishes orphans */
				if (cuts++ % 16 == 0) {
					sb = host_mount(image, BLOCKS, false, &err);
					CHECK(err == 0);
					inode_put(sb->root);
					host_umount(sb);
					CHECK(check_image(image, BLOCKS, &im) == 0 &&
					      im.orphans == 0);
					check_promises(&im, at);
				}
			}
			if (flush) {
				for (; flushed < at; flushed++)
					memcpy(stable + (size_t)disk_log[flushed].block * PFS_BLOCK,
					       disk_log[flushed].data, PFS_BLOCK);
				flushed = at + 1;
			}
		}
		for (size_t k = 0; k < disk_log_len; k++)
			free(disk_log[k].data);
		free(disk_log);
		disk_log = NULL;
		disk_log_len = 0;
		model_free();
		free(base);
		free(stable);
		free(image);
	}
	printf("%lu cut points\n", cuts);
	CHECK(cuts >= 500);
}

/* The disk fails after n writes: errors, no crash, and what is on it is sound. */
static void row_io_errors(void)
{
	for (long after = 0; after < 400; after += 1 + after / 8) {
		u8 *base = make_fs(1024, 128);
		struct super_block *sb = mount_ok(base, 1024);
		u8 buf[8192];
		char name[16];
		int errors = 0;

		memset(buf, 7, sizeof(buf));
		disk_fail_after = after;
		for (int k = 0; k < 60; k++) {
			struct inode *i;

			snprintf(name, sizeof(name), "e%d", k);
			i = sb->root->iops->create(sb->root, name, strlen(name), S_IFREG | 0644, 0);
			if (IS_ERR(i)) {
				errors++;
				continue;
			}
			errors += host_write(i, 0, buf, sizeof(buf)) != 0;
			errors += host_fsync(i) != 0;
			inode_put(i);
			if (k % 3 == 0)
				errors += rm(sb->root, name) != 0;
		}
		CHECK(errors > 0);
		CHECK(sb->readonly);
		inode_put(sb->root);
		host_crash(sb);
		disk_fail_after = -1;
		CHECK(check_image(base, 1024, NULL) == 0);
		free(base);
	}
}

/* Damage: nothing that is read may crash the mount, the walk, or the checker. */
static void walk(struct super_block *sb, struct inode *dir, int depth);
struct walker {
	struct dir_context ctx;
	struct super_block *sb;
	struct inode *dir;
	int depth, left;
};

static bool visit(struct dir_context *ctx, const char *name, size_t len, u64 ino, unsigned type)
{
	struct walker *w = container_of(ctx, struct walker, ctx);
	struct inode *i;
	u8 buf[64];

	(void)ino, (void)type;
	if (w->left-- == 0)
		return false;
	if (name[0] == '.')
		return true;
	i = w->dir->iops->lookup(w->dir, name, len);
	if (IS_ERR(i))
		return true;
	if (S_ISDIR(i->mode)) {
		walk(w->sb, i, w->depth + 1);
	} else if (S_ISREG(i->mode)) {
		host_read(i, 0, buf, sizeof(buf));
		host_read(i, i->size / 2, buf, sizeof(buf));
		host_truncate(i, i->size / 2);
	}
	inode_put(i);
	return true;
}

static void walk(struct super_block *sb, struct inode *dir, int depth)
{
	struct walker w = { .ctx.emit = visit, .sb = sb, .dir = dir, .depth = depth, .left = 50 };
	struct file f = { .inode = dir };

	if (depth < 8)
		dir->fops->readdir(&f, &w.ctx);
}

static void row_damage(void)
{
	enum { BLOCKS = 800 };
	u8 *base = make_fs(BLOCKS, 64), *copy = malloc(BLOCKS * PFS_BLOCK);
	struct super_block *sb = mount_ok(base, BLOCKS);
	struct inode *dirs[3];
	struct pfs_super *s;
	unsigned long refused = 0, found = 0, n = ops_wanted(600);
	u32 meta;

	open_dirs(sb, dirs, true);
	for (int op = 0; op < 400; op++)
		one_op(sb, dirs);
	close_files();
	close_dirs(dirs);
	host_umount(sb); /* else the journal would repair most of it */
	model_free();
	s = (struct pfs_super *)base;
	meta = s->data_start + 40;
	setenv("QUIET", "1", 1);
	for (unsigned long k = 0; k < n; k++) {
		int err, hits = 1 + (int)rnd_below(8);
		FILE *null = fopen("/dev/null", "w");
		struct image im = { .base = copy, .blocks = BLOCKS, .out = null, .name = "x" };

		memcpy(copy, base, BLOCKS * PFS_BLOCK);
		while (hits-- > 0) {
			/* inodes, bitmaps, the first blocks of data (directories), anything */
			u32 kind = (u32)rnd_below(8), words = kind < 4 ? 32 * 30 : PFS_BLOCK / 4;
			u32 b = kind < 4   ? s->itable_start
			        : kind < 5 ? s->ibitmap_start + (u32)rnd_below(2)
			        : kind < 7 ? s->data_start + (u32)rnd_below(40)
			                   : (u32)rnd_below(meta);
			u32 *w = (u32 *)(copy + (size_t)b * PFS_BLOCK) + rnd_below(words);

			*w = rnd_below(3) ? (u32)rnd_below(BLOCKS + 10) : (u32)rnd();
		}
		if (k % 2) {
			found += image_check(&im, true) != 0;
			free(im.changed);
			fclose(null);
			continue;
		}
		fclose(null);
		sb = host_mount(copy, BLOCKS, false, &err);
		if (sb == NULL) {
			refused++;
			continue;
		}
		walk(sb, sb->root, 0);
		rm(sb->root, "one");
		inode_put(sb->root);
		if (sb->readonly)
			host_crash(sb);
		else
			host_umount(sb);
	}
	unsetenv("QUIET");
	printf("%lu damaged images: %lu mounts refused, %lu found by fsck\n", n, refused, found);
	CHECK(found > n / 8);
	free(base);
	free(copy);
}

/* A damaged log: what the sum does not cover is not replayed, and no list leads astray.
 * The blocks at home are those of before the replay, so only crashes count here. */
static void row_damaged_log(void)
{
	enum { BLOCKS = 800 };
	u8 *base = make_fs(BLOCKS, 64), *copy = malloc(BLOCKS * PFS_BLOCK);
	struct super_block *sb = mount_ok(base, BLOCKS);
	unsigned long n = ops_wanted(400), fewer = 0;
	struct inode *dirs[3];
	struct image im;
	u32 whole;

	open_dirs(sb, dirs, true);
	for (int op = 0; op < 300; op++)
		one_op(sb, dirs);
	/* a checkpoint may just have emptied the log */
	for (int k = 0; k < 20; k++) {
		inode_put(mk(sb->root, "again", S_IFREG | 0644));
		CHECK(rm(sb->root, "again") == 0);
		sb->ops->sync_fs(sb);
	}
	close_files();
	close_dirs(dirs);
	host_crash(sb);
	model_free();
	memcpy(copy, base, BLOCKS * PFS_BLOCK);
	CHECK(check_image(copy, BLOCKS, &im) == 0);
	whole = im.transactions;
	CHECK(whole > 0);
	setenv("QUIET", "1", 1);
	for (unsigned long k = 0; k < n; k++) {
		const struct pfs_super *s = (struct pfs_super *)copy;
		u32 block, *w;
		int err;

		memcpy(copy, base, BLOCKS * PFS_BLOCK);
		block = s->journal_start + (k % 8 == 0 ? 0 : (u32)rnd_below(s->journal_blocks));
		w = (u32 *)(copy + (size_t)block * PFS_BLOCK) + rnd_below(rnd_below(2) ? 16 : 1024);
		*w = rnd_below(2) ? (u32)rnd() : *w ^ 1u << rnd_below(32);
		/* also with a sum that fits: the lists must then be tested by themselves */
		if (block == s->journal_start && rnd_below(2)) {
			struct pfs_jsuper *js = (struct pfs_jsuper *)(copy + (size_t)block * PFS_BLOCK);

			js->sum = pfs_jsuper_sum(js);
		}
		if (k % 2) {
			FILE *null = fopen("/dev/null", "w");

			im = (struct image){ .base = copy, .blocks = BLOCKS, .out = null, .name = "x" };
			image_check(&im, true);
			fewer += im.transactions < whole;
			free(im.changed);
			fclose(null);
			continue;
		}
		sb = host_mount(copy, BLOCKS, false, &err);
		if (sb == NULL)
			continue;
		walk(sb, sb->root, 0);
		inode_put(sb->root);
		if (sb->readonly)
			host_crash(sb);
		else
			host_umount(sb);
	}
	unsetenv("QUIET");
	CHECK(fewer > 0);
	free(base);
	free(copy);
}

static const struct row rows[] = {
	{ "empty", row_empty },   { "names", row_names },         { "many-names", row_many_names },
	{ "sparse", row_sparse }, { "full", row_full },           { "orphans", row_orphans },
	{ "model", row_model },   { "power-cut", row_power_cut }, { "io-errors", row_io_errors },
	{ "damage", row_damage },
	{ "damaged-log", row_damaged_log },
};

int main(void)
{
	return RUN_ROWS(rows);
}
