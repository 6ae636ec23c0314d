// SPDX-License-Identifier: MIT
/*
 * inode.c - the inodes in memory: one for each file in use, and some that were.
 *
 * A table hashed by (file system, number) makes sure that a file has one struct inode, and so
 * one lock and one page cache, however many names and openers it has.  The file system
 * allocates (its own struct around ours) and fills; this file counts, keeps and evicts.
 *
 *      inode_get ──► I_NEW ──inode_ready──► in use ◄──────────────┐
 *                      │                      │ last inode_put    │ inode_get
 *                 inode_failed                ▼                   │
 *                      ▼          nlink > 0: unused, kept ────────┘
 *                    freed        nlink = 0 or pruned: I_FREEING ──► evict ──► freed
 *
 * Unused inodes stay for their cached pages: the second `cat` of a file reads no disk.
 *
 *   N1  refs goes to 0 only under inode_lock; so under it "refs == 0" is stable.
 *   N2  hashed, refs == 0, not I_FREEING, not I_PINNED  <=>  on the unused list.
 *   N3  an inode with I_FREEING stays hashed until it is off the disk; inode_get of the same
 *       number waits, so that a new file never meets the remains of the old one.
 *
 * Locks: inode_lock is the last spinlock of the VFS to be taken; write-back's list lock
 * may be held then too.  Inodes that are not hashed (pipes, shared memory) never take part.
 */
#include "fs/vfs_internal.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/cache/cache_internal.h"
#include "mm/kmem/slab.h"
#include "proc/sched.h"
#include "riscv/timer.h"

#define HASH_SHIFT	9

static spinlock_t inode_lock = SPINLOCK_INIT("inode_hash");
static struct list inode_hash[1 << HASH_SHIFT];
static struct list unused = LIST_INIT(unused);	/* oldest first */
static unsigned long nr_unused, max_unused = 1024;
static struct wait_queue freeing_wq = WAIT_QUEUE_INIT(freeing_wq);
static struct kmem_cache *inode_cache;

static inline struct list *bucket(const struct super_block *sb, u64 ino)
{
	return &inode_hash[(((unsigned long)sb >> 4) + ino) * 0x9e3779b97f4a7c15UL >>
			   (64 - HASH_SHIFT)];
}

void inode_init(struct inode *i, struct super_block *sb, u64 ino, u32 mode)
{
	i->ino = ino;
	i->mode = mode;
	i->nlink = 1;
	i->size = i->blocks = 0;
	i->rdev = 0;
	i->atime = i->mtime = i->ctime = 0;
	i->mtime_tick = 0;
	i->sb = sb;
	i->iops = NULL;
	i->fops = NULL;
	rwsem_init(&i->lock, S_ISDIR(mode) ? "dir" : "inode");
	atomic_set(&i->refs, 1);
	atomic_set(&i->writers, 0);
	i->mapping = &i->data;
	mapping_init(&i->data, i, NULL);
	list_init(&i->hash_link);
	list_init(&i->lru_link);
	list_init(&i->names);
	wait_queue_init(&i->ready);
	i->state = 0;
	i->private = NULL;
	i->mounted = NULL;
}

static struct inode *alloc_inode(struct super_block *sb)
{
	if (sb != NULL && sb->ops->alloc_inode != NULL)
		return sb->ops->alloc_inode(sb);
	return kmem_cache_alloc(inode_cache, GFP_NOFS);
}

static void free_inode(struct inode *i)
{
	if (i->sb != NULL && i->sb->ops->free_inode != NULL)
		i->sb->ops->free_inode(i);
	else
		kmem_cache_free(inode_cache, i);
}

/* => inode_lock held */
static struct inode *find_locked(struct super_block *sb, u64 ino)
{
	struct inode *i;

	list_for_each(i, bucket(sb, ino), hash_link)
		if (i->ino == ino && i->sb == sb)
			return i;
	return NULL;
}

/* One more reference, also to an unused one. => inode_lock held, not I_FREEING */
static void ref_locked(struct inode *i)
{
	if (atomic_add_return(&i->refs, 1) == 1 && !list_empty(&i->lru_link)) {
		list_del_init(&i->lru_link);
		nr_unused--;
	}
}

static bool is_hashed(struct super_block *sb, u64 ino)
{
	bool there;

	spin_lock(&inode_lock);
	there = find_locked(sb, ino) != NULL;
	spin_unlock(&inode_lock);
	return there;
}

struct inode *inode_get(struct super_block *sb, u64 ino)
{
	struct inode *i, *fresh = NULL;

	for (;;) {
		spin_lock(&inode_lock);
		i = find_locked(sb, ino);
		if (i == NULL && fresh != NULL) {
			set_bits(&fresh->state, I_NEW);
			list_add(&fresh->hash_link, bucket(sb, ino));
			spin_unlock(&inode_lock);
			return fresh;
		}
		if (i != NULL && !(i->state & I_FREEING)) {
			ref_locked(i);
			spin_unlock(&inode_lock);
			if (fresh != NULL)
				free_inode(fresh);
			fresh = NULL;
			if (unlikely(READ_ONCE(i->state) & I_NEW))
				wait_event(&i->ready, !(READ_ONCE(i->state) & I_NEW));
			if (likely(!(READ_ONCE(i->state) & I_BAD)))
				return i;
			inode_put(i);	/* its reader failed; try ourselves */
			continue;
		}
		spin_unlock(&inode_lock);
		if (i != NULL) {
			wait_event(&freeing_wq, !is_hashed(sb, ino));
			continue;
		}
		fresh = alloc_inode(sb);
		if (fresh == NULL)
			return NULL;
		inode_init(fresh, sb, ino, 0);
	}
}

void inode_ready(struct inode *i)
{
	__atomic_fetch_and(&i->state, ~I_NEW, __ATOMIC_RELEASE);
	wake_up_all(&i->ready);
}

void inode_failed(struct inode *i)
{
	spin_lock(&inode_lock);
	list_del_init(&i->hash_link);
	spin_unlock(&inode_lock);
	set_bits(&i->state, I_BAD);
	inode_ready(i);
	inode_put(i);
}

struct inode *inode_grab(struct inode *i)
{
	if (i == NULL)
		return NULL;
	spin_lock(&inode_lock);
	if (i->state & I_FREEING)
		i = NULL;
	else if (list_empty(&i->hash_link))
		i = atomic_inc_not_zero(&i->refs) ? i : NULL;
	else
		ref_locked(i);
	spin_unlock(&inode_lock);
	return i;
}

/* => nobody refers to it; I_FREEING, or never hashed */
static void evict(struct inode *i)
{
	dcache_purge(i);
	mapping_destroy(&i->data);
	if (i->iops != NULL && i->iops->evict != NULL && !(i->state & I_BAD))
		i->iops->evict(i);
	wb_list_del(&i->data);
	if (!list_empty(&i->hash_link)) {
		spin_lock(&inode_lock);
		list_del_init(&i->hash_link);
		spin_unlock(&inode_lock);
		wake_up_all(&freeing_wq);
	}
	free_inode(i);
}

/* Evict up to nr unused clean inodes, oldest first; with_pages: also those with cached data.
 * Returns the page-cache pages that went. */
static unsigned long prune_unused(unsigned long nr, bool with_pages, unsigned long *evicted)
{
	unsigned long pages = 0, seen = 0;

	spin_lock(&inode_lock);
	while (nr != 0 && seen++ < 4 * nr && !list_empty(&unused)) {
		struct inode *i = list_first(&unused, struct inode, lru_link);

		if ((i->state & I_DIRTY) || i->data.nr_dirty != 0 || !list_empty(&i->data.dirty_link) ||
		    (!with_pages && i->data.nr_pages != 0)) {
			list_move_tail(&i->lru_link, &unused);
			continue;
		}
		list_del_init(&i->lru_link);
		nr_unused--;
		set_bits(&i->state, I_FREEING);
		spin_unlock(&inode_lock);
		pages += i->data.nr_pages;
		evict(i);
		nr--;
		(*evicted)++;
		spin_lock(&inode_lock);
	}
	spin_unlock(&inode_lock);
	return pages;
}

static __noinline void put_last(struct inode *i)
{
	unsigned long evicted = 0;
	bool keep;

	spin_lock(&inode_lock);
	if (!atomic_dec_and_test(&i->refs)) {
		spin_unlock(&inode_lock);
		return;
	}
	keep = !list_empty(&i->hash_link) && i->nlink != 0 && !(i->state & I_BAD) &&
	       !(i->sb != NULL && i->sb->volatile_names);
	if (keep) {
		if (!(i->state & I_PINNED)) {
			list_add_tail(&i->lru_link, &unused);
			nr_unused++;
		}
	} else {
		set_bits(&i->state, I_FREEING);
	}
	spin_unlock(&inode_lock);
	if (!keep)
		evict(i);
	else if (unlikely(nr_unused > max_unused) && current->journal == NULL)
		prune_unused(16, true, &evicted);
}

void inode_put(struct inode *i)
{
	s32 refs = atomic_read(&i->refs);

	while (likely(refs > 1))
		if (__atomic_compare_exchange_n(&i->refs.v, &refs, refs - 1, true,
						__ATOMIC_RELEASE, __ATOMIC_RELAXED))
			return;
	put_last(i);
}

unsigned long vfs_shrink(unsigned long nr)
{
	unsigned long evicted = 0, names = MAX(nr, 32UL);

	dcache_prune(names);
	return prune_unused(names, false, &evicted);
}

void vfs_drop_names(void)
{
	unsigned long evicted = 0;

	dcache_prune(~0UL);
	prune_unused(nr_unused, true, &evicted);
}

/* --- attributes --- */

void inode_mark_dirty(struct inode *i)
{
	if (READ_ONCE(i->state) & I_DIRTY)
		return;
	set_bits(&i->state, I_DIRTY);
	wb_list_add(&i->data);
}

void inode_modified(struct inode *i)
{
	/* Some milliseconds: one time stamp and one journal entry for each are enough. */
	u64 tick = csr_read(time) >> 16;

	if (likely(i->mtime_tick == tick))
		return;
	i->mtime_tick = tick;
	i->mtime = i->ctime = time_realtime_ns();
	if (i->sb != NULL && i->sb->ops->write_inode != NULL)
		inode_mark_dirty(i);
}

void inode_write_back(struct inode *i)
{
	int err;

	if (!(READ_ONCE(i->state) & I_DIRTY))
		return;
	clear_bits(&i->state, I_DIRTY);
	if (i->sb != NULL && i->sb->ops->write_inode != NULL && i->nlink != 0) {
		err = i->sb->ops->write_inode(i);
		if (err)
			mapping_set_error(&i->data, err);
	}
}

int inode_deny_write(struct inode *i)
{
	s32 old = atomic_read(&i->writers);

	while (old <= 0)
		if (__atomic_compare_exchange_n(&i->writers.v, &old, old - 1, false,
						__ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			return 0;
	return -ETXTBSY;
}

void inode_allow_write(struct inode *i)
{
	atomic_inc(&i->writers);
}

int vfs_stat(struct inode *i, struct kstat *st)
{
	*st = (struct kstat){
		.st_dev = i->sb != NULL ? i->sb->dev : 0,
		.st_ino = i->ino,
		.st_mode = i->mode,
		.st_nlink = i->nlink,
		.st_rdev = i->rdev,
		.st_size = READ_ONCE(i->size),
		.st_blksize = PAGE_SIZE,
		.st_blocks = i->mapping->flags & AS_SHMEM ? i->mapping->nr_pages * 8 : i->blocks,
		.st_atime_s = (long)(i->atime / NSEC_PER_SEC),
		.st_atime_ns = (long)(i->atime % NSEC_PER_SEC),
		.st_mtime_s = (long)(i->mtime / NSEC_PER_SEC),
		.st_mtime_ns = (long)(i->mtime % NSEC_PER_SEC),
		.st_ctime_s = (long)(i->ctime / NSEC_PER_SEC),
		.st_ctime_ns = (long)(i->ctime % NSEC_PER_SEC),
	};
	return 0;
}

/* --- unmount --- */

/* Is any inode of sb used by somebody but its own root's holder? (names already dropped) */
bool inodes_busy(struct super_block *sb, int root_refs)
{
	bool busy = false;
	struct inode *i;

	spin_lock(&inode_lock);
	for (unsigned b = 0; b < ARRAY_SIZE(inode_hash) && !busy; b++)
		list_for_each(i, &inode_hash[b], hash_link)
			if (i->sb == sb && atomic_read(&i->refs) > (i == sb->root ? root_refs : 0))
				busy = true;
	spin_unlock(&inode_lock);
	return busy;
}

/* Names under every directory of sb. */
void inodes_forget_names(struct super_block *sb)
{
	struct inode *i, *again;

	do {
		again = NULL;
		spin_lock(&inode_lock);
		for (unsigned b = 0; b < ARRAY_SIZE(inode_hash) && again == NULL; b++)
			list_for_each(i, &inode_hash[b], hash_link)
				if (i->sb == sb && !list_empty(&i->names) &&
				    !(i->state & I_FREEING)) {
					ref_locked(i);
					again = i;
					break;
				}
		spin_unlock(&inode_lock);
		if (again != NULL) {
			dcache_purge(again);
			inode_put(again);
		}
	} while (again != NULL);
}

void inode_evict_all(struct super_block *sb)
{
	struct inode *i, *victim;

	do {
		victim = NULL;
		spin_lock(&inode_lock);
		for (unsigned b = 0; b < ARRAY_SIZE(inode_hash) && victim == NULL; b++)
			list_for_each(i, &inode_hash[b], hash_link)
				if (i->sb == sb && atomic_read(&i->refs) == 0 &&
				    !(i->state & I_FREEING)) {
					victim = i;
					ref_locked(i);
					break;
				}
		spin_unlock(&inode_lock);
		if (victim != NULL) {
			filemap_write(&victim->data, 0, ~0UL, true);
			inode_write_back(victim);
			/* Drop it for good: nobody else can find it, sb is detached. */
			spin_lock(&inode_lock);
			atomic_set(&victim->refs, 0);
			set_bits(&victim->state, I_FREEING);
			spin_unlock(&inode_lock);
			evict(victim);
		}
	} while (victim != NULL);
}

void inode_cache_init(void)
{
	for (unsigned b = 0; b < ARRAY_SIZE(inode_hash); b++)
		list_init(&inode_hash[b]);
	max_unused = CLAMP(nr_total_pages() / 16, 512UL, 16384UL);
	inode_cache = kmem_cache_create("inode", sizeof(struct inode), 0,
					SLAB_PANIC | SLAB_RECLAIMABLE, NULL, NULL);
}
