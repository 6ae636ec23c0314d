// SPDX-License-Identifier: MIT
/*
 * dir.c - directories: arrays of 64-byte entries.
 *
 * An entry never moves and never crosses a block, so a position is a slot number and
 * stays good while names come and go.  A search compares eight bytes at a time: the
 * first word of an entry holds the length and three bytes of the name, and rejects
 * nearly every other name by itself.  Behind the VFS's name cache a search is rare; it
 * begins in the block where the last one ended.  Directories of more than a few blocks have
 * an index in memory (dirindex.c).  dir_free remembers below which slot none is free.
 *
 * Directory blocks are metadata: they live in the device's pages and are journalled.
 */
#include "fs/pfs/pfs.h"

#define ENT_WORDS (sizeof(struct pfs_dirent) / 8)

union key {
	struct pfs_dirent e;
	u64 w[ENT_WORDS];
};

/* The bits of the first word that a name decides: not ino, not the type. */
#define FIRST_MASK 0xffffff3f00000000ULL

static unsigned type_of(u32 mode)
{
	return S_ISDIR(mode) ? PFS_T_DIR : S_ISREG(mode) ? PFS_T_FILE : PFS_T_OTHER;
}

static void make_key(union key *k, const char *name, size_t len)
{
	memset(k, 0, sizeof(*k));
	k->e.lt = len;
	memcpy(k->e.name, name, len);
}

u32 pfs_name_hash(const struct pfs_dirent *d)
{
	const u64 *w = (const u64 *)d;
	/* a damaged entry may claim to be longer than it can be */
	unsigned words = MIN((5 + pfs_dirent_len(d) + 7) / 8, (unsigned)ENT_WORDS);
	u64 first = w[0] & FIRST_MASK, h = pfs_mix(PFS_SUM_START, &first, 1);

	h = pfs_mix(h, w + 1, words - 1);
	return (u32)(h >> 32 ^ h);
}

static u64 dir_blocks(const struct inode *dir)
{
	return dir->size >> PFS_BLOCK_SHIFT;
}

/* Block nr of the directory, or ERR_PTR.  The one used last is kept at hand. */
struct page *pfs_dir_block(struct inode *dir, u64 nr)
{
	struct pfs_sbi *s = pfs_sbi(dir->sb);
	struct pfs_inode *pi = pfs_i(dir);
	struct page *page;
	unsigned len;
	u32 phys;
	int err;

	mutex_lock(&pi->map_lock);
	page = pi->dir_page;
	if (likely(page != NULL && pi->dir_nr == nr)) {
		get_page(page);
		mutex_unlock(&pi->map_lock);
		return page;
	}
	err = pfs_map_locked(dir, nr, 64, &phys, &len);
	if (err != 0)
		page = ERR_PTR(err);
	else if (phys == 0)
		page = ERR_PTR(pfs_corrupt(s, "inode %lu: directory with a hole at block %lu",
		                           (unsigned long)dir->ino, (unsigned long)nr));
	else
		page = pfs_bread(s, phys);
	if (!IS_ERR(page)) {
		if (pi->dir_page != NULL)
			put_page(pi->dir_page);
		get_page(page);
		pi->dir_page = page;
		pi->dir_nr = nr;
	}
	mutex_unlock(&pi->map_lock);
	return page;
}

static struct pfs_dirent *search_block(struct page *page, const union key *k)
{
	const u64 *w = page_address(page), *end = w + PFS_BLOCK / 8;
	unsigned words = (5 + pfs_dirent_len(&k->e) + 7) / 8;

	for (; w < end; w += ENT_WORDS) {
		unsigned n;

		if (((w[0] ^ k->w[0]) & FIRST_MASK) != 0)
			continue;
		for (n = 1; n < words && w[n] == k->w[n]; n++)
			;
		if (n >= words)
			return (struct pfs_dirent *)w;
	}
	return NULL;
}

/* Fill in slot from an entry that the search has found. => 0, or -EUCLEAN, page put */
static int found(struct inode *dir, struct page *page, struct pfs_dirent *d, u64 nr,
                 struct pfs_slot *slot)
{
	if (d->ino == 0 || d->ino >= pfs_sbi(dir->sb)->d.nr_inodes) {
		put_page(page);
		return pfs_corrupt(pfs_sbi(dir->sb), "directory %lu: slot %lu names inode %u",
		                   (unsigned long)dir->ino, (unsigned long)nr, d->ino);
	}
	slot->page = page;
	slot->ent = d;
	slot->nr = nr;
	return 0;
}

static int find_by_index(struct inode *dir, const union key *k, struct pfs_slot *slot)
{
	u32 hash = pfs_name_hash(&k->e), probe = 0;
	u64 nr;

	while ((nr = pfs_index_next(dir, hash, &probe)) != PFS_NO_SLOT) {
		struct page *page = pfs_dir_block(dir, nr / PFS_DIRENTS);
		struct pfs_dirent *d;

		if (IS_ERR(page))
			return PTR_ERR(page);
		d = (struct pfs_dirent *)page_address(page) + nr % PFS_DIRENTS;
		if (pfs_dirent_len(d) == pfs_dirent_len(&k->e) &&
		    memcmp(d->name, k->e.name, pfs_dirent_len(d)) == 0)
			return found(dir, page, d, nr, slot);
		put_page(page);
	}
	return -ENOENT;
}

int pfs_dir_find(struct inode *dir, const char *name, size_t len, struct pfs_slot *slot)
{
	struct pfs_inode *pi = pfs_i(dir);
	u64 blocks = dir_blocks(dir), nr = READ_ONCE(pi->dir_hint);
	union key k;

	if (len > PFS_NAME)
		return -ENAMETOOLONG;
	make_key(&k, name, len);
	if (READ_ONCE(pi->index) != NULL)
		return find_by_index(dir, &k, slot);
	if (nr >= blocks)
		nr = 0;
	for (u64 n = 0; n < blocks; n++) {
		struct page *page = pfs_dir_block(dir, nr);
		struct pfs_dirent *d;

		if (IS_ERR(page))
			return PTR_ERR(page);
		d = search_block(page, &k);
		if (d != NULL) {
			WRITE_ONCE(pi->dir_hint, nr);
			return found(dir, page, d,
			             nr * PFS_DIRENTS +
			                     (d - (struct pfs_dirent *)page_address(page)),
			             slot);
		}
		put_page(page);
		if (++nr == blocks)
			nr = 0;
	}
	return -ENOENT;
}

/* One more block, empty. */
static struct page *grow(struct handle *h, struct inode *dir)
{
	struct pfs_sbi *s = pfs_sbi(dir->sb);
	struct pfs_inode *pi = pfs_i(dir);
	u64 nr = dir_blocks(dir);
	struct page *page;
	unsigned got;
	u32 block;
	int err;

	mutex_lock(&pi->map_lock);
	err = pfs_alloc_blocks(h, s, pi->goal, 1, false, &block, &got);
	if (err != 0)
		goto unlock;
	page = journal_new(h, block);
	err = IS_ERR(page) ? PTR_ERR(page) : 0;
	if (err == 0) {
		err = pfs_map_insert(h, dir, nr, block, 1);
		if (err > 0)
			goto done;
		put_page(page);
	}
	pfs_free_blocks(h, s, block, 1);
	journal_forget(h, block);
	pfs_update_inode(h, dir); /* it may have a new indirect block */
unlock:
	mutex_unlock(&pi->map_lock);
	return ERR_PTR(err);
done:
	pi->goal = block + 1;
	mutex_unlock(&pi->map_lock);
	WRITE_ONCE(dir->size, dir->size + PFS_BLOCK);
	return page;
}

int pfs_dir_add(struct handle *h, struct inode *dir, const char *name, size_t len, u32 ino,
                u32 mode)
{
	struct pfs_inode *pi = pfs_i(dir);
	u64 nr = pi->dir_free / PFS_DIRENTS, blocks = dir_blocks(dir);
	unsigned slot = pi->dir_free % PFS_DIRENTS;
	struct page *page;
	struct pfs_dirent *d;
	union key k;

	if (len > PFS_NAME)
		return -ENAMETOOLONG;
	for (; nr < blocks; nr++, slot = 0) {
		page = pfs_dir_block(dir, nr);
		if (IS_ERR(page))
			return PTR_ERR(page);
		d = page_address(page);
		while (slot < PFS_DIRENTS && d[slot].ino != 0)
			slot++;
		if (slot < PFS_DIRENTS)
			goto found;
		put_page(page);
	}
	slot = 0;
	page = grow(h, dir);
	if (IS_ERR(page))
		return PTR_ERR(page);
	d = page_address(page);
found:
	journal_write(h, page);
	make_key(&k, name, len);
	k.e.ino = ino;
	k.e.lt |= type_of(mode) << 6;
	d[slot] = k.e;
	put_page(page);
	if (pi->index != NULL)
		pfs_index_add(dir, pfs_name_hash(&k.e), nr * PFS_DIRENTS + slot);
	pi->dir_free = nr * PFS_DIRENTS + slot + 1;
	return 0;
}

void pfs_dir_remove(struct handle *h, struct inode *dir, struct pfs_slot *slot)
{
	struct pfs_inode *pi = pfs_i(dir);

	if (pi->index != NULL)
		pfs_index_remove(dir, pfs_name_hash(slot->ent), slot->nr);
	journal_write(h, slot->page);
	memset(slot->ent, 0, sizeof(*slot->ent));
	pi->dir_free = MIN(pi->dir_free, slot->nr);
}

/* The first block of a new directory. */
int pfs_dir_init(struct handle *h, struct inode *dir, u32 parent)
{
	struct page *page = grow(h, dir);
	struct pfs_dirent *d;

	if (IS_ERR(page))
		return PTR_ERR(page);
	d = page_address(page);
	d[0].ino = dir->ino;
	d[0].lt = 1 | PFS_T_DIR << 6;
	d[0].name[0] = '.';
	d[1].ino = parent;
	d[1].lt = 2 | PFS_T_DIR << 6;
	d[1].name[0] = d[1].name[1] = '.';
	put_page(page);
	pfs_i(dir)->dir_free = 2;
	return 0;
}

int pfs_dir_empty(struct inode *dir)
{
	for (u64 nr = 0; nr < dir_blocks(dir); nr++) {
		struct page *page = pfs_dir_block(dir, nr);
		const struct pfs_dirent *d;
		unsigned k;

		if (IS_ERR(page))
			return PTR_ERR(page);
		d = page_address(page);
		for (k = nr == 0 ? 2 : 0; k < PFS_DIRENTS && d[k].ino == 0; k++)
			;
		put_page(page);
		if (k < PFS_DIRENTS)
			return 0;
	}
	return 1;
}

int pfs_readdir(struct file *f, struct dir_context *ctx)
{
	static const u32 types[4] = { S_IFREG >> 12, S_IFDIR >> 12, 0, 0 };
	struct inode *dir = f->inode;

	while (ctx->pos / PFS_DIRENTS < dir_blocks(dir)) {
		struct page *page = pfs_dir_block(dir, ctx->pos / PFS_DIRENTS);
		const struct pfs_dirent *d;

		if (IS_ERR(page))
			return PTR_ERR(page);
		d = page_address(page);
		do {
			const struct pfs_dirent *e = &d[ctx->pos % PFS_DIRENTS];
			unsigned len = pfs_dirent_len(e);

			if (e->ino != 0 && len > 0 && len <= PFS_NAME &&
			    !ctx->emit(ctx, e->name, len, e->ino, types[pfs_dirent_type(e)])) {
				put_page(page);
				return 0;
			}
			ctx->pos++;
		} while (ctx->pos % PFS_DIRENTS != 0);
		put_page(page);
	}
	return 0;
}
