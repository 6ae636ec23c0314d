// SPDX-License-Identifier: MIT
/*
 * slab_slub.c - the SLUB layout: the free list inside the slab.
 *
 * A free slot holds the pointer to the next free one, so a slab needs no index: its
 * state is a pointer and two counts in struct page.  A hart does not keep a stack of
 * slots but a whole slab (frozen: on no list, its free slots all the hart's own).
 * Allocating takes the first slot of the hart's list; freeing a slot of the hart's
 * slab puts it there.  A slot of any other slab goes to that slab's own list under
 * node->lock, so memory that is freed elsewhere, or later, is dearer than in the
 * magazine layout; in exchange nothing is held back and no memory is spent on
 * magazines or indexes.
 *
 * A cache with a constructor keeps the link behind the object, or it would spoil
 * the constructed state; debug builds do it for every cache.
 *
 * A slab is frozen (PG_ACTIVE; on no list), or partial, or full, each on a list of its
 * node, or it has just become empty; one empty slab a node stays on the partial list.
 * The full list serves only the report of a refused destroy.  The union in struct page
 * leaves freelist and slab_next; page->index is the way back.
 *
 *   U1  page->inuse counts the slots that are not on page->freelist; those on the
 *       freezing hart's list are in it.
 *
 * Locks: node->lock for page->freelist, inuse and the two lists, frozen slabs
 * included; the hart alone, interrupts off, for its list.
 */
#include "lib/printk.h"
#include "mm/kmem/slab_internal.h"

#ifdef CONFIG_SLUB

#define PG_FROZEN	PG_ACTIVE

void *slab_base(const struct kmem_cache *c, const struct page *p)
{
	(void)c;
	return page_address(p);
}

bool layout_slot_free(const struct kmem_cache *c, const struct page *p, const void *slot)
{
	for (void *s = p->freelist; s != NULL; s = *slot_link(c, s))
		if (s == slot)
			return true;
	return false;
}

/* The smallest block with at most an eighth wasted, else the least waste up to 32 KiB. */
bool layout_setup(struct kmem_cache *c)
{
	unsigned best = MAX_ORDER + 1;
	size_t best_waste = ~0UL;

	c->link_off = 0;
#ifdef SLAB_DEBUG
	c->link_off = c->size;
#else
	if (c->ctor != NULL)
		c->link_off = ALIGN_UP(c->object_size, sizeof(void *));
#endif
	c->size = ALIGN_UP(MAX(c->size, c->link_off + sizeof(void *)), c->align);
	for (unsigned o = 0; o <= MAX_ORDER; o++) {
		size_t bytes = PAGE_SIZE << o, waste = bytes % c->size * 1024 / bytes;

		if (bytes < c->size)
			continue;
		if (waste < best_waste) {
			best = o;
			best_waste = waste;
		}
		if (waste <= 128 || o >= 3)
			break;
	}
	if (best > MAX_ORDER)
		return false;
	c->order = best;
	c->objects = (PAGE_SIZE << best) / c->size;
	return true;
}

/* --- the two lists --- */

static void slabs_add(struct page **head, struct page *p)
{
	p->slab_next = *head;
	p->index = 0;
	if (p->slab_next != NULL)
		p->slab_next->index = (u64)p;
	*head = p;
}

static void slabs_del(struct page **head, struct page *p)
{
	struct page *prev = (struct page *)p->index;

	if (prev != NULL)
		prev->slab_next = p->slab_next;
	else
		*head = p->slab_next;
	if (p->slab_next != NULL)
		p->slab_next->index = p->index;
}

static struct page *slab_make(struct kmem_cache *c, gfp_t gfp)
{
	struct page *p = slab_page_alloc(c, gfp);
	char *base;

	if (p == NULL)
		return NULL;
	base = page_address(p);
	for (unsigned i = 0; i < p->objects; i++) {
		char *slot = base + (size_t)i * c->size;

		if (i > 0)
			*slot_link(c, slot - c->size) = slot;
#ifndef SLAB_DEBUG
		if (c->ctor != NULL)
#endif
			slot_birth(c, slot);
	}
	*slot_link(c, base + (size_t)(p->objects - 1) * c->size) = NULL;
	p->freelist = base;
	return p;
}

/* All free slots of p become the hart's. => node->lock held */
static void freeze(struct kmem_node *n, struct page *p, struct kmem_hart *h)
{
	n->inuse += p->objects - p->inuse;
	p->inuse = p->objects;
	h->freelist = p->freelist;
	h->page = p;
	p->freelist = NULL;
	p->flags |= PG_FROZEN;
}

/* One slot home. True: the slab has become empty, is off every list, and is the caller's. */
static bool give(struct kmem_cache *c, struct kmem_node *n, struct page *p, void *slot)
{
	bool was_full = p->freelist == NULL;

	*slot_link(c, slot) = p->freelist;
	p->freelist = slot;
	p->inuse--;
	n->inuse--;
	if (p->flags & PG_FROZEN)
		return false;
	if (was_full)
		slabs_del(&n->full_head, p);
	if (p->inuse == 0 && n->nr_empty >= SLAB_MAX_EMPTY) {
		if (!was_full)
			slabs_del(&n->partial_head, p);
		n->nr_slabs--;
		return true;
	}
	if (was_full)
		slabs_add(&n->partial_head, p);
	n->nr_empty += p->inuse == 0;
	return false;
}

void *layout_alloc_slow(struct kmem_cache *c, gfp_t gfp)
{
	for (;;) {
		unsigned long flags = irq_save();
		struct kmem_hart *h = &c->hart[hart_id()];
		unsigned here = slab_this_node();
		struct kmem_node *n;
		struct page *p;
		void *slot;

		if (h->freelist == NULL && h->page != NULL) {
			/* What others gave back to our slab meanwhile; else it is full. */
			p = h->page;
			n = &c->node[page_node_id(p)];
			spin_lock(&n->lock);
			if (p->freelist != NULL) {
				freeze(n, p, h);
			} else {
				p->flags &= ~PG_FROZEN;
				h->page = NULL;
				slabs_add(&n->full_head, p);
			}
			spin_unlock(&n->lock);
		}
		for (unsigned i = 0; h->freelist == NULL && i < nr_nodes; i++) {
			n = &c->node[(here + i) % nr_nodes];
			if (i > 0 && READ_ONCE(n->partial_head) == NULL)
				continue;
			spin_lock(&n->lock);
			p = n->partial_head;
			if (p != NULL) {
				slabs_del(&n->partial_head, p);
				n->nr_empty -= p->inuse == 0;
				freeze(n, p, h);
				count_vm_event(SLAB_REFILL);
			}
			spin_unlock(&n->lock);
		}
		slot = layout_alloc_fast(c);
		irq_restore(flags);
		if (slot != NULL)
			return slot;

		p = slab_make(c, gfp);
		if (p == NULL)
			return NULL;
		n = &c->node[page_node_id(p)];
		flags = spin_lock_irqsave(&n->lock);
		n->nr_slabs++;
		n->nr_empty++;
		slabs_add(&n->partial_head, p);
		spin_unlock_irqrestore(&n->lock, flags);
	}
}

void layout_free_slow(struct kmem_cache *c, void *slot)
{
	struct page *p = page_head(virt_to_page(slot));
	struct kmem_node *n = &c->node[page_node_id(p)];
	unsigned long flags = spin_lock_irqsave(&n->lock);
	bool gone = give(c, n, p, slot);

	spin_unlock_irqrestore(&n->lock, flags);
	if (gone)
		slab_page_free(c, p);
}

void layout_flush_hart(struct kmem_cache *c)
{
	struct kmem_hart *h = &c->hart[hart_id()];
	struct page *p = h->page;
	struct kmem_node *n;
	bool gone = false;
	void *s, *next;

	if (p == NULL)
		return;
	n = &c->node[page_node_id(p)];
	spin_lock(&n->lock);
	for (s = h->freelist; s != NULL; s = next) {
		next = *slot_link(c, s);
		give(c, n, p, s);		/* frozen: stays */
	}
	h->freelist = NULL;
	h->page = NULL;
	p->flags &= ~PG_FROZEN;
	if (p->inuse == 0 && n->nr_empty >= SLAB_MAX_EMPTY) {
		n->nr_slabs--;
		gone = true;
	} else {
		slabs_add(p->freelist != NULL ? &n->partial_head : &n->full_head, p);
		n->nr_empty += p->inuse == 0;
	}
	spin_unlock(&n->lock);
	if (gone)
		slab_page_free(c, p);
}

/* Counted by walking: only this hart's list may be walked, so the others' count as live
 * until they are flushed. */
u64 layout_cached(const struct kmem_cache *c)
{
	unsigned long flags = irq_save();
	u64 n = 0;

	for (void *s = c->hart[hart_id()].freelist; s != NULL; s = *slot_link(c, s))
		n++;
	irq_restore(flags);
	return n;
}

unsigned long layout_shrink(struct kmem_cache *c)
{
	unsigned long frames = 0;

	for (unsigned i = 0; i < nr_nodes; i++) {
		struct kmem_node *n = &c->node[i];
		struct page *spare = NULL, *p, *next;
		unsigned long flags = spin_lock_irqsave(&n->lock);

		for (p = n->partial_head; p != NULL; p = next) {
			next = p->slab_next;
			if (p->inuse != 0)
				continue;
			slabs_del(&n->partial_head, p);
			n->nr_slabs--;
			n->nr_empty--;
			p->slab_next = spare;
			spare = p;
		}
		spin_unlock_irqrestore(&n->lock, flags);
		for (p = spare; p != NULL; p = next) {
			next = p->slab_next;
			slab_page_free(c, p);
			frames += 1UL << c->order;
		}
	}
	return frames;
}

void layout_release(struct kmem_cache *c)
{
	(void)c;
}

void layout_for_each_slab(struct kmem_cache *c, struct kmem_node *n,
			  void (*fn)(struct kmem_cache *c, struct page *page, void *arg), void *arg)
{
	struct page *lists[] = { n->partial_head, n->full_head };

	for (unsigned i = 0; i < ARRAY_SIZE(lists); i++)
		for (struct page *p = lists[i]; p != NULL; p = p->slab_next)
			fn(c, p, arg);
}

#endif
