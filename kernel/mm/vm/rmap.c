// SPDX-License-Identifier: MIT
/*
 * rmap.c - the reverse map: from a frame to every PTE that maps it.
 *
 * Whoever wants to take a frame away (reclaim, truncation, compaction) or to know
 * whether it is used must find its PTEs.  A list of PTEs per frame would cost 16
 * bytes and two list operations a mapping; instead the frame says whose it is
 * and at which index, and the areas of that owner say at which address.
 *
 *   File page: page->mapping and page->index; mapping->i_mmap is a tree of the
 *   areas that map the file, ordered by first page and augmented by the largest
 *   last page of each subtree (an interval tree).
 *
 *   Anonymous page: page->anon names an anon_vma, the list of all areas where the
 *   page could be: the one that faulted it in and the copies that forks made of
 *   it.  page->index is the linear index, which fork and mremap do not change,
 *   so start + (index - pgoff) is the address in each.
 *
 * One anon_vma serves a whole family of areas.  That is the classic scheme; its
 * price is that a child's own pages, made after the fork, are looked for in the
 * parent too: with 1,000 children every walk visits 1,000 areas.  Linux's
 * anon_vma chains give every fork an anon_vma of its own, linked to its
 * ancestors', so that a page made in a child is looked for in its descendants
 * only; they cost an object a (area, ancestor) pair and a tree for each.
 *
 * Invariants:
 *   R1  an area with file is in that file's i_mmap tree; one with anon_vma on its list;
 *   R2  while a PTE maps an anonymous page, page->anon's anon_vma lists the area of
 *       that PTE (so an anon_vma lives as long as a mapcount of its pages is above 0).
 *
 * Locks: mmap_lock, then i_mmap_lock (sleeps), then anon_vma->lock, then
 * page_table_lock, then ptl.  A walker starts from a page, holding none of
 * these: anon_vma_pin says why the anon_vma it finds does not vanish.
 * Failure: only anon_vma_prepare allocates.
 */
#include "fs/vfs.h"
#include "lib/printk.h"
#include "mm/kmem/slab.h"
#include "mm/vm/rmap.h"
#include "uapi/errno.h"

static struct kmem_cache *anon_vma_cache;
/* Taken to free an anon_vma and to pin one from a page. */
static spinlock_t pin_lock = SPINLOCK_INIT("anon_vma_pin");

void rmap_init(void)
{
	anon_vma_cache = kmem_cache_create("anon_vma", sizeof(struct anon_vma), 0, SLAB_PANIC,
					   NULL, NULL);
}

/* --- anonymous --- */

static void anon_vma_put(struct anon_vma *av)
{
	if (!atomic_dec_and_test(&av->refs))
		return;
	/* A walker that saw a mapped page before we unmapped it may be about to try and
	 * fail to pin av; wait until it has. */
	spin_lock(&pin_lock);
	spin_unlock(&pin_lock);
	kmem_cache_free(anon_vma_cache, av);
}

/* The anon_vma of a page that a PTE maps, with a reference, or NULL.  While the lock is
 * held and mapcount is above zero, R2 keeps the object alive: its last area goes only
 * after its last PTE, and its memory only after pin_lock was free. */
struct anon_vma *anon_vma_pin(struct page *page)
{
	struct anon_vma *av = NULL;
	unsigned long anon;

	spin_lock(&pin_lock);
	anon = READ_ONCE(page->anon);
	if ((anon & PAGE_ANON) && page_maps(page) > 0) {
		av = (struct anon_vma *)(anon & ~PAGE_ANON);
		if (!atomic_inc_not_zero(&av->refs))
			av = NULL;
	}
	spin_unlock(&pin_lock);
	return av;
}

void anon_vma_unpin(struct anon_vma *av)
{
	anon_vma_put(av);
}

void rmap_join(struct vma *v, struct anon_vma *av)
{
	atomic_inc(&av->refs);
	list_add_tail(&v->anon_link, &av->vmas);
	smp_store_release(&v->anon_vma, av);	/* a fault next door joins what it sees */
}

void rmap_leave(struct vma *v)
{
	struct anon_vma *av = v->anon_vma;

	list_del(&v->anon_link);
	v->anon_vma = NULL;
	atomic_dec(&av->refs);		/* => not the last: rmap_unlink does that */
}

/* Could a and b become one area after an mprotect?  Then they should share. */
static bool same_but_access(const struct vma *a, const struct vma *b)
{
	const u32 access = VM_READ | VM_WRITE | VM_EXEC | VM_ACCOUNT;

	return a->end == b->start && ((a->flags ^ b->flags) & ~access) == 0 &&
	       a->file == b->file && a->pgoff + vma_pages(a) == b->pgoff;
}

static struct anon_vma *neighbours_anon_vma(struct vma *v)
{
	struct vma *prev = vma_prev(v), *next = vma_next(v);

	if (next != NULL && next->anon_vma != NULL && same_but_access(v, next))
		return next->anon_vma;
	if (prev != NULL && prev->anon_vma != NULL && same_but_access(prev, v))
		return prev->anon_vma;
	return NULL;
}

int anon_vma_prepare(struct vma *v)
{
	struct anon_vma *av = neighbours_anon_vma(v), *new = NULL;

	if (av == NULL) {
		av = new = kmem_cache_alloc(anon_vma_cache, GFP_KERNEL);
		if (av == NULL)
			return -ENOMEM;
		spin_lock_init(&av->lock, "anon_vma");
		atomic_set(&av->refs, 0);
		list_init(&av->vmas);
	}
	spin_lock(&av->lock);
	spin_lock(&v->mm->page_table_lock);	/* another thread may fault here too */
	if (v->anon_vma == NULL) {
		rmap_join(v, av);
		new = NULL;
	}
	spin_unlock(&v->mm->page_table_lock);
	spin_unlock(&av->lock);
	kmem_cache_free(anon_vma_cache, new);
	return 0;
}

/* --- files --- */

static struct vma *i_vma(const struct rb_node *n)
{
	return rb_entry(n, struct vma, i_node);
}

static bool update_i_max(struct rb_node *n)
{
	struct vma *v = i_vma(n);
	u64 max = v->pgoff + vma_pages(v) - 1;

	if (n->left != NULL && i_vma(n->left)->i_max > max)
		max = i_vma(n->left)->i_max;
	if (n->right != NULL && i_vma(n->right)->i_max > max)
		max = i_vma(n->right)->i_max;
	if (max == v->i_max)
		return false;
	v->i_max = max;
	return true;
}

static void i_mmap_insert(struct address_space *m, struct vma *v)
{
	struct rb_node **link = &m->i_mmap.node, *parent = NULL;

	while (*link != NULL) {
		parent = *link;
		link = v->pgoff < i_vma(parent)->pgoff ? &parent->left : &parent->right;
	}
	v->i_max = v->pgoff + vma_pages(v) - 1;
	rb_link(&v->i_node, parent, link);
	rb_insert(&m->i_mmap, &v->i_node, update_i_max);
	if ((v->flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE))
		atomic_inc(&m->i_mmap_writable);
}

static void i_mmap_remove(struct address_space *m, struct vma *v)
{
	rb_erase(&m->i_mmap, &v->i_node, update_i_max);
	if ((v->flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE))
		atomic_dec(&m->i_mmap_writable);
}

struct vma *i_mmap_next(struct vma *v, struct address_space *m, u64 first, u64 last)
{
	struct rb_node *n = m->i_mmap.node;

	/* After v in tree order; the ends are not in order, so some are stepped over. */
	if (v != NULL) {
		for (n = rb_next(&v->i_node); n != NULL; n = rb_next(n)) {
			v = i_vma(n);
			if (v->pgoff > last)
				return NULL;
			if (v->pgoff + vma_pages(v) - 1 >= first)
				return v;
		}
		return NULL;
	}
	/* The leftmost that ends at or after first: i_max says which subtree has one. */
	while (n != NULL && i_vma(n)->i_max >= first) {
		if (n->left != NULL && i_vma(n->left)->i_max >= first) {
			n = n->left;
			continue;
		}
		v = i_vma(n);
		if (v->pgoff > last)
			return NULL;
		if (v->pgoff + vma_pages(v) - 1 >= first)
			return v;
		n = n->right;
	}
	return NULL;
}

/* --- both --- */

void rmap_link(struct vma *v)
{
	if (v->file != NULL) {
		struct address_space *m = v->file->inode->mapping;

		down_write(&m->i_mmap_lock);
		i_mmap_insert(m, v);
		up_write(&m->i_mmap_lock);
	}
}

void rmap_fork(struct vma *v, struct vma *old)
{
	rmap_link(v);
	if (old->anon_vma != NULL) {
		spin_lock(&old->anon_vma->lock);
		rmap_join(v, old->anon_vma);
		spin_unlock(&old->anon_vma->lock);
	}
}

void rmap_unlink(struct vma *v)
{
	struct anon_vma *av = v->anon_vma;

	if (v->file != NULL) {
		struct address_space *m = v->file->inode->mapping;

		down_write(&m->i_mmap_lock);
		i_mmap_remove(m, v);
		up_write(&m->i_mmap_lock);
	}
	if (av != NULL) {
		spin_lock(&av->lock);
		list_del(&v->anon_link);
		v->anon_vma = NULL;
		spin_unlock(&av->lock);
		anon_vma_put(av);
	}
}

static struct anon_vma *common_anon_vma(const struct vma *a, const struct vma *b)
{
	return a->anon_vma != NULL ? a->anon_vma : b != NULL ? b->anon_vma : NULL;
}

void rmap_begin(struct vma *a, struct vma *b)
{
	struct anon_vma *av = common_anon_vma(a, b);

	if (a->file != NULL) {
		struct address_space *m = a->file->inode->mapping;

		down_write(&m->i_mmap_lock);
		i_mmap_remove(m, a);
		if (b != NULL)
			i_mmap_remove(m, b);
	}
	if (av != NULL)
		spin_lock(&av->lock);
}

void rmap_end(struct vma *a, struct vma *b)
{
	if (a->anon_vma != NULL)	/* a was on it, or has joined b's: the same as at begin */
		spin_unlock(&a->anon_vma->lock);
	if (a->file != NULL) {
		struct address_space *m = a->file->inode->mapping;

		i_mmap_insert(m, a);
		if (b != NULL)
			i_mmap_insert(m, b);
		up_write(&m->i_mmap_lock);
	}
}
