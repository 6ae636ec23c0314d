// SPDX-License-Identifier: MIT
/*
 * alloc.c - which blocks and inodes are free.
 *
 * On disk one bit each.  In memory beside it:
 *
 *   free_blocks   clear bits of the block bitmap;
 *   busy_blocks   those of them that a transaction not yet on disk has freed.  After
 *                 a power cut the file that had them would have them again, so they
 *                 must not be written before that commit: they are kept as
 *                 extents in a tree a transaction, and the search steps over them;
 *   reserved      blocks promised to dirty pages.  A page gets its block only
 *                 when it is written (file.c), yet write(2) must say -ENOSPC at once.
 *
 *   A1  free_blocks >= busy_blocks + reserved.
 *
 * So a promise can always be kept.  With each reserved page go the indirect blocks it may
 * need, counted once for neighbouring pages; what is too much is given back when
 * the file's last reserved page has been written.
 *
 * The search is next fit from a goal, run by run: a file's blocks follow each other
 * as far as the free space does.
 */
#include "fs/pfs/pfs.h"
#include "lib/bitmap.h"

struct busy {
	struct rb_node node; /* txn->busy, by start */
	u32 start, len;
};

static void busy_add(struct pfs_sbi *s, struct txn *t, u32 start, u32 len)
{
	struct rb_node **link = &t->busy.node, *parent = NULL;
	struct busy *b;

	s->busy[t->seq & 1] = t;
	t->busy_blocks += len;
	while (*link != NULL) {
		parent = *link;
		b = rb_entry(parent, struct busy, node);
		if (start + len == b->start) { /* frees go downwards: grows at the front */
			b->start = start;
			b->len += len;
			return;
		}
		if (b->start + b->len == start) {
			b->len += len;
			return;
		}
		link = start < b->start ? &parent->left : &parent->right;
	}
	b = journal_alloc(sizeof(*b));
	b->start = start;
	b->len = len;
	rb_link(&b->node, parent, link);
	rb_insert(&t->busy, &b->node, NULL);
}

/* Does a busy extent touch [start, start+*len)?  Then either *len is cut down to what
 * lies before it and the answer is 0, or the answer is where the search goes on. */
static u32 busy_skip(struct pfs_sbi *s, u32 start, unsigned *len)
{
	for (int k = 0; k < 2; k++) {
		struct rb_node *n = s->busy[k] != NULL ? s->busy[k]->busy.node : NULL;

		while (n != NULL) {
			struct busy *b = rb_entry(n, struct busy, node);

			if (start >= b->start + b->len) {
				n = n->right;
			} else if (start >= b->start) {
				return b->start + b->len;
			} else {
				if (b->start < start + *len)
					*len = b->start - start;
				n = n->left;
			}
		}
	}
	return 0;
}

void pfs_release_busy(struct pfs_sbi *s, struct txn *t)
{
	struct rb_node *n;

	if (t->busy_blocks == 0)
		return;
	mutex_lock(&s->alloc_lock);
	while ((n = rb_first(&t->busy)) != NULL) {
		rb_erase(&t->busy, n, NULL);
		kfree(rb_entry(n, struct busy, node));
	}
	if (s->busy[t->seq & 1] == t)
		s->busy[t->seq & 1] = NULL;
	spin_lock(&s->count_lock);
	s->busy_blocks -= t->busy_blocks;
	spin_unlock(&s->count_lock);
	t->busy_blocks = 0;
	mutex_unlock(&s->alloc_lock);
}

/* Search bits [from, to) of the block bitmap. => 1 found, 0 not, -errno */
static int search(struct pfs_sbi *s, u32 from, u32 to, unsigned want, u32 *first, unsigned *got,
                  struct page **bitmap)
{
	while (from < to) {
		u32 nr = from / PFS_BITS, base = nr * PFS_BITS;
		size_t end = MIN(to - base, PFS_BITS), pos = from - base;
		struct page *page = pfs_bread(s, s->d.bbitmap_start + nr);
		const u64 *map;

		if (IS_ERR(page))
			return PTR_ERR(page);
		map = page_address(page);
		for (;;) {
			unsigned n;
			u32 skip;

			pos = bitmap_next_zero(map, end, pos);
			if (pos >= end)
				break;
			n = bitmap_next_set(map, MIN(end, pos + want), pos) - pos;
			skip = busy_skip(s, base + pos, &n);
			if (skip == 0) {
				*first = base + pos;
				*got = n;
				*bitmap = page;
				return 1;
			}
			pos = skip - base;
		}
		put_page(page);
		from = base + PFS_BITS;
	}
	return 0;
}

int pfs_alloc_blocks(struct handle *h, struct pfs_sbi *s, u32 goal, unsigned want, bool reserved,
                     u32 *first, unsigned *got)
{
	struct page *page;
	s64 room;
	int r;

	spin_lock(&s->count_lock);
	room = s->free_blocks - s->busy_blocks - (reserved ? 0 : s->reserved);
	if (room <= 0) {
		spin_unlock(&s->count_lock);
		return -ENOSPC;
	}
	want = MIN((s64)want, room);
	s->free_blocks -= want;
	spin_unlock(&s->count_lock);

	mutex_lock(&s->alloc_lock);
	if (!pfs_data_block(s, goal))
		goal = pfs_data_block(s, s->bhint) ? s->bhint : s->d.data_start;
	r = search(s, goal, s->d.nr_blocks, want, first, got, &page);
	if (r == 0)
		r = search(s, s->d.data_start, goal, want, first, got, &page);
	if (r == 1) {
		journal_write(h, page);
		bitmap_fill(page_address(page), *first % PFS_BITS, *got, true);
		put_page(page);
		s->bhint = *first + *got;
	}
	mutex_unlock(&s->alloc_lock);

	spin_lock(&s->count_lock);
	s->free_blocks += r == 1 ? want - *got : want;
	spin_unlock(&s->count_lock);
	if (r == 0)
		return pfs_corrupt(s, "superblock: free_blocks is %lu, but the bitmap has none",
		                   (unsigned long)s->free_blocks);
	return r == 1 ? 0 : r;
}

int pfs_free_blocks(struct handle *h, struct pfs_sbi *s, u32 first, unsigned n)
{
	int err = 0;

	mutex_lock(&s->alloc_lock);
	while (n > 0 && err == 0) {
		u32 nr = first / PFS_BITS, bit = first % PFS_BITS;
		unsigned here = MIN(n, PFS_BITS - bit);
		struct page *page = pfs_bread(s, s->d.bbitmap_start + nr);
		u64 *map;

		if (IS_ERR(page)) {
			err = PTR_ERR(page);
			break;
		}
		map = page_address(page);
		if (bitmap_next_zero(map, bit + here, bit) < bit + here) {
			err = pfs_corrupt(s, "block bitmap: a block of %u..%u is freed twice",
			                  first, first + here - 1);
		} else {
			journal_write(h, page);
			bitmap_fill(map, bit, here, false);
			busy_add(s, h->t, first, here);
			spin_lock(&s->count_lock);
			s->free_blocks += here;
			s->busy_blocks += here;
			spin_unlock(&s->count_lock);
		}
		put_page(page);
		first += here;
		n -= here;
	}
	mutex_unlock(&s->alloc_lock);
	return err;
}

/* Block nr of the inode bitmap; the reference stays with s->ibitmap. */
static struct page *ibitmap_page(struct pfs_sbi *s, u32 nr)
{
	struct page *page = s->ibitmap;

	if (likely(page != NULL && page->index == s->d.ibitmap_start + nr))
		return page;
	page = pfs_bread(s, s->d.ibitmap_start + nr);
	if (IS_ERR(page))
		return page;
	if (s->ibitmap != NULL)
		put_page(s->ibitmap);
	return s->ibitmap = page;
}

int pfs_alloc_inode(struct handle *h, struct pfs_sbi *s, u32 *ino)
{
	int err = -ENOSPC;
	u32 from;

	mutex_lock(&s->alloc_lock);
	from = s->ihint;
	while (from < s->d.nr_inodes) {
		u32 nr = from / PFS_BITS, base = nr * PFS_BITS;
		size_t end = MIN(s->d.nr_inodes - base, PFS_BITS), pos;
		struct page *page = ibitmap_page(s, nr);

		if (IS_ERR(page)) {
			err = PTR_ERR(page);
			break;
		}
		pos = bitmap_next_zero(page_address(page), end, from - base);
		if (pos < end) {
			journal_write(h, page);
			bitmap_set(page_address(page), pos);
			*ino = base + pos;
			s->ihint = *ino + 1;
			spin_lock(&s->count_lock);
			s->free_inodes--;
			spin_unlock(&s->count_lock);
			err = 0;
			break;
		}
		from = s->ihint = base + end;
	}
	mutex_unlock(&s->alloc_lock);
	return err;
}

int pfs_free_inode(struct handle *h, struct pfs_sbi *s, u32 ino)
{
	struct page *page;
	int err = 0;

	mutex_lock(&s->alloc_lock);
	page = ibitmap_page(s, ino / PFS_BITS);
	if (IS_ERR(page)) {
		err = PTR_ERR(page);
	} else {
		if (!bitmap_test(page_address(page), ino % PFS_BITS)) {
			err = pfs_corrupt(s, "inode bitmap: inode %u is freed twice", ino);
		} else {
			journal_write(h, page);
			bitmap_clear(page_address(page), ino % PFS_BITS);
			s->ihint = MIN(s->ihint, ino);
			spin_lock(&s->count_lock);
			s->free_inodes++;
			spin_unlock(&s->count_lock);
		}
	}
	mutex_unlock(&s->alloc_lock);
	return err;
}

static bool try_reserve(struct pfs_sbi *s, struct pfs_inode *pi, u64 leaf, unsigned meta)
{
	bool ok;

	spin_lock(&s->count_lock);
	if (leaf == pi->reserved_leaf && pi->reserved_data > 0)
		meta = 0; /* counted with a neighbour */
	ok = s->free_blocks >= s->busy_blocks + s->reserved + meta + 1;
	if (ok) {
		s->reserved += meta + 1;
		pi->reserved_data++;
		pi->reserved_meta += meta;
		pi->reserved_leaf = leaf;
	}
	spin_unlock(&s->count_lock);
	return ok;
}

int pfs_reserve(struct inode *i, u64 index, unsigned meta)
{
	struct pfs_sbi *s = pfs_sbi(i->sb);
	u64 leaf = index < PFS_NDIRECT ? ~0ULL : (index - PFS_NDIRECT) >> PFS_PER_SHIFT;

	if (try_reserve(s, pfs_i(i), leaf, meta))
		return 0;
	/* What has been freed lately can be used after a commit. */
	if (READ_ONCE(s->busy_blocks) > 0 && journal_sync(&s->journal) == 0 &&
	    try_reserve(s, pfs_i(i), leaf, meta))
		return 0;
	return -ENOSPC;
}

void pfs_unreserve(struct inode *i, unsigned data)
{
	struct pfs_sbi *s = pfs_sbi(i->sb);
	struct pfs_inode *pi = pfs_i(i);

	spin_lock(&s->count_lock);
	data = MIN(data, pi->reserved_data);
	pi->reserved_data -= data;
	s->reserved -= data;
	if (pi->reserved_data == 0) {
		s->reserved -= pi->reserved_meta;
		pi->reserved_meta = 0;
	}
	spin_unlock(&s->count_lock);
}
