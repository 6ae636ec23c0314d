// SPDX-License-Identifier: MIT
/*
 * fsck.c - check a file system image: fsck [-r] [-n] [-q] [-c PATH] [-l PATH] IMAGE
 *
 * The image is mapped privately: the journal is replayed in memory, as a mount would do it,
 * and the result is checked; the file itself stays as it is.
 *
 *	-r	write the replayed state back into the image
 *	-n	do not replay: check what lies there
 *	-q	say only what is wrong
 *	-c PATH	write the contents of a file to the standard output (instead of checking)
 *	-l PATH	list a directory: inode, type, links, size, name
 *
 * Exit status: 0 sound, 4 damaged, 8 could not be read or wrong usage, 1 no such PATH.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"

static int usage(void)
{
	fprintf(stderr, "usage: fsck [-r] [-n] [-q] [-c PATH] [-l PATH] IMAGE\n");
	return 8;
}

static int cat(const struct image *im, const char *path)
{
	static const char zeros[PFS_BLOCK];
	u32 ino = image_lookup(im, path);
	const struct pfs_dinode *d;

	if (ino == 0) {
		fprintf(stderr, "fsck: %s: no such file\n", path);
		return 1;
	}
	d = image_inode(im, ino);
	for (u64 pos = 0; pos < d->size; pos += PFS_BLOCK) {
		u32 b = image_bmap(im, d, pos / PFS_BLOCK);
		u64 n = d->size - pos < PFS_BLOCK ? d->size - pos : PFS_BLOCK;

		if (fwrite(b != 0 ? image_block(im, b) : zeros, 1, n, stdout) != n)
			return 8;
	}
	return fflush(stdout) == 0 ? 0 : 8;
}

static int list(const struct image *im, const char *path)
{
	u32 ino = image_lookup(im, path);
	const struct pfs_dinode *d = image_inode(im, ino);

	if (ino == 0 || (d->mode & S_IFMT) != S_IFDIR) {
		fprintf(stderr, "fsck: %s: no such directory\n", path);
		return 1;
	}
	for (u64 slot = 0; slot < d->size / sizeof(struct pfs_dirent); slot++) {
		u32 b = image_bmap(im, d, slot / PFS_DIRENTS);
		const struct pfs_dirent *e = image_block(im, b);
		const struct pfs_dinode *f;

		e += slot % PFS_DIRENTS;
		if (b == 0 || e->ino == 0 || e->ino >= image_super(im)->nr_inodes)
			continue;
		f = image_inode(im, e->ino);
		printf("%8u %06o %5u %12llu %.*s\n", e->ino, f->mode, f->nlink,
		       (unsigned long long)f->size, (int)pfs_dirent_len(e), e->name);
	}
	return 0;
}

/* What the replay has changed goes to the file; last of all, behind a flush, the journal
 * superblock, which says that it was replayed. */
static int write_back(const struct image *im, int fd)
{
	for (u32 k = 0; k < im->nr_changed; k++) {
		u32 b = im->changed[k];

		if (k + 1 == im->nr_changed && fsync(fd) < 0)
			return -1;
		if (pwrite(fd, image_block(im, b), PFS_BLOCK, (off_t)b * PFS_BLOCK) != PFS_BLOCK)
			return -1;
	}
	return fsync(fd);
}

int main(int argc, char **argv)
{
	bool replay = true, write = false, quiet = false;
	const char *show = NULL, *folder = NULL;
	struct image im = { .out = stdout };
	struct stat st;
	int fd, opt;

	while ((opt = getopt(argc, argv, "rnqc:l:")) != -1)
		switch (opt) {
		case 'r':
			write = true;
			break;
		case 'n':
			replay = false;
			break;
		case 'q':
			quiet = true;
			break;
		case 'c':
			show = optarg;
			break;
		case 'l':
			folder = optarg;
			break;
		default:
			return usage();
		}
	if (optind + 1 != argc || (write && !replay))
		return usage();
	im.name = argv[optind];
	fd = open(im.name, write ? O_RDWR : O_RDONLY);
	if (fd < 0 || fstat(fd, &st) < 0) {
		fprintf(stderr, "fsck: %s: %s\n", im.name, strerror(errno));
		return 8;
	}
	im.blocks = (u64)st.st_size / PFS_BLOCK;
	if (im.blocks == 0) {
		printf("%s: superblock: the image is too small\n", im.name);
		return 4;
	}
	im.base = mmap(NULL, im.blocks * PFS_BLOCK, PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_NORESERVE, fd, 0);
	if (im.base == MAP_FAILED) {
		fprintf(stderr, "fsck: %s: %s\n", im.name, strerror(errno));
		return 8;
	}
	image_check(&im, replay);
	if (im.problems == 0 && (show != NULL || folder != NULL))
		return show != NULL ? cat(&im, show) : list(&im, folder);
	if (im.problems == 0 && write && write_back(&im, fd) < 0) {
		fprintf(stderr, "fsck: %s: %s\n", im.name, strerror(errno));
		return 8;
	}
	if (im.problems != 0)
		printf("%s: %u problems\n", im.name, im.problems);
	else if (!quiet)
		printf("%s: sound: %u files, %u directories, %u orphans, %u blocks used, %u free; "
		       "journal: %u transactions, %u blocks, %u revoked\n",
		       im.name, im.files, im.dirs, im.orphans, im.used_blocks,
		       image_super(&im)->free_blocks, im.transactions, im.replayed, im.revoked);
	return im.problems != 0 ? 4 : 0;
}
