// SPDX-License-Identifier: MIT
/*
 * image.c - test every invariant of an image.
 *
 * Nothing read from the image is believed before it is tested, so a damaged image gives
 * findings, never a crash.  Each block has an owner (the inode that reached it first), so
 * that double use names both; each inode counts the entries that name it.  The order is
 *
 *	superblock, journal, inodes with their blocks, names from the root down,
 *	orphan list, link counts, bitmaps, counts.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

#define S_IFMT        0170000
#define S_IFIFO       0010000
#define S_IFCHR       0020000
#define S_IFDIR       0040000
#define S_IFBLK       0060000
#define S_IFREG       0100000
#define MODE_IS(m, f) (((m)&S_IFMT) == (f))

#define MOST_FINDINGS 200u

struct check {
	struct image *im;
	const struct pfs_super *sb;
	u32 *owner; /* of each block; 0: nobody */
	u32 *names; /* entries that name each inode */
	u8 *orphan; /* on the list */
	u32 *todo; /* directories to visit */
	u32 *parent; /* of each directory, from its entry */
	u32 nr_todo;
};

static __attribute__((format(printf, 2, 3))) void bad(struct image *im, const char *fmt, ...)
{
	va_list ap;

	im->problems++;
	if (im->problems > MOST_FINDINGS)
		return;
	fprintf(im->out, "%s: ", im->name);
	va_start(ap, fmt);
	vfprintf(im->out, fmt, ap);
	va_end(ap);
	fprintf(im->out, "\n");
	if (im->problems == MOST_FINDINGS)
		fprintf(im->out, "%s: and so on\n", im->name);
}

static bool bit(const struct image *im, u32 start, u32 n)
{
	const u8 *map = image_block(im, start);

	return map[n / 8] >> n % 8 & 1;
}

struct pfs_dinode *image_inode(const struct image *im, u32 ino)
{
	const struct pfs_super *sb = image_super(im);

	return (struct pfs_dinode *)image_block(im, sb->itable_start) + ino;
}

static bool is_data(const struct pfs_super *sb, u32 block)
{
	return block >= sb->data_start && block < sb->nr_blocks;
}

u32 image_bmap(const struct image *im, const struct pfs_dinode *di, u64 index)
{
	const struct pfs_super *sb = image_super(im);
	u64 span = PFS_PER_BLOCK;

	if (index < PFS_NDIRECT)
		return is_data(sb, di->block[index]) ? di->block[index] : 0;
	index -= PFS_NDIRECT;
	for (unsigned depth = 1; depth <= 3; depth++, span <<= PFS_PER_SHIFT) {
		if (index < span) {
			u32 b = di->block[PFS_IND + depth - 1];

			for (unsigned level = depth; level-- > 0 && is_data(sb, b);)
				b = ((u32 *)image_block(
					im,
					b))[index >> (level * PFS_PER_SHIFT) & (PFS_PER_BLOCK - 1)];
			return is_data(sb, b) ? b : 0;
		}
		index -= span;
	}
	return 0;
}

/* --- journal --- */

static int mem_read(void *ctx, u32 block, void *buf)
{
	memcpy(buf, image_block(ctx, block), PFS_BLOCK);
	return 0;
}

static int mem_write(void *ctx, u32 block, const void *buf)
{
	struct image *im = ctx;

	u32 *list = realloc(im->changed, (im->nr_changed + 1) * sizeof(*list));

	if (list == NULL)
		return -ENOMEM;
	im->changed = list;
	list[im->nr_changed++] = block;
	memcpy(image_block(im, block), buf, PFS_BLOCK);
	return 0;
}

static int mem_flush(void *ctx)
{
	(void)ctx;
	return 0;
}

static void *mem_alloc(void *ctx, size_t bytes)
{
	(void)ctx;
	return calloc(1, bytes);
}

static void mem_free(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

int image_replay(struct image *im)
{
	const struct pfs_super *sb = image_super(im);
	struct pfs_recover r = {
		.ctx = im,
		.journal_start = sb->journal_start,
		.journal_blocks = sb->journal_blocks,
		.nr_blocks = sb->nr_blocks,
		.read = mem_read,
		.write = mem_write,
		.flush = mem_flush,
		.alloc = mem_alloc,
		.free = mem_free,
	};
	int err = pfs_recover(&r, false);

	if (err != 0)
		bad(im, "journal: replay failed: %s", strerror(-err));
	im->transactions = r.transactions;
	im->replayed = r.replayed;
	im->revoked = r.revoked;
	return err;
}

/* --- inodes and blocks --- */

static bool claim(struct check *c, u32 ino, u64 index, u32 block)
{
	if (!is_data(c->sb, block)) {
		bad(c->im, "inode %u: page %llu: block %u is outside the data area", ino,
		    (unsigned long long)index, block);
		return false;
	}
	if (c->owner[block] != 0) {
		bad(c->im, "block %u is used twice: by inode %u and by inode %u", block,
		    c->owner[block], ino);
		return false;
	}
	c->owner[block] = ino;
	c->im->used_blocks++;
	return true;
}

/* What hangs below block, `level` indirect blocks deep, beginning with page index; in *count the
 * blocks, in *end the page behind the last one mapped. */
static void claim_tree(struct check *c, u32 ino, u32 block, unsigned level, u64 index, u64 *count,
                       u64 *end)
{
	const u32 *e;

	if (block == 0 || !claim(c, ino, index, block))
		return;
	++*count;
	if (level == 0) {
		*end = index + 1;
		return;
	}
	e = image_block(c->im, block);
	for (u64 k = 0; k < PFS_PER_BLOCK; k++)
		if (e[k] != 0)
			claim_tree(c, ino, e[k], level - 1,
			           index + (k << (level - 1) * PFS_PER_SHIFT), count, end);
}

static void check_inode(struct check *c, u32 ino)
{
	struct image *im = c->im;
	const struct pfs_dinode *d = image_inode(im, ino);
	u64 count = 0, end = 0, first = PFS_NDIRECT;
	u32 fmt = d->mode & S_IFMT;

	if (fmt != S_IFREG && fmt != S_IFDIR && fmt != S_IFCHR && fmt != S_IFBLK &&
	    fmt != S_IFIFO) {
		bad(im, "inode %u: mode %#o is of no known kind", ino, d->mode);
		return;
	}
	if (d->size > PFS_MAX_SIZE)
		bad(im, "inode %u: size %llu is too large", ino, (unsigned long long)d->size);
	if (fmt != S_IFREG && fmt != S_IFDIR && d->size != 0)
		bad(im, "inode %u: a device or pipe of size %llu", ino,
		    (unsigned long long)d->size);
	for (u32 k = 0; k < PFS_NDIRECT; k++)
		claim_tree(c, ino, d->block[k], 0, k, &count, &end);
	for (unsigned level = 1; level <= 3; level++) {
		claim_tree(c, ino, d->block[PFS_IND + level - 1], level, first, &count, &end);
		first += 1ULL << level * PFS_PER_SHIFT;
	}
	if (count != d->blocks)
		bad(im, "inode %u: blocks is %llu, but it has %llu", ino,
		    (unsigned long long)d->blocks, (unsigned long long)count);
	if (end > (d->size + PFS_BLOCK - 1) / PFS_BLOCK && !c->orphan[ino])
		bad(im, "inode %u: size is %llu, but page %llu has a block", ino,
		    (unsigned long long)d->size, (unsigned long long)end - 1);
	if (fmt == S_IFDIR)
		im->dirs++;
	else
		im->files++;
}

/* --- names --- */

static int by_name(const void *a, const void *b)
{
	const struct pfs_dirent *x = *(const struct pfs_dirent *const *)a;
	const struct pfs_dirent *y = *(const struct pfs_dirent *const *)b;

	return memcmp(x->name, y->name, PFS_NAME);
}

static bool name_ok(struct image *im, u32 dir, u64 slot, const struct pfs_dirent *e)
{
	unsigned len = pfs_dirent_len(e);

	if (len == 0 || len > PFS_NAME) {
		bad(im, "directory %u: slot %llu: name of length %u", dir, (unsigned long long)slot,
		    len);
		return false;
	}
	for (unsigned k = 0; k < PFS_NAME; k++)
		if ((k < len) != (e->name[k] != '\0') || e->name[k] == '/') {
			bad(im, "directory %u: slot %llu: bad byte %u in the name", dir,
			    (unsigned long long)slot, k);
			return false;
		}
	return true;
}

static void check_entry(struct check *c, u32 dir, u64 slot, const struct pfs_dirent *e)
{
	struct image *im = c->im;
	const struct pfs_dinode *d;
	unsigned want;
	bool dot = slot == 0, dotdot = slot == 1;

	if (e->ino >= c->sb->nr_inodes) {
		bad(im, "directory %u: \"%.*s\" names inode %u, which cannot be", dir,
		    (int)pfs_dirent_len(e), e->name, e->ino);
		return;
	}
	d = image_inode(im, e->ino);
	if (d->mode == 0) {
		bad(im, "directory %u: \"%.*s\" names inode %u, which is free", dir,
		    (int)pfs_dirent_len(e), e->name, e->ino);
		return;
	}
	want = MODE_IS(d->mode, S_IFDIR)   ? PFS_T_DIR
	       : MODE_IS(d->mode, S_IFREG) ? PFS_T_FILE
	                                   : PFS_T_OTHER;
	if (pfs_dirent_type(e) != want)
		bad(im, "directory %u: \"%.*s\" says type %u, inode %u is of type %u", dir,
		    (int)pfs_dirent_len(e), e->name, pfs_dirent_type(e), e->ino, want);
	c->names[e->ino]++;
	if (dot || dotdot)
		return;
	if ((e->lt & 63) <= 2 && e->name[0] == '.' && (e->name[1] == '\0' || e->name[1] == '.')) {
		bad(im, "directory %u: a second \"%s\"", dir, e->name);
		return;
	}
	if (want == PFS_T_DIR) {
		if (c->parent[e->ino] != 0) {
			bad(im, "directory %u has two names: in %u and in %u", e->ino,
			    c->parent[e->ino], dir);
			return;
		}
		c->parent[e->ino] = dir;
		c->todo[c->nr_todo++] = e->ino;
	}
}

static void check_dir(struct check *c, u32 dir)
{
	struct image *im = c->im;
	const struct pfs_dinode *d = image_inode(im, dir);
	u64 blocks = d->size / PFS_BLOCK, n = 0;
	const struct pfs_dirent **sorted;

	if (d->size % PFS_BLOCK != 0 || blocks == 0 || blocks > d->blocks) {
		bad(im, "directory %u: size %llu", dir, (unsigned long long)d->size);
		return;
	}
	sorted = calloc(blocks * PFS_DIRENTS, sizeof(*sorted));
	for (u64 b = 0; b < blocks; b++) {
		u32 phys = image_bmap(im, d, b);
		const struct pfs_dirent *e;

		if (phys == 0) {
			bad(im, "directory %u: hole at block %llu", dir, (unsigned long long)b);
			continue;
		}
		e = image_block(im, phys);
		for (u64 k = 0; k < PFS_DIRENTS; k++, e++) {
			u64 slot = b * PFS_DIRENTS + k;

			if (slot == 0 && (e->ino != dir || (e->lt & 63) != 1 || e->name[0] != '.'))
				bad(im, "directory %u: \".\" is missing or wrong", dir);
			if (slot == 1 && (e->ino != c->parent[dir] || (e->lt & 63) != 2 ||
			                  memcmp(e->name, "..", 2) != 0))
				bad(im, "directory %u: \"..\" names %u, the parent is %u", dir,
				    e->ino, c->parent[dir]);
			if (e->ino == 0 || !name_ok(im, dir, slot, e))
				continue;
			sorted[n++] = e;
			check_entry(c, dir, slot, e);
		}
	}
	qsort(sorted, n, sizeof(*sorted), by_name);
	for (u64 k = 1; k < n; k++)
		if (memcmp(sorted[k]->name, sorted[k - 1]->name, PFS_NAME) == 0)
			bad(im, "directory %u: two entries \"%.*s\"", dir,
			    (int)pfs_dirent_len(sorted[k]), sorted[k]->name);
	free(sorted);
}

/* --- the rest --- */

static void walk_orphans(struct check *c)
{
	u32 ino = c->sb->orphans;

	while (ino != 0) {
		const struct pfs_dinode *d;

		if (ino >= c->sb->nr_inodes) {
			bad(c->im, "orphan list: inode %u cannot be", ino);
			return;
		}
		if (c->orphan[ino]) {
			bad(c->im, "orphan list: inode %u is on it twice", ino);
			return;
		}
		c->orphan[ino] = 1;
		c->im->orphans++;
		d = image_inode(c->im, ino);
		if (d->mode == 0)
			bad(c->im, "orphan list: inode %u is free", ino);
		ino = d->next_orphan;
	}
}

static void check_links(struct check *c)
{
	for (u32 ino = 1; ino < c->sb->nr_inodes; ino++) {
		const struct pfs_dinode *d = image_inode(c->im, ino);
		bool used = bit(c->im, c->sb->ibitmap_start, ino);

		if (used != (d->mode != 0))
			bad(c->im, "inode bitmap: inode %u is %s, but marked %s", ino,
			    d->mode != 0 ? "in use" : "free", used ? "used" : "free");
		if (d->mode == 0)
			continue;
		if (d->nlink == 0 && !c->orphan[ino])
			bad(c->im, "inode %u: no links and not on the orphan list", ino);
		/* An orphan directory has no entry in the tree, and was not visited. */
		if (d->nlink != c->names[ino])
			bad(c->im, "inode %u: nlink is %u, but %u entries name it", ino, d->nlink,
			    c->names[ino]);
		if (d->next_orphan != 0 && !c->orphan[ino])
			bad(c->im, "inode %u: next_orphan is %u, but it is not on the list", ino,
			    d->next_orphan);
	}
}

static void check_bitmaps(struct check *c)
{
	const struct pfs_super *sb = c->sb;
	struct image *im = c->im;
	u64 free_blocks = 0, free_inodes = 0;

	for (u64 b = 0; b < (u64)sb->bbitmap_blocks * PFS_BITS; b++) {
		bool marked = bit(im, sb->bbitmap_start, (u32)b);
		bool used = b < sb->data_start || b >= sb->nr_blocks || c->owner[b] != 0;

		free_blocks += !marked;
		if (marked == used)
			continue;
		if (used && b < sb->nr_blocks && b >= sb->data_start)
			bad(im, "block bitmap: block %llu belongs to inode %u, but is marked free",
			    (unsigned long long)b, c->owner[b]);
		else
			bad(im, "block bitmap: block %llu is marked %s", (unsigned long long)b,
			    marked ? "used, but nobody has it" : "free, but cannot be");
	}
	for (u64 i = 0; i < (u64)sb->ibitmap_blocks * PFS_BITS; i++) {
		bool marked = bit(im, sb->ibitmap_start, (u32)i);

		free_inodes += !marked;
		if (!marked && (i == 0 || i >= sb->nr_inodes))
			bad(im, "inode bitmap: bit %llu is marked free, but cannot be",
			    (unsigned long long)i);
	}
	if (free_blocks != sb->free_blocks)
		bad(im, "superblock: free_blocks is %u, the bitmap says %llu", sb->free_blocks,
		    (unsigned long long)free_blocks);
	if (free_inodes != sb->free_inodes)
		bad(im, "superblock: free_inodes is %u, the bitmap says %llu", sb->free_inodes,
		    (unsigned long long)free_inodes);
}

static bool super_ok(struct image *im)
{
	const char *field;

	if (im->blocks < 16) {
		bad(im, "superblock: the image is too small");
		return false;
	}
	field = pfs_super_check(image_super(im), im->blocks);
	if (field == NULL)
		field = pfs_jsuper_check(image_block(im, image_super(im)->journal_start),
		                         image_super(im));
	if (field != NULL)
		bad(im, "superblock: bad %s", field);
	return field == NULL;
}

unsigned image_check(struct image *im, bool replay)
{
	struct check c = { .im = im };
	const struct pfs_super *sb = image_super(im);

	im->problems = im->files = im->dirs = im->orphans = im->used_blocks = 0;
	if (!super_ok(im))
		return im->problems;
	if (replay && (image_replay(im) != 0 || !super_ok(im)))
		return im->problems;
	c.sb = sb;
	c.owner = calloc(sb->nr_blocks, sizeof(*c.owner));
	c.names = calloc(sb->nr_inodes, sizeof(*c.names));
	c.orphan = calloc(sb->nr_inodes, 1);
	c.todo = calloc(sb->nr_inodes, sizeof(*c.todo));
	c.parent = calloc(sb->nr_inodes, sizeof(*c.parent));
	if (c.owner == NULL || c.names == NULL || c.orphan == NULL || c.todo == NULL ||
	    c.parent == NULL) {
		bad(im, "no memory to check it");
		goto out;
	}
	walk_orphans(&c);
	for (u32 ino = 1; ino < sb->nr_inodes; ino++)
		if (image_inode(im, ino)->mode != 0)
			check_inode(&c, ino);
	if (!MODE_IS(image_inode(im, sb->root)->mode, S_IFDIR)) {
		bad(im, "root: inode %u is no directory", sb->root);
		goto out;
	}
	c.parent[sb->root] = sb->root;
	c.todo[c.nr_todo++] = sb->root;
	for (u32 k = 0; k < c.nr_todo; k++)
		check_dir(&c, c.todo[k]);
	check_links(&c);
	check_bitmaps(&c);
out:
	free(c.owner);
	free(c.names);
	free(c.orphan);
	free(c.todo);
	free(c.parent);
	return im->problems;
}

u32 image_lookup(const struct image *im, const char *path)
{
	u32 ino = image_super(im)->root;

	for (;;) {
		const struct pfs_dinode *d = image_inode(im, ino);
		size_t len;
		u32 next = 0;

		while (*path == '/')
			path++;
		if (*path == '\0')
			return ino;
		len = strcspn(path, "/");
		if (!MODE_IS(d->mode, S_IFDIR))
			return 0;
		for (u64 b = 0; b < d->size / PFS_BLOCK && next == 0; b++) {
			u32 phys = image_bmap(im, d, b);
			const struct pfs_dirent *e = image_block(im, phys);

			for (u32 k = 0; phys != 0 && k < PFS_DIRENTS && next == 0; k++)
				if (e[k].ino != 0 && e[k].ino < image_super(im)->nr_inodes &&
				    pfs_dirent_len(&e[k]) == len &&
				    memcmp(e[k].name, path, len) == 0)
					next = e[k].ino;
		}
		if (next == 0)
			return 0;
		ino = next;
		path += len;
	}
}
