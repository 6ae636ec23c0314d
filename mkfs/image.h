// SPDX-License-Identifier: MIT
/* image.h - a file system image in memory (mapped or made), for fsck and the tests. */
#ifndef MKFS_IMAGE_H
#define MKFS_IMAGE_H

#include <stdio.h>

#include "fs/pfs/format.h"

struct image {
	u8 *base; /* changed by replaying only */
	u64 blocks; /* whole blocks of it */
	FILE *out; /* where findings go */
	const char *name; /* what they begin with */
	unsigned problems; /* how many there were */
	u32 *changed, nr_changed; /* blocks written by the replay, in order; malloc'ed */
	/* filled by image_check */
	u32 files, dirs, orphans, used_blocks, transactions, replayed, revoked;
};

static inline void *image_block(const struct image *im, u32 n)
{
	return im->base + (u64)n * PFS_BLOCK;
}
static inline struct pfs_super *image_super(const struct image *im)
{
	return image_block(im, 0);
}

/* Replay the journal into im->base. => 0 or -errno, having said why */
int image_replay(struct image *im);
/* Test every invariant of format.h. => number of problems, each said in one line */
unsigned image_check(struct image *im, bool replay);
/* Inode number of a path from the root, or 0. */
u32 image_lookup(const struct image *im, const char *path);
struct pfs_dinode *image_inode(const struct image *im, u32 ino);
/* The block of page index of the file, 0 for a hole (and for what cannot be). */
u32 image_bmap(const struct image *im, const struct pfs_dinode *di, u64 index);

#endif
