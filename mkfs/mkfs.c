// SPDX-License-Identifier: MIT
/*
 * mkfs.c - make a file system image from a folder: mkfs IMAGE SIZE FOLDER
 *
 * The image is written front to back: each file takes the next free blocks, so every file
 * of a new image is one run.  Names are taken in byte order and all times are
 * SOURCE_DATE_EPOCH (or a fixed day), so that the same folder gives the same
 * image, bit for bit.  Runs of zero blocks become holes.  Host hard links stay hard links.
 *
 * The image is a sparse file; the bitmaps and the inode table are kept in memory.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/pfs/format.h"

#define PERM_MASK 07777u

static const char *image_name;
static int image;
static struct pfs_super sb;
static u8 *bbitmap, *ibitmap;
static struct pfs_dinode *itable;
static u32 next_block, next_inode = PFS_ROOT;
static u64 now;

/* A host file with more than one name: where its inode is here. */
struct hard_link {
	dev_t dev;
	ino_t ino;
	u32 here;
};
static struct hard_link *links;
static size_t nr_links;

static __attribute__((format(printf, 1, 2), noreturn)) void die(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "mkfs: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	if (image_name != NULL)
		unlink(image_name); /* half an image is worse than none */
	exit(1);
}

static void *zalloc(size_t n)
{
	void *p = calloc(1, n);

	if (p == NULL)
		die("no memory for %zu bytes", n);
	return p;
}

static void put_block(u64 block, const void *data)
{
	if (pwrite(image, data, PFS_BLOCK, (off_t)(block * PFS_BLOCK)) != (ssize_t)PFS_BLOCK)
		die("%s: %s", image_name, strerror(errno));
}

static void put_blocks(u64 block, const void *data, u32 n)
{
	for (u32 i = 0; i < n; i++)
		put_block(block + i, (const char *)data + (size_t)i * PFS_BLOCK);
}

static void bit_set(u8 *map, u64 bit)
{
	map[bit / 8] |= 1u << bit % 8;
}

static u32 new_block(void)
{
	if (next_block >= sb.nr_blocks)
		die("the folder does not fit: %u blocks of %u bytes are too few", sb.nr_blocks,
		    PFS_BLOCK);
	sb.free_blocks--;
	bit_set(bbitmap, next_block);
	return next_block++;
}

static u32 new_inode(u32 mode)
{
	u32 ino = next_inode++;
	struct pfs_dinode *di;

	if (ino >= sb.nr_inodes)
		die("the folder has more than %u files", sb.nr_inodes - 1);
	sb.free_inodes--;
	bit_set(ibitmap, ino);
	di = &itable[ino];
	di->mode = mode;
	di->atime = di->mtime = di->ctime = now;
	return ino;
}

/* --- the block map, filled front to back --- */

struct builder {
	struct pfs_dinode *di;
	u64 index; /* of the next block */
	u32 at[3]; /* indirect block being filled, by level; 0: none */
	u32 entry[3][PFS_PER_BLOCK];
};

static void flush_level(struct builder *b, int level)
{
	if (b->at[level] != 0)
		put_block(b->at[level], b->entry[level]);
	b->at[level] = 0;
	memset(b->entry[level], 0, PFS_BLOCK);
}

static u32 new_indirect(struct builder *b)
{
	b->di->blocks++;
	return new_block();
}

/* Enter phys as the file's next block (0: a hole). */
static void map_next(struct builder *b, u32 phys)
{
	u64 i = b->index++;
	u64 first = PFS_NDIRECT, span = PFS_PER_BLOCK;

	if (i < PFS_NDIRECT) {
		b->di->block[i] = phys;
		return;
	}
	for (int depth = 1; depth <= 3; depth++, first += span, span <<= PFS_PER_SHIFT) {
		u64 rel = i - first;

		if (i >= first + span)
			continue;
		/* Leaving a leaf, or a middle block: it is complete. */
		if (rel % PFS_PER_BLOCK == 0)
			flush_level(b, 0);
		if (rel % (PFS_PER_BLOCK * PFS_PER_BLOCK) == 0)
			flush_level(b, 1);
		if (rel == 0)
			flush_level(b, 2);
		if (phys == 0)
			return;
		for (int level = depth - 1; level >= 0; level--) {
			u64 slot = rel >> (level * PFS_PER_SHIFT);

			if (b->at[level] == 0) {
				b->at[level] = new_indirect(b);
				if (level == depth - 1)
					b->di->block[PFS_IND + depth - 1] = b->at[level];
				else
					b->entry[level + 1][(slot >> PFS_PER_SHIFT) %
					                    PFS_PER_BLOCK] = b->at[level];
			}
		}
		b->entry[0][rel % PFS_PER_BLOCK] = phys;
		return;
	}
	die("a file is larger than %llu bytes", (unsigned long long)PFS_MAX_SIZE);
}

static void map_finish(struct builder *b)
{
	for (int level = 0; level < 3; level++)
		flush_level(b, level);
}

static struct builder *map_start(u32 ino)
{
	struct builder *b = zalloc(sizeof(*b));

	b->di = &itable[ino];
	return b;
}

static bool all_zero(const void *p)
{
	const u64 *w = p;

	for (size_t i = 0; i < PFS_BLOCK / 8; i++)
		if (w[i] != 0)
			return false;
	return true;
}

/* --- files and folders --- */

static void add_file(u32 ino, int dirfd, const char *name, const char *path)
{
	struct pfs_dinode *di = &itable[ino];
	struct builder *b = map_start(ino);
	int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW);
	char buf[PFS_BLOCK];
	size_t have = 0;

	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	for (;;) {
		ssize_t n = read(fd, buf + have, PFS_BLOCK - have);

		if (n < 0)
			die("%s: %s", path, strerror(errno));
		have += (size_t)n;
		if (n != 0 && have < PFS_BLOCK)
			continue;
		if (have > 0) {
			u32 phys = 0;

			memset(buf + have, 0, PFS_BLOCK - have);
			if (!all_zero(buf)) {
				phys = new_block();
				di->blocks++;
				put_block(phys, buf);
			}
			map_next(b, phys);
			di->size += have;
			have = 0;
		}
		if (n == 0)
			break;
	}
	map_finish(b);
	free(b);
	close(fd);
}

static void set_entry(struct pfs_dirent *d, u32 ino, const char *name, u32 mode)
{
	size_t len = strlen(name);
	unsigned type = S_ISDIR(mode) ? PFS_T_DIR : S_ISREG(mode) ? PFS_T_FILE : PFS_T_OTHER;

	d->ino = ino;
	d->lt = (u8)(len | type << 6);
	memcpy(d->name, name, len);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **list_folder(int fd, const char *path, size_t *count)
{
	DIR *dir = fdopendir(dup(fd));
	char **names = NULL;
	size_t n = 0, room = 0;
	struct dirent *e;

	if (dir == NULL)
		die("%s: %s", path, strerror(errno));
	while ((e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (strlen(e->d_name) > PFS_NAME)
			die("%s/%s: the name is longer than %d bytes", path, e->d_name, PFS_NAME);
		if (n == room) {
			room = room * 2 + 16;
			names = realloc(names, room * sizeof(*names));
			if (names == NULL)
				die("no memory");
		}
		names[n++] = strdup(e->d_name);
	}
	closedir(dir);
	if (n > 0)
		qsort(names, n, sizeof(*names), by_name);
	*count = n;
	return names;
}

static u32 *find_hard_link(const struct stat *st)
{
	for (size_t i = 0; i < nr_links; i++)
		if (links[i].dev == st->st_dev && links[i].ino == st->st_ino)
			return &links[i].here;
	links = realloc(links, (nr_links + 1) * sizeof(*links));
	if (links == NULL)
		die("no memory");
	links[nr_links] = (struct hard_link){ st->st_dev, st->st_ino, 0 };
	return &links[nr_links++].here;
}

/* Fill directory ino, child of parent, from the open folder fd. */
static void add_folder(u32 ino, u32 parent, int fd, const char *path)
{
	struct builder *b;
	struct pfs_dirent *ents;
	size_t n, slots;
	char **names = list_folder(fd, path, &n);

	slots = (n + 2 + PFS_DIRENTS - 1) / PFS_DIRENTS * PFS_DIRENTS;
	ents = zalloc(slots * sizeof(*ents));
	set_entry(&ents[0], ino, ".", S_IFDIR);
	set_entry(&ents[1], parent, "..", S_IFDIR);
	itable[ino].nlink += 2; /* "." and the name it has (the root: "..") */
	for (size_t i = 0; i < n; i++) {
		char *sub;
		struct stat st;
		u32 here, *known = NULL;

		if (asprintf(&sub, "%s/%s", path, names[i]) < 0)
			die("no memory");
		if (fstatat(fd, names[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
			die("%s: %s", sub, strerror(errno));
		if (S_ISDIR(st.st_mode)) {
			int subfd = openat(fd, names[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW);

			if (subfd < 0)
				die("%s: %s", sub, strerror(errno));
			here = new_inode(S_IFDIR | (st.st_mode & PERM_MASK));
			itable[ino].nlink++; /* the child's ".." */
			add_folder(here, ino, subfd, sub);
			close(subfd);
		} else if (S_ISREG(st.st_mode) || S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode) ||
		           S_ISFIFO(st.st_mode)) {
			if (st.st_nlink > 1)
				known = find_hard_link(&st);
			if (known != NULL && *known != 0) {
				here = *known;
			} else {
				here = new_inode(st.st_mode & (S_IFMT | PERM_MASK));
				if (known != NULL)
					*known = here;
				if (S_ISREG(st.st_mode))
					add_file(here, fd, names[i], sub);
				else if (!S_ISFIFO(st.st_mode))
					itable[here].rdev =
						(u32)(st.st_rdev >> 8 << 16 | (st.st_rdev & 0xff));
			}
			itable[here].nlink++;
		} else {
			die("%s: neither file, folder, device nor pipe", sub);
		}
		set_entry(&ents[i + 2], here, names[i], itable[here].mode);
		free(names[i]);
		free(sub);
	}
	free(names);
	b = map_start(ino);
	for (size_t i = 0; i < slots; i += PFS_DIRENTS) {
		u32 phys = new_block();

		itable[ino].blocks++;
		put_block(phys, &ents[i]);
		map_next(b, phys);
	}
	map_finish(b);
	free(b);
	free(ents);
	itable[ino].size = slots * sizeof(*ents);
}

static u64 parse_size(const char *text)
{
	char *end;
	u64 n = strtoull(text, &end, 0);
	unsigned shift = 0;

	switch (*end) {
	case 'T':
	case 't':
		shift += 10; /* fall through */
	case 'G':
	case 'g':
		shift += 10; /* fall through */
	case 'M':
	case 'm':
		shift += 10; /* fall through */
	case 'K':
	case 'k':
		shift += 10;
		end++;
	}
	if (end == text || *end != '\0' || n == 0 || n << shift >> shift != n)
		die("%s is not a size (a number with K, M, G or T)", text);
	return n << shift;
}

static void lay_out(u64 blocks)
{
	u64 inodes, journal;

	if (blocks > UINT32_MAX)
		blocks = UINT32_MAX; /* 16 TiB less a block is the most */
	inodes = blocks / 2; /* one for 8 KiB */
	if (inodes > 1u << 20)
		inodes = 1u << 20;
	inodes = (inodes + PFS_INODES - 1) / PFS_INODES * PFS_INODES;
	journal = blocks / 32;
	if (journal < PFS_MIN_JOURNAL)
		journal = PFS_MIN_JOURNAL;
	if (journal > 4096)
		journal = 4096;
	sb.magic = PFS_MAGIC;
	sb.version = PFS_VERSION;
	sb.block_size = PFS_BLOCK;
	sb.nr_blocks = (u32)blocks;
	sb.nr_inodes = (u32)inodes;
	sb.journal_start = 1;
	sb.journal_blocks = (u32)journal;
	sb.ibitmap_start = sb.journal_start + sb.journal_blocks;
	sb.ibitmap_blocks = (u32)((inodes + PFS_BITS - 1) / PFS_BITS);
	sb.bbitmap_start = sb.ibitmap_start + sb.ibitmap_blocks;
	sb.bbitmap_blocks = (u32)((blocks + PFS_BITS - 1) / PFS_BITS);
	sb.itable_start = sb.bbitmap_start + sb.bbitmap_blocks;
	sb.itable_blocks = sb.nr_inodes / PFS_INODES;
	sb.data_start = sb.itable_start + sb.itable_blocks;
	sb.root = PFS_ROOT;
	if (sb.data_start + 8 > blocks)
		die("a file system needs at least %u KiB", (PFS_MIN_JOURNAL + 40) * 4);
	sb.free_blocks = sb.nr_blocks - sb.data_start;
	sb.free_inodes = sb.nr_inodes - 1;
	sb.made = now;
	for (int i = 0; i < 16; i++) /* the same input gives the same id */
		sb.id[i] = (u8)(pfs_sum(&sb, offsetof(struct pfs_super, id)) >> (i % 8 * 8));
	next_block = sb.data_start;
}

static void put_journal(void)
{
	union {
		struct pfs_jsuper s;
		char block[PFS_BLOCK];
	} j = { .s = { .h = { .magic = PFS_JMAGIC, .type = PFS_J_SUPER, .seq = 1 } } };

	j.s.blocks = sb.journal_blocks;
	j.s.tail = 1;
	j.s.sum = pfs_jsuper_sum(&j.s);
	put_block(sb.journal_start, &j);
}

int main(int argc, char **argv)
{
	union {
		struct pfs_super s;
		char block[PFS_BLOCK];
	} super = { .block = { 0 } };
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	const char *bad;
	u64 size;
	int fd;

	if (argc != 4) {
		fprintf(stderr, "usage: mkfs IMAGE SIZE FOLDER\n");
		return 2;
	}
	now = (epoch != NULL ? strtoull(epoch, NULL, 10) : 1735689600) * 1000000000ULL;
	size = parse_size(argv[2]);
	fd = open(argv[3], O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		die("%s: %s", argv[3], strerror(errno));
	lay_out(size / PFS_BLOCK);
	image = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0666);
	if (image < 0)
		die("%s: %s", argv[1], strerror(errno));
	image_name = argv[1];
	if (ftruncate(image, (off_t)size) < 0)
		die("%s: %s", argv[1], strerror(errno));
	bbitmap = zalloc((size_t)sb.bbitmap_blocks * PFS_BLOCK);
	ibitmap = zalloc((size_t)sb.ibitmap_blocks * PFS_BLOCK);
	itable = zalloc((size_t)sb.itable_blocks * PFS_BLOCK);
	for (u64 b = 0; b < sb.data_start; b++)
		bit_set(bbitmap, b);
	for (u64 b = sb.nr_blocks; b < (u64)sb.bbitmap_blocks * PFS_BITS; b++)
		bit_set(bbitmap, b);
	bit_set(ibitmap, 0);
	for (u64 i = sb.nr_inodes; i < (u64)sb.ibitmap_blocks * PFS_BITS; i++)
		bit_set(ibitmap, i);

	add_folder(new_inode(S_IFDIR | 0755), PFS_ROOT, fd, argv[3]);

	put_journal();
	put_blocks(sb.ibitmap_start, ibitmap, sb.ibitmap_blocks);
	put_blocks(sb.bbitmap_start, bbitmap, sb.bbitmap_blocks);
	put_blocks(sb.itable_start, itable, (next_inode + PFS_INODES - 1) / PFS_INODES);
	sb.sum = pfs_super_sum(&sb);
	bad = pfs_super_check(&sb, size / PFS_BLOCK);
	if (bad != NULL)
		die("made a wrong superblock: %s", bad);
	super.s = sb;
	put_block(0, &super);
	if (close(image) < 0)
		die("%s: %s", argv[1], strerror(errno));
	return 0;
}
