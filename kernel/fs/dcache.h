// SPDX-License-Identifier: MIT
/* dcache.h - the name cache's inside, for dcache.c and for the walk in namei.c. */
#ifndef FS_DCACHE_H
#define FS_DCACHE_H

#include "fs/vfs_internal.h"

struct name {
	struct list hash;		/* all (d) dcache_lock */
	struct list lru;		/* oldest first */
	struct list dir_link;		/* dir->names */
	struct inode *dir;
	struct inode *inode;		/* a reference; NULL: there is no such name */
	u32 hash_value;
	u8 len;
	bool used;			/* since the scan last saw it */
	char text[NAME_MAX + 1];
};

#define NAMES_HASH_SHIFT 10

extern spinlock_t dcache_lock;
extern struct list names_hash[1 << NAMES_HASH_SHIFT];

static inline u32 hash_text(const char *text, size_t len)
{
	u32 h = 0;

	for (size_t i = 0; i < len; i++)
		h = h * 31 + (u8)text[i];
	return h;
}

static inline struct list *name_bucket(const struct inode *dir, u32 h)
{
	return &names_hash[((u64)(unsigned long)dir / 64 + h) * 0x9e3779b97f4a7c15UL >>
			   (64 - NAMES_HASH_SHIFT)];
}

/* => dcache_lock held */
static inline struct name *find_name(const struct inode *dir, const char *text, size_t len, u32 h)
{
	struct name *e;

	list_for_each(e, name_bucket(dir, h), hash)
		if (e->hash_value == h && e->dir == dir && e->len == len &&
		    memcmp(e->text, text, len) == 0) {
			e->used = true;
			return e;
		}
	return NULL;
}

/* Enter or change: text in dir means inode (NULL: nothing).
 * => dir->lock is held; takes a reference of its own.  May do nothing (no memory), except
 *    that a wrong entry never stays. */
void dcache_set(struct inode *dir, const char *text, size_t len, struct inode *inode);

#endif
