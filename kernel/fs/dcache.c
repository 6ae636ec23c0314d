// SPDX-License-Identifier: MIT
/*
 * dcache.c - the name cache: what a name in a directory means, or that it means nothing.
 *
 * An entry says (directory, name) -> inode, or -> none: a negative entry (shells and linkers
 * ask for many names that do not exist).  Entries are found by hash, hang on a list of
 * their directory, and on one list in order of arrival, from whose old end the cache is
 * kept small: an entry that was used since the scan last saw it gets a second chance.
 *
 *      "/a/b"    names:  (root,"a") -> A      inode A ── names: "b", "..", "nix"
 *                        (A,"b")    -> B
 *                        (A,"nix")  -> none
 *
 *   D1  a name that is cached is what the directory says, for everyone who holds the
 *       directory's lock: it is entered under that lock, shared, and changed under it,
 *       exclusive, before it is let go.  Others see the state before or after a change,
 *       never a third.
 *   D2  an entry holds a reference to its inode and none to its directory; a directory's
 *       entries go when it is evicted (dcache_purge).
 *
 * Locks: dcache_lock, a spinlock.  inode_lock is never taken under it, so no inode is put
 * while it is held.
 *
 * Alternative: Linux's dentries tie the tree of names together with reference counts of
 * their own and sequence counters; with one lock of thirty instructions a part we do without.
 */
#include "fs/dcache.h"

spinlock_t dcache_lock = SPINLOCK_INIT("dcache");
struct list names_hash[1 << NAMES_HASH_SHIFT];
static struct list names_lru = LIST_INIT(names_lru);
static unsigned long nr_names, max_names = 1024;
static struct kmem_cache *name_cache;

void dcache_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(names_hash); i++)
		list_init(&names_hash[i]);
	max_names = CLAMP(nr_total_pages() / 16, 512UL, 32768UL);
	name_cache = kmem_cache_create("name", sizeof(struct name), 0,
				       SLAB_PANIC | SLAB_RECLAIMABLE, NULL, NULL);
}

/* => dcache_lock held; the caller puts e->inode and frees e without it */
static void unlink_name(struct name *e)
{
	list_del(&e->hash);
	list_del(&e->lru);
	list_del(&e->dir_link);
	nr_names--;
}

static void free_name(struct name *e)
{
	if (e->inode != NULL)
		inode_put(e->inode);
	kmem_cache_free(name_cache, e);
}

void dcache_set(struct inode *dir, const char *text, size_t len, struct inode *inode)
{
	u32 h = hash_text(text, len);
	struct name *e, *fresh = NULL;
	struct inode *old = NULL;

	if (dir->sb != NULL && dir->sb->volatile_names)
		return;
	fresh = kmem_cache_alloc(name_cache, GFP_NOFS | __GFP_NOWARN);
	spin_lock(&dcache_lock);
	e = find_name(dir, text, len, h);
	if (e != NULL) {
		old = e->inode;
		e->inode = inode != NULL ? inode_ref(inode) : NULL;
	} else if (fresh != NULL) {
		e = fresh;
		fresh = NULL;
		e->dir = dir;
		e->inode = inode != NULL ? inode_ref(inode) : NULL;
		e->hash_value = h;
		e->len = (u8)len;
		e->used = false;
		memcpy(e->text, text, len);
		e->text[len] = '\0';
		list_add(&e->hash, name_bucket(dir, h));
		list_add_tail(&e->lru, &names_lru);
		list_add(&e->dir_link, &dir->names);
		nr_names++;
	}
	spin_unlock(&dcache_lock);
	if (old != NULL)
		inode_put(old);
	if (fresh != NULL)
		kmem_cache_free(name_cache, fresh);
	if (unlikely(nr_names > max_names))
		dcache_prune(32);
}

void dcache_forget(struct inode *dir, const char *text, size_t len)
{
	struct name *e;

	spin_lock(&dcache_lock);
	e = find_name(dir, text, len, hash_text(text, len));
	if (e != NULL)
		unlink_name(e);
	spin_unlock(&dcache_lock);
	if (e != NULL)
		free_name(e);
}

void dcache_purge(struct inode *dir)
{
	while (!list_empty(&dir->names)) {
		struct name *e = NULL;

		spin_lock(&dcache_lock);
		if (!list_empty(&dir->names)) {
			e = list_first(&dir->names, struct name, dir_link);
			unlink_name(e);
		}
		spin_unlock(&dcache_lock);
		if (e != NULL)
			free_name(e);
	}
}

unsigned long dcache_prune(unsigned long nr)
{
	unsigned long gone = 0, look = nr_names;

	if (nr < look / 2)
		look = 2 * nr;
	else if (nr == ~0UL)
		look *= 2;
	while (gone < nr && look-- != 0) {
		struct name *e = NULL;

		spin_lock(&dcache_lock);
		if (!list_empty(&names_lru)) {
			e = list_first(&names_lru, struct name, lru);
			if (e->used && nr != ~0UL) {
				e->used = false;
				list_move_tail(&e->lru, &names_lru);
				e = NULL;
			} else {
				unlink_name(e);
			}
		}
		spin_unlock(&dcache_lock);
		if (e != NULL) {
			free_name(e);
			gone++;
		}
	}
	return gone;
}

/* Walks cross from dir to the root of sb from now on. */
void mount_attach(struct inode *dir, struct super_block *sb)
{
	spin_lock(&dcache_lock);
	dir->mounted = sb;
	spin_unlock(&dcache_lock);
}
