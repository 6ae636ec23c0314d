// SPDX-License-Identifier: MIT
/*
 * map.c - from a file's page to the disk's block.
 *
 * The inode holds the first 12 block numbers; block[12] names an indirect block with 1024 more,
 * block[13] a block of such blocks, block[14] a block of those.  0 anywhere is a
 * hole as large as what would hang below it.
 *
 *	block[0..11]  ------------------------------>  data
 *	block[12]  ----------------->  [1024]  ----->  data
 *	block[13]  ---->  [1024] --->  [1024]  ----->  data
 *	block[14]  [1024] [1024] --->  [1024]  ----->  data
 *
 * The extent found last is remembered: files are written in runs, so most questions are
 * answered without looking into an indirect block.
 *
 * Freeing goes from the end to the front and stops when its handle has no credits left;
 * whatever it has done is consistent by itself, so that a file of any size is freed in
 * as many transactions as it takes.
 *
 * Every block number read from the disk is checked before it is used.
 */
#include "fs/pfs/pfs.h"

struct place {
	unsigned depth; /* indirect blocks on the way: 0 .. 3 */
	unsigned top; /* which of pi->block */
	u64 rel; /* index among the pages below it */
};

static int find_place(u64 index, struct place *p)
{
	u64 span = PFS_PER_BLOCK;

	if (index < PFS_NDIRECT) {
		*p = (struct place){ 0, index, 0 };
		return 0;
	}
	index -= PFS_NDIRECT;
	for (unsigned depth = 1; depth <= 3; depth++, span <<= PFS_PER_SHIFT) {
		if (index < span) {
			*p = (struct place){ depth, PFS_IND + depth - 1, index };
			return 0;
		}
		index -= span;
	}
	return -EFBIG;
}

/* The slot in an indirect block `level` levels above the data. */
static inline unsigned slot_at(u64 rel, unsigned level)
{
	return rel >> ((level - 1) * PFS_PER_SHIFT) & (PFS_PER_BLOCK - 1);
}

static int bad_pointer(struct inode *i, u64 index, u32 block)
{
	return pfs_corrupt(pfs_sbi(i->sb), "inode %lu: page %lu: block %u is outside the data area",
	                   (unsigned long)i->ino, (unsigned long)index, block);
}

int pfs_map_locked(struct inode *i, u64 index, unsigned max, u32 *phys, unsigned *len)
{
	struct pfs_sbi *s = pfs_sbi(i->sb);
	struct pfs_inode *pi = pfs_i(i);
	struct page *page = NULL;
	struct place p;
	const u32 *e;
	unsigned slot, room, n;
	u32 block;
	int err;

	if (index - pi->ext_first < pi->ext_len) {
		*phys = pi->ext_phys + (u32)(index - pi->ext_first);
		*len = MIN((u64)max, pi->ext_len - (index - pi->ext_first));
		return 0;
	}
	err = find_place(index, &p);
	if (err != 0)
		return err;
	e = pi->block;
	slot = p.top;
	room = p.depth == 0 ? PFS_NDIRECT - slot : 1;
	for (unsigned level = p.depth; level > 0; level--) {
		block = e[slot];
		if (page != NULL)
			put_page(page);
		if (block == 0) {
			u64 span = 1ULL << level * PFS_PER_SHIFT;

			*phys = 0;
			*len = MIN((u64)max, span - (p.rel & (span - 1)));
			return 0;
		}
		if (!pfs_data_block(s, block))
			return bad_pointer(i, index, block);
		page = pfs_bread(s, block);
		if (IS_ERR(page))
			return PTR_ERR(page);
		e = page_address(page);
		slot = slot_at(p.rel, level);
		room = PFS_PER_BLOCK - slot;
	}
	block = e[slot];
	for (n = 1; n < room && n < max; n++)
		if (e[slot + n] != (block == 0 ? 0 : block + n))
			break;
	if (page != NULL)
		put_page(page);
	if (block != 0) {
		if (!pfs_data_block(s, block) || !pfs_data_block(s, block + n - 1))
			return bad_pointer(i, index, block);
		pi->ext_first = index;
		pi->ext_phys = block;
		pi->ext_len = n;
	}
	*phys = block;
	*len = n;
	return 0;
}

int pfs_map(struct inode *i, u64 index, unsigned max, u32 *phys, unsigned *len)
{
	struct pfs_inode *pi = pfs_i(i);
	int err;

	mutex_lock(&pi->map_lock);
	err = pfs_map_locked(i, index, max, phys, len);
	mutex_unlock(&pi->map_lock);
	return err;
}

int pfs_map_missing(struct inode *i, u64 index)
{
	struct pfs_sbi *s = pfs_sbi(i->sb);
	struct place p;
	const u32 *e = pfs_i(i)->block;
	struct page *page = NULL;
	unsigned slot;
	int missing = 0, err = find_place(index, &p);

	if (err != 0)
		return err;
	slot = p.top;
	for (unsigned level = p.depth; level > 0; level--) {
		u32 block = e[slot];

		if (page != NULL)
			put_page(page);
		page = NULL;
		if (block == 0) {
			missing = level;
			break;
		}
		if (!pfs_data_block(s, block))
			return bad_pointer(i, index, block);
		page = pfs_bread(s, block);
		if (IS_ERR(page))
			return PTR_ERR(page);
		e = page_address(page);
		slot = slot_at(p.rel, level);
	}
	if (page != NULL)
		put_page(page);
	return missing;
}

/* A new, empty indirect block near goal. */
static struct page *new_indirect(struct handle *h, struct inode *i, u32 goal)
{
	struct pfs_sbi *s = pfs_sbi(i->sb);
	struct pfs_inode *pi = pfs_i(i);
	struct page *page;
	bool promised;
	unsigned got;
	u32 block;
	int err;

	spin_lock(&s->count_lock);
	promised = pi->reserved_meta > 0;
	spin_unlock(&s->count_lock);
	err = pfs_alloc_blocks(h, s, goal, 1, promised, &block, &got);
	if (err != 0)
		return ERR_PTR(err);
	page = journal_new(h, block);
	if (IS_ERR(page)) {
		pfs_free_blocks(h, s, block, 1);
		return page;
	}
	if (promised) {
		spin_lock(&s->count_lock);
		if (pi->reserved_meta > 0) {
			pi->reserved_meta--;
			s->reserved--;
		}
		spin_unlock(&s->count_lock);
	}
	pi->disk_blocks++;
	return page;
}

int pfs_map_insert(struct handle *h, struct inode *i, u64 index, u32 phys, unsigned n)
{
	struct pfs_sbi *s = pfs_sbi(i->sb);
	struct pfs_inode *pi = pfs_i(i);
	struct page *page = NULL; /* holds e; NULL: e is the inode's */
	struct place p;
	u32 *e = pi->block;
	unsigned slot, room;
	int err = find_place(index, &p);

	if (err != 0)
		return err;
	slot = p.top;
	room = p.depth == 0 ? PFS_NDIRECT - slot : PFS_PER_BLOCK - slot_at(p.rel, 1);
	n = MIN(n, room);
	for (unsigned level = p.depth; level > 0; level--) {
		struct page *next;

		if (e[slot] == 0) {
			next = new_indirect(h, i, phys + n);
			if (!IS_ERR(next)) {
				if (page != NULL)
					journal_write(h, page);
				e[slot] = next->index;
			}
		} else if (!pfs_data_block(s, e[slot])) {
			next = ERR_PTR(bad_pointer(i, index, e[slot]));
		} else {
			next = pfs_bread(s, e[slot]);
		}
		if (page != NULL)
			put_page(page);
		if (IS_ERR(next))
			return PTR_ERR(next);
		page = next;
		e = page_address(page);
		slot = slot_at(p.rel, level);
	}
	if (page != NULL)
		journal_write(h, page);
	for (unsigned k = 0; k < n; k++) {
		debug_assert(e[slot + k] == 0);
		e[slot + k] = phys + k;
	}
	if (page != NULL)
		put_page(page);
	pi->disk_blocks += n;
	if (pi->ext_len > 0 && index == pi->ext_first + pi->ext_len &&
	    phys == pi->ext_phys + pi->ext_len) {
		pi->ext_len += n;
	} else {
		pi->ext_first = index;
		pi->ext_phys = phys;
		pi->ext_len = n;
	}
	return n;
}

/* What one step of freeing may change: leaf, two blocks above, inode, two bitmap blocks
 * for a run and one for an indirect block, revoke. */
#define FREE_STEP 8u

/* Free the data blocks e[from..n-1], from the end. page: what holds e, or NULL.
 * => 1 all done, 0 no credits left, -errno */
static int free_pointers(struct handle *h, struct inode *i, struct page *page, u32 *e,
                         unsigned from, unsigned n)
{
	struct pfs_sbi *s = pfs_sbi(i->sb);

	while (n > from) {
		unsigned start = n - 1;
		u32 block = e[start];
		int err;

		if (block == 0) {
			n--;
			continue;
		}
		while (start > from && e[start - 1] != 0 && e[start - 1] == block - 1) {
			start--;
			block--;
		}
		if (journal_credits(h) < FREE_STEP + (S_ISDIR(i->mode) ? 1 : 0))
			return 0;
		if (!pfs_data_block(s, block) || !pfs_data_block(s, block + (n - start) - 1))
			return bad_pointer(i, start, block);
		if (page != NULL)
			journal_write(h, page);
		err = pfs_free_blocks(h, s, block, n - start);
		if (err != 0)
			return err;
		for (unsigned k = start; k < n; k++) {
			if (S_ISDIR(i->mode))
				journal_forget(h, e[k]);
			e[k] = 0;
		}
		pfs_i(i)->disk_blocks -= n - start;
		n = start;
	}
	return 1;
}

/* Free what hangs below *slot, `level` indirect blocks deep, from its page `from` on.
 * => 1: done (and *slot is 0 if nothing is left below), 0: no credits left, -errno */
static int free_tree(struct handle *h, struct inode *i, u32 *slot, unsigned level, u64 from)
{
	struct pfs_sbi *s = pfs_sbi(i->sb);
	u64 span = 1ULL << (level - 1) * PFS_PER_SHIFT;
	struct page *page;
	unsigned start = from / span;
	int r = 1;
	u32 *e;

	if (!pfs_data_block(s, *slot))
		return bad_pointer(i, from, *slot);
	page = pfs_bread(s, *slot);
	if (IS_ERR(page))
		return PTR_ERR(page);
	e = page_address(page);
	if (level == 1) {
		r = free_pointers(h, i, page, e, start, PFS_PER_BLOCK);
	} else {
		for (unsigned k = PFS_PER_BLOCK; r == 1 && k-- > start;) {
			u32 child = e[k];

			if (child == 0)
				continue;
			r = free_tree(h, i, &child, level - 1, k == start ? from % span : 0);
			if (r == 1 && child == 0) {
				journal_write(h, page);
				e[k] = 0;
			}
		}
	}
	if (r == 1 && from == 0) {
		if (journal_credits(h) < FREE_STEP) {
			r = 0;
		} else {
			r = pfs_free_blocks(h, s, *slot, 1);
			if (r == 0) {
				journal_forget(h, *slot);
				pfs_i(i)->disk_blocks--;
				*slot = 0;
				r = 1;
			}
		}
	}
	put_page(page);
	return r;
}

int pfs_map_free(struct handle *h, struct inode *i, u64 index)
{
	struct pfs_inode *pi = pfs_i(i);
	u64 first = PFS_NDIRECT + (1ULL << 10) + (1ULL << 20), span = 1ULL << 30;
	int r = 1;

	pi->ext_len = 0;
	for (unsigned level = 3; level > 0; level--) {
		u32 *slot = &pi->block[PFS_IND + level - 1];

		if (index < first + span && *slot != 0) {
			r = free_tree(h, i, slot, level, index > first ? index - first : 0);
			if (r != 1)
				return r;
		}
		span >>= PFS_PER_SHIFT;
		first -= span;
	}
	if (index < PFS_NDIRECT)
		r = free_pointers(h, i, NULL, pi->block, index, PFS_NDIRECT);
	return r;
}
