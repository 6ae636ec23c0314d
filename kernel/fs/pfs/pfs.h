// SPDX-License-Identifier: MIT
/*
 * pfs.h - the mounted file system: what its files share.
 *
 * Locks, outermost first:
 *   inode->lock            VFS: a directory's names, a file's size
 *   a file page's lock     taken by the page cache before it calls us
 *   an open handle         (journal.h: counts like a lock, since commit waits for it)
 *   pi->map_lock     (p)   block pointers and the extent remembered
 *   sbi->orphan_lock (o)   the orphan list
 *   sbi->alloc_lock  (l)   bitmaps, hints, busy extents
 *   a metadata page's lock (while it is read)
 *   sbi->count_lock  (n)   counts; spinlock
 *   journal->lock          spinlock
 *
 * While a handle is open no file page's lock and no inode->lock may be taken: their holders may
 * be waiting to open one.
 */
#ifndef FS_PFS_PFS_H
#define FS_PFS_PFS_H

#include "dev/blk.h"
#include "fs/pfs/format.h"
#include "fs/pfs/journal.h"
#include "fs/vfs.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/slab.h"
#include "uapi/errno.h"

struct pfs_sbi {
	struct super_block *sb; /* (c) */
	struct bdev *bdev; /* (c) */
	struct address_space *meta; /* (c) the device's pages: metadata are cached there */
	struct pfs_super d; /* (c) as read, but for the members below */
	struct page *sb_page; /* (c) block 0 */
	struct journal journal;

	spinlock_t count_lock;
	u64 free_blocks; /* (n) clear bits */
	u64 free_inodes; /* (n) */
	u64 busy_blocks; /* (n) clear, but not to be used before a commit */
	u64 reserved; /* (n) promised to dirty pages that have no block yet */
	struct mutex alloc_lock;
	u32 ihint; /* (l) no free inode below */
	u32 bhint; /* (l) behind the block found last */
	struct page *ibitmap; /* (l) inode bitmap block used last; a reference */
	struct txn *busy[2]; /* (l) transactions with busy blocks, by parity of seq */
	struct list link; /* all mounted ones (super.c) */
	bool loading; /* mount: inodes without links are welcome */
	unsigned said; /* lines about damage; racy */

	struct mutex orphan_lock;
	struct list orphans; /* (o) pi->orphan, in the order of the list on disk */
};

struct pfs_inode {
	struct inode vfs;
	struct page *page; /* (c) the inode table's block, held while the inode is */
	struct mutex map_lock;
	u32 block[PFS_NPTR]; /* (p) */
	u64 disk_size; /* (p) size as far as data have reached the disk */
	u64 disk_blocks; /* (p) data and indirect blocks */
	/* The extent found last: pages ext_first .. +ext_len are at block ext_phys ... */
	u64 ext_first; /* (p) */
	u32 ext_phys, ext_len; /* (p) */
	u32 goal; /* (p) where the next block would be best */
	u32 reserved_data; /* (n) pages with PG_LOGGED */
	u32 reserved_meta; /* (n) indirect blocks they may need */
	u64 reserved_leaf; /* (n) last leaf counted in reserved_meta */
	u32 generation; /* (c) */
	bool tail_sealed; /* see seal_tail in file.c */
	u64 tid; /* last transaction that changed it */
	struct page *dir_page; /* (p) directory: its block dir_nr, with a reference */
	u64 dir_nr; /* (p) */
	struct dir_index *index; /* dir->lock; large directories only */
	u64 dir_hint; /* directory: where the last entry was found */
	u64 dir_free; /* directory: no free slot before this one */
	struct list orphan; /* (o) */
	u32 next_orphan; /* (o) as on disk */
};

static inline struct pfs_sbi *pfs_sbi(const struct super_block *sb)
{
	return sb->private;
}
static inline struct pfs_inode *pfs_i(struct inode *i)
{
	return container_of(i, struct pfs_inode, vfs);
}

/* Metadata block n with a reference, or ERR_PTR. */
struct page *pfs_bread(struct pfs_sbi *s, u32 n);

/* --- super.c --- */
void pfs_init(void);
void pfs_put_super(struct super_block *sb);
/* Report damage, naming the field; the file system is read-only from now on.
 * => returns -EUCLEAN */
int pfs_corrupt(struct pfs_sbi *s, const char *fmt, ...) __printf(2, 3);
/* Is this block one that an inode may own? */
static inline bool pfs_data_block(const struct pfs_sbi *s, u32 b)
{
	return b >= s->d.data_start && b < s->d.nr_blocks;
}

/* --- inode.c --- */
extern const struct super_ops pfs_super_ops;
struct inode *pfs_iget(struct pfs_sbi *s, u64 ino);
/* Attributes and pointers into the inode table. => handle open */
void pfs_update_inode(struct handle *h, struct inode *i);
struct inode *pfs_new_inode(struct handle *h, struct inode *dir, u32 mode, u32 rdev);
void pfs_evict(struct inode *i);
int pfs_inode_caches(void); /* once, at boot */
void pfs_set_ops(struct inode *i);

/* --- orphan.c --- */
void pfs_orphan_add(struct handle *h, struct inode *i);
void pfs_orphan_del(struct handle *h, struct inode *i);
int pfs_orphans_recover(struct pfs_sbi *s);

/* --- map.c --- */
/* Where page index of the file is: 0 for a hole, else the block; in *len how many pages from
 * index on are so (all holes, or consecutive blocks; at most max). => 0 or -errno */
int pfs_map(struct inode *i, u64 index, unsigned max, u32 *phys, unsigned *len);
/* The same for a caller that holds map_lock. */
int pfs_map_locked(struct inode *i, u64 index, unsigned max, u32 *phys, unsigned *len);
/* Enter blocks phys.. as pages index..index+n-1. => map_lock held, handle with
 * PFS_MAP_CREDITS left; enters at most up to the end of one indirect block; how many, or -errno */
int pfs_map_insert(struct handle *h, struct inode *i, u64 index, u32 phys, unsigned n);
/* How many indirect blocks page index still needs. => map_lock held */
int pfs_map_missing(struct inode *i, u64 index);
/* Free blocks from page index on, as far as the handle's credits go.
 * => map_lock held; 1: all done, 0: go on with another handle, -errno */
int pfs_map_free(struct handle *h, struct inode *i, u64 index);
/* An insertion may need: 3 indirect blocks, their bitmap blocks, and as much to free
 * what a failure leaves over. */
#define PFS_MAP_CREDITS 8u

/* --- alloc.c --- */
/* Up to want consecutive blocks, at or after goal if possible; in *got how many.
 * reserved: they have been promised by pfs_reserve. => 0: *first; -ENOSPC, -EIO, ... */
int pfs_alloc_blocks(struct handle *h, struct pfs_sbi *s, u32 goal, unsigned want, bool reserved,
                     u32 *first, unsigned *got);
/* => the bitmap blocks concerned cost a credit each. */
int pfs_free_blocks(struct handle *h, struct pfs_sbi *s, u32 first, unsigned n);
int pfs_alloc_inode(struct handle *h, struct pfs_sbi *s, u32 *ino);
int pfs_free_inode(struct handle *h, struct pfs_sbi *s, u32 ino);
/* The page of index has no block: promise it one.  => 0 or -ENOSPC */
int pfs_reserve(struct inode *i, u64 index, unsigned meta);
void pfs_unreserve(struct inode *i, unsigned data);
/* The transaction is on disk: its freed blocks may be used. (called by commit.c) */
void pfs_release_busy(struct pfs_sbi *s, struct txn *t);

/* --- dir.c --- */
struct pfs_slot { /* where an entry is */
	struct page *page; /* a reference */
	struct pfs_dirent *ent;
	u64 nr; /* slot number in the directory */
};
/* => 0, -ENOENT, or another -errno; with 0 the caller owes put_page(slot->page) */
int pfs_dir_find(struct inode *dir, const char *name, size_t len, struct pfs_slot *slot);
/* => handle with PFS_DIR_CREDITS left */
int pfs_dir_add(struct handle *h, struct inode *dir, const char *name, size_t len, u32 ino,
                u32 mode);
void pfs_dir_remove(struct handle *h, struct inode *dir, struct pfs_slot *slot);
int pfs_dir_empty(struct inode *dir); /* 1, 0 or -errno */
int pfs_dir_init(struct handle *h, struct inode *dir, u32 parent);
int pfs_readdir(struct file *f, struct dir_context *ctx);
struct page *pfs_dir_block(struct inode *dir, u64 nr); /* with a reference, or ERR_PTR */
/* Of the name in an entry (or in a search key). */
u32 pfs_name_hash(const struct pfs_dirent *d);

/* --- dirindex.c --- */
/* => dir->lock held for reading */
void pfs_index_build(struct inode *dir); /* if it is worth it, and memory allows */
#define PFS_NO_SLOT (~0ULL)
/* The next slot that may hold a name with this hash; *probe is 0 at first.
 * => there is an index */
u64 pfs_index_next(struct inode *dir, u32 hash, u32 *probe);
/* => dir->lock held for writing; there is an index */
void pfs_index_add(struct inode *dir, u32 hash, u64 slot);
void pfs_index_remove(struct inode *dir, u32 hash, u64 slot);
void pfs_index_drop(struct inode *dir);
#define PFS_DIR_CREDITS (PFS_MAP_CREDITS + 4)

/* --- namei.c, file.c --- */
extern const struct inode_ops pfs_dir_iops, pfs_file_iops;
extern const struct file_ops pfs_dir_fops, pfs_file_fops;
extern const struct address_space_ops pfs_aops;
int pfs_fsync(struct file *f);
/* Free what lies behind the end, in as many transactions as it takes.
 * => no handle open; the inode is on the orphan list */
int pfs_shrink(struct inode *i, u64 size);

#endif
