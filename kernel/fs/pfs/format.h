// SPDX-License-Identifier: MIT
/*
 * format.h - what lies on the disk; the one description that kernel, mkfs and fsck share.
 *
 *   block 0          superblock
 *   journal          journal superblock, then the log, used as a ring
 *   inode bitmap     one bit an inode, set: in use
 *   block bitmap     one bit a block of the whole disk, set: in use
 *   inode table      128 bytes an inode
 *   data             file contents, directories, indirect blocks
 *
 * All numbers are little-endian.  A block is 4 KiB, one page.  Block numbers are 32
 * bits, so that an indirect block holds 1024 of them and three levels reach
 * (12 + 2^10 + 2^20 + 2^30) blocks, 4 TiB and a little; with 64 bits they would reach
 * 512 GiB only, for a disk size (above 16 TiB) that no classroom has.
 *
 * Invariants of a file system at rest (after the journal is replayed); fsck.c tests each:
 *   F1  the regions follow each other without gap or overlap, in the order above;
 *   F2  a block's bit is set exactly if it lies before data_start or is reachable from
 *       exactly one place of one inode in use;
 *   F3  an inode's bit is set exactly if its mode is not 0; inode 0 is never used;
 *   F4  nlink counts the directory entries that name the inode; an inode with nlink 0
 *       is on the orphan list and nowhere else;
 *   F5  a directory begins with "." and "..", has one name in the tree, holds no name
 *       twice, its size is a whole number of blocks and it has no holes;
 *   F6  inode.blocks counts its data and indirect blocks;
 *   F7  free_blocks and free_inodes count the clear bits;
 *   F8  no block is mapped at or behind the end of a file that is not an orphan.  What
 *       the last block holds behind the end means nothing (a write that was cut off).
 */
#ifndef PFS_FORMAT_H
#define PFS_FORMAT_H

#include "lib/types.h"

#define PFS_MAGIC       0x61646f676150ULL /* "Pagoda" */
#define PFS_VERSION     1
#define PFS_BLOCK       4096u
#define PFS_BLOCK_SHIFT 12
#define PFS_BITS        (PFS_BLOCK * 8) /* bits of one bitmap block */

struct pfs_super {
	u64 magic;
	u32 version;
	u32 block_size;
	u32 nr_blocks; /* of the whole file system */
	u32 nr_inodes; /* inode 0, never used, included */
	u32 journal_start, journal_blocks;
	u32 ibitmap_start, ibitmap_blocks;
	u32 bbitmap_start, bbitmap_blocks;
	u32 itable_start, itable_blocks;
	u32 data_start;
	u32 root; /* inode of the root directory */
	/* what changes; valid as of the last committed transaction */
	u32 free_blocks, free_inodes;
	u32 orphans; /* first inode of the orphan list; 0: none */
	u32 pad;
	u64 made; /* ns since 1970 */
	u8 id[16];
	u64 sum; /* pfs_sum of all of the above */
};

#define PFS_ROOT       1

#define PFS_NDIRECT    12
#define PFS_IND        12 /* block[12]: one level, then two, then three */
#define PFS_NPTR       15
#define PFS_PER_BLOCK  1024u /* block numbers of an indirect block */
#define PFS_PER_SHIFT  10
#define PFS_MAX_BLOCKS (PFS_NDIRECT + (1ULL << 10) + (1ULL << 20) + (1ULL << 30))
#define PFS_MAX_SIZE   (PFS_MAX_BLOCKS << PFS_BLOCK_SHIFT)
#define PFS_LINK_MAX   32767u /* as many as xv6's struct stat can tell */

struct pfs_dinode {
	u32 mode; /* S_IF* and permissions; 0: free */
	u32 nlink;
	u64 size;
	u64 blocks; /* 4 KiB blocks, indirect ones included */
	u64 atime, mtime, ctime;
	u32 rdev; /* devices */
	u32 generation; /* counts the lives of this inode number */
	u32 next_orphan; /* on the orphan list: the next inode; else 0 */
	u32 block[PFS_NPTR]; /* 0: hole */
	u32 pad[2];
};
_Static_assert(sizeof(struct pfs_dinode) == 128, "inode size");

#define PFS_INODES (PFS_BLOCK / 128) /* inodes of one block: 32 */

#define PFS_NAME   59
struct pfs_dirent {
	u32 ino; /* 0: free slot */
	u8 lt; /* length in the low 6 bits, PFS_T_* in the high 2 */
	char name[PFS_NAME]; /* filled up with zeros */
};
_Static_assert(sizeof(struct pfs_dirent) == 64, "entry size");
#define PFS_T_FILE  0u
#define PFS_T_DIR   1u
#define PFS_T_OTHER 2u /* device or pipe: the inode says which */
#define PFS_DIRENTS (PFS_BLOCK / 64) /* entries of one block */
static inline unsigned pfs_dirent_len(const struct pfs_dirent *d)
{
	return d->lt & 63;
}
static inline unsigned pfs_dirent_type(const struct pfs_dirent *d)
{
	return d->lt >> 6;
}

/*
 * The journal.  Its first block is the journal superblock; the log is blocks
 * 1 .. blocks-1 of it, a ring.  A transaction is written as
 *
 *   [revoke]* ( [descriptor] [copy of a block]+ )* [commit]
 *
 * all with one sequence number.  A descriptor lists where the copies after it belong; a
 * revoke block lists blocks that this transaction has freed: older copies of them,
 * its own included, must not be replayed.  The commit block holds a sum over every block of
 * the transaction before it, so that a commit block that reached the disk before the
 * rest does no harm.  Recovery starts at tail with tail_seq and ends at the first
 * block that is not what must come next.
 */
#define PFS_JMAGIC 0x4c4a4750u /* "PGJL" */
enum { PFS_J_SUPER = 1, PFS_J_DESC, PFS_J_REVOKE, PFS_J_COMMIT };

struct pfs_jheader {
	u32 magic;
	u32 type;
	u64 seq;
	u32 count; /* entries; in a commit block: log blocks before it */
	u32 pad;
};
#define PFS_J_ENTRIES ((PFS_BLOCK - sizeof(struct pfs_jheader)) / 4) /* 1018 */
struct pfs_jlist { /* descriptor and revoke block */
	struct pfs_jheader h;
	u32 block[PFS_J_ENTRIES];
};
struct pfs_jcommit {
	struct pfs_jheader h;
	u64 sum; /* over the blocks before, in order */
	u64 time; /* ns since 1970 */
};
struct pfs_jsuper {
	struct pfs_jheader h; /* PFS_J_SUPER; seq: of the transaction at tail */
	u32 blocks; /* as in the superblock */
	u32 tail; /* 1 .. blocks-1: where the oldest transaction begins */
	u64 sum; /* pfs_sum of all of the above */
};
#define PFS_MIN_JOURNAL 128u

/* Mix n 64-bit words into h: each step is a bijection of h, so that one changed word
 * always changes the sum. */
static inline u64 pfs_mix(u64 h, const void *p, size_t n)
{
	const u64 *w = p;

	while (n--) {
		h = (h ^ *w++) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 29;
	}
	return h;
}
#define PFS_SUM_START 0x5067646150676461ULL
static inline u64 pfs_sum(const void *p, size_t bytes)
{
	return pfs_mix(PFS_SUM_START, p, bytes / 8);
}
static inline u64 pfs_super_sum(const struct pfs_super *s)
{
	return pfs_sum(s, offsetof(struct pfs_super, sum));
}
static inline u64 pfs_jsuper_sum(const struct pfs_jsuper *s)
{
	return pfs_sum(s, offsetof(struct pfs_jsuper, sum));
}

/* The first field of a superblock that cannot be true on a disk of disk_blocks
 * blocks, or NULL. (check.c) */
const char *pfs_super_check(const struct pfs_super *s, u64 disk_blocks);
const char *pfs_jsuper_check(const struct pfs_jsuper *j, const struct pfs_super *s);

/* Journal recovery (recover.c), the same code in the kernel and in fsck. */
struct pfs_recover {
	void *ctx;
	u32 journal_start, journal_blocks, nr_blocks;
	/* => 0 or -errno */
	int (*read)(void *ctx, u32 block, void *buf);
	int (*write)(void *ctx, u32 block, const void *buf);
	int (*flush)(void *ctx);
	void *(*alloc)(void *ctx, size_t bytes); /* zeroed, 8-byte aligned; or NULL */
	void (*free)(void *ctx, void *p);
	/* results */
	u64 next_seq; /* the number the next transaction gets */
	u32 transactions, replayed, revoked;
};
/* Replay the log and mark it empty; with dry, only count.
 * => 0, -EUCLEAN (journal superblock), -ENOMEM, -EIO; repeating it does no harm. */
int pfs_recover(struct pfs_recover *r, bool dry);

#endif
