// SPDX-License-Identifier: MIT
/*
 * slab_mag.c - the SLAB layout: magazines in front, index stacks in the slabs.
 *
 * Each hart has a magazine a cache: a stack of free slots.  Allocating pops, freeing
 * pushes, whatever slab the slot belongs to: not even its struct page is looked at,
 * which makes freeing as cheap as allocating.  An empty magazine is half filled
 * from the node's slabs, a full one half emptied, under one node->lock; the slots
 * that stay are the ones used last.
 *
 * Which slots of a slab are free is kept outside them, so a free object keeps its
 * constructed state:
 *   up to 16 slots: sixteen 4-bit slot numbers in page->index, a stack in a word;
 *   more: an array of slot numbers (a byte each, two if more than 256) at the
 *   slab's start, a stack too, its height being objects - inuse.
 *
 * Colour: slabs of one cache begin their slots at different cache lines, as far as
 * the slab's unused end allows, lest all first objects fall on the same cache set.
 *
 * Slabs of a node are full, partial or empty; slots are taken from partial ones
 * first, so that empty ones can go.  One empty slab a node is kept, the others
 * return to the page allocator at once.
 *
 * A slot freed on a hart of another node waits in that hart's magazine and goes home
 * when it is flushed.  Linux's SLAB has a second set of magazines for those; with four
 * nodes at most it does not pay.
 *
 * A magazine is a slot of a kmalloc cache, taken without magazines (or making the
 * first one would need one), when a hart first frees or allocates beyond the slabs.
 * Until then, and if there is no memory, the hart's pointer is to no_magazine, which
 * is empty and full at the same time.
 */
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/slab_internal.h"

#ifdef CONFIG_SLAB

static struct magazine no_magazine = { no_magazine.slot, no_magazine.slot };

static inline unsigned held(const struct magazine *m) { return READ_ONCE(m->top) - m->slot; }
static inline unsigned limit(const struct magazine *m) { return m->end - m->slot; }

#define NIBBLE_MAX	16

/* --- the slab's index --- */

static inline bool nibbles(const struct kmem_cache *c)
{
	return c->objects <= NIBBLE_MAX;
}

void *slab_base(const struct kmem_cache *c, const struct page *p)
{
	char *va = page_address(p);

	return nibbles(c) ? va : va + c->head + p->index;
}

static void *index_at(const struct page *p)
{
	return page_address(p);
}

/* => the slab has a free slot */
static inline void *slab_take(const struct kmem_cache *c, struct page *p)
{
	unsigned i, top = p->objects - p->inuse - 1;

	if (nibbles(c)) {
		i = p->index & 15;
		p->index >>= 4;
	} else {
		i = c->objects <= 256 ? ((u8 *)index_at(p))[top] : ((u16 *)index_at(p))[top];
	}
	p->inuse++;
	return (char *)slab_base(c, p) + (size_t)i * c->size;
}

static inline void slab_give(const struct kmem_cache *c, struct page *p, void *slot)
{
	unsigned i = (u32)((char *)slot - (char *)slab_base(c, p)) / c->size;
	unsigned top = p->objects - p->inuse;

	debug_assert(p->inuse > 0 && i < p->objects);
	if (nibbles(c))
		p->index = p->index << 4 | i;
	else if (c->objects <= 256)
		((u8 *)index_at(p))[top] = i;
	else
		((u16 *)index_at(p))[top] = i;
	p->inuse--;
}

bool layout_slot_free(const struct kmem_cache *c, const struct page *p, const void *slot)
{
	unsigned i = (u32)((const char *)slot - (const char *)slab_base(c, p)) / c->size;
	unsigned nr = p->objects - p->inuse;

	for (unsigned k = 0; k < nr; k++)
		if ((nibbles(c) ? (p->index >> 4 * k & 15) :
		     c->objects <= 256 ? ((u8 *)index_at(p))[k] : ((u16 *)index_at(p))[k]) == i)
			return true;
	return false;
}

/* --- geometry --- */

/* Slots in a block of 2^order pages, and the bytes of the index before them. */
static unsigned fit(const struct kmem_cache *c, unsigned order, unsigned *head)
{
	size_t bytes = PAGE_SIZE << order;
	unsigned n = bytes / c->size;

	*head = 0;
	if (n <= NIBBLE_MAX)
		return n;
	for (; n > NIBBLE_MAX; n--) {
		*head = ALIGN_UP(n * (n <= 256 ? 1 : 2), c->align);
		if (*head + (size_t)n * c->size <= bytes)
			return n;
	}
	*head = 0;
	return n;
}

/* The smallest block that wastes at most an eighth, or else wastes least up to 32 KiB. */
bool layout_setup(struct kmem_cache *c)
{
	unsigned best = MAX_ORDER + 1, head;
	size_t best_waste = ~0UL, left;

	for (unsigned o = 0; o <= MAX_ORDER; o++) {
		unsigned n = MIN(fit(c, o, &head), 4096U);
		size_t waste = (PAGE_SIZE << o) - (size_t)n * c->size;

		if (n == 0)
			continue;
		waste = waste * 1024 / (PAGE_SIZE << o);
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
	c->objects = MIN(fit(c, best, &head), 4096U);
	c->head = head;
	left = (PAGE_SIZE << best) - head - (size_t)c->objects * c->size;
	c->colour_step = MAX(c->align, 64U);
	c->colours = nibbles(c) ? 1 : left / c->colour_step + 1;
	/* With its header of two words a magazine is as large as a kmalloc slot. */
	c->mag_limit = c->size <= 256 ? 30 : c->size <= 1024 ? 14 : 6;
	for (unsigned h = 0; h < NR_HARTS; h++)
		c->mag[h] = &no_magazine;
	return true;
}

/* --- slabs and lists --- */

static struct page *slab_make(struct kmem_cache *c, gfp_t gfp)
{
	struct page *p = slab_page_alloc(c, gfp);
	char *base;

	if (p == NULL)
		return NULL;
	if (nibbles(c)) {
		for (unsigned i = p->objects; i-- > 0;)
			p->index = p->index << 4 | i;
	} else {
		/* Two harts may take the same colour, but neither one that there is not. */
		unsigned colour = READ_ONCE(c->colour_next);

		p->index = (u64)colour * c->colour_step;
		WRITE_ONCE(c->colour_next, colour + 1 < c->colours ? colour + 1 : 0);
		for (unsigned i = 0; i < p->objects; i++)	/* slot 0 on top */
			if (c->objects <= 256)
				((u8 *)index_at(p))[i] = p->objects - 1 - i;
			else
				((u16 *)index_at(p))[i] = p->objects - 1 - i;
	}
	base = slab_base(c, p);
#ifndef SLAB_DEBUG
	if (c->ctor != NULL)
#endif
		for (unsigned i = 0; i < p->objects; i++)
			slot_birth(c, base + (size_t)i * c->size);
	return p;
}

/* A slab with a free slot, or NULL. => node->lock held */
static inline struct page *slab_pick(struct kmem_node *n)
{
	struct page *p;

	if (!list_empty(&n->partial))
		return list_first(&n->partial, struct page, link);
	if (list_empty(&n->empty))
		return NULL;
	p = list_first(&n->empty, struct page, link);
	n->nr_empty--;
	list_move(&p->link, &n->partial);
	return p;
}

/* Up to want slots into out; how many. => interrupts off */
static unsigned node_take(struct kmem_cache *c, struct kmem_node *n, void **out, unsigned want)
{
	unsigned got = 0;
	struct page *p;

	spin_lock(&n->lock);
	while (got < want && (p = slab_pick(n)) != NULL) {
		while (got < want && p->inuse < p->objects)
			out[got++] = slab_take(c, p);
		if (p->inuse == p->objects)
			list_move(&p->link, &n->full);
	}
	n->inuse += got;
	spin_unlock(&n->lock);
	return got;
}

/* The same from this node's slabs; from other nodes' when this one's memory is used up, for
 * then a new slab would be as far away. => interrupts off */
static unsigned take_slots(struct kmem_cache *c, void **out, unsigned want)
{
	unsigned here = slab_this_node(), got = node_take(c, &c->node[here], out, want);

	if (unlikely(got == 0 && READ_ONCE(c->node[here].away)))
		for (unsigned i = 1; i < nr_nodes && got == 0; i++)
			got = node_take(c, &c->node[(here + i) % nr_nodes], out, want);
	return got;
}

/* Slots go home.  Slabs that become empty and are not kept go to *spare, by link. */
static void node_give(struct kmem_cache *c, void **slots, unsigned nr, struct list *spare)
{
	struct kmem_node *n = NULL;

	for (unsigned i = 0; i < nr; i++) {
		struct page *p = page_head(virt_to_page(slots[i]));
		struct kmem_node *home = &c->node[page_node_id(p)];

		if (home != n) {
			if (n != NULL)
				spin_unlock(&n->lock);
			n = home;
			spin_lock(&n->lock);
		}
		if (p->inuse == p->objects)
			list_move(&p->link, &n->partial);
		slab_give(c, p, slots[i]);
		n->inuse--;
		if (p->inuse != 0)
			continue;
		if (n->nr_empty < SLAB_MAX_EMPTY) {
			n->nr_empty++;
			list_move(&p->link, &n->empty);
		} else {
			n->nr_slabs--;
			list_move(&p->link, spare);
		}
	}
	if (n != NULL)
		spin_unlock(&n->lock);
}

static unsigned long free_spare(struct kmem_cache *c, struct list *spare)
{
	struct page *p, *next;
	unsigned long frames = 0;

	list_for_each_safe(p, next, spare, link) {
		slab_page_free(c, p);
		frames += 1UL << c->order;
	}
	return frames;
}

/* --- magazines --- */

static struct kmem_cache *magazine_home(unsigned slots)
{
	return kmalloc_caches[kmalloc_index(sizeof(struct magazine) + slots * sizeof(void *))];
}

/* => interrupts off */
static struct magazine *magazine_make(struct kmem_cache *c)
{
	struct kmem_cache *home = magazine_home(c->mag_limit);
	struct magazine *m;
	void *slot;

	if (home == NULL || take_slots(home, &slot, 1) == 0)
		return &no_magazine;
	__atomic_fetch_add(&home->hidden, 1, __ATOMIC_RELAXED);
	m = slot_to_obj(home, slot);
	m->top = m->slot;
	m->end = m->slot + c->mag_limit;
	c->mag[hart_id()] = m;
	return m;
}

/* This hart has a magazine of the cache, or there can be none yet. => irqs as they were */
static bool have_magazine(struct kmem_cache *c)
{
	unsigned long flags = irq_save();
	bool have = limit(c->mag[hart_id()]) > 0 || magazine_home(c->mag_limit) == NULL ||
		    limit(magazine_make(c)) > 0;

	irq_restore(flags);
	return have;
}

/* A new slab for its node's lists; false: no memory. => irqs as they were */
static bool stock(struct kmem_cache *c, gfp_t gfp)
{
	struct page *p = slab_make(c, gfp);
	struct kmem_node *here = &c->node[slab_this_node()];

	WRITE_ONCE(here->away, p == NULL || here != &c->node[page_node_id(p)]);
	if (p != NULL) {
		struct kmem_node *n = &c->node[page_node_id(p)];
		unsigned long flags = spin_lock_irqsave(&n->lock);

		list_add(&p->link, &n->empty);
		n->nr_empty++;
		n->nr_slabs++;
		spin_unlock_irqrestore(&n->lock, flags);
	}
	return p != NULL;
}

/* Half fill an empty magazine; the first slot of a slab comes out first. => interrupts off */
static void refill(struct kmem_cache *c, struct magazine *m)
{
	unsigned got = take_slots(c, m->slot, (limit(m) + 1) / 2);

	for (unsigned i = 0; i < got / 2; i++) {
		void *t = m->slot[i];

		m->slot[i] = m->slot[got - 1 - i];
		m->slot[got - 1 - i] = t;
	}
	m->top = m->slot + got;
	count_vm_event(SLAB_REFILL);
}

/* From the hart's magazine or the slabs there are; NULL: they are used up. */
static void *take_one(struct kmem_cache *c)
{
	unsigned long flags = irq_save();
	struct magazine *m = c->mag[hart_id()];
	void *slot = NULL;

	if (held(m) == 0 && limit(m) > 0)
		refill(c, m);
	if (held(m) > 0)
		slot = *--m->top;
	else
		take_slots(c, &slot, 1);
	irq_restore(flags);
	return slot;
}

void *layout_alloc_slow(struct kmem_cache *c, gfp_t gfp)
{
	/* No free slot in the cache that magazines come from: give it a slab now.  Perhaps
	 * nobody else ever will, and this hart would never get a magazine. */
	if (unlikely(!have_magazine(c)) && stock(magazine_home(c->mag_limit), gfp))
		have_magazine(c);
	for (;;) {
		void *slot = take_one(c);

		if (slot != NULL)
			return slot;
		if (!stock(c, gfp))
			return take_one(c);	/* what is free elsewhere, or was given back */
	}
}

void layout_free_slow(struct kmem_cache *c, void *slot)
{
	struct list spare = LIST_INIT(spare);
	unsigned long flags = irq_save();
	struct magazine *m = c->mag[hart_id()];

	if (limit(m) == 0)
		m = magazine_make(c);
	if (limit(m) == 0) {
		node_give(c, &slot, 1, &spare);
	} else {
		if (m->top == m->end) {
			unsigned cold = (limit(m) + 1) / 2;

			count_vm_event(SLAB_FLUSH);
			node_give(c, m->slot, cold, &spare);
			m->top -= cold;
			memmove(m->slot, m->slot + cold, held(m) * sizeof(void *));
		}
		*m->top++ = slot;
	}
	irq_restore(flags);
	free_spare(c, &spare);
}

void layout_flush_hart(struct kmem_cache *c)
{
	struct list spare = LIST_INIT(spare);
	struct magazine *m = c->mag[hart_id()];
	unsigned n = held(m);

	if (n == 0)
		return;
	m->top = m->slot;
	node_give(c, m->slot, n, &spare);
	free_spare(c, &spare);
}

u64 layout_cached(const struct kmem_cache *c)
{
	u64 n = 0;

	for (unsigned h = 0; h < NR_HARTS; h++)
		n += held(c->mag[h]);
	return n;
}

unsigned long layout_shrink(struct kmem_cache *c)
{
	unsigned long frames = 0;

	for (unsigned i = 0; i < nr_nodes; i++) {
		struct kmem_node *n = &c->node[i];
		struct list spare = LIST_INIT(spare);
		unsigned long flags = spin_lock_irqsave(&n->lock);

		n->nr_slabs -= n->nr_empty;
		n->nr_empty = 0;
		list_splice_tail_init(&n->empty, &spare);
		spin_unlock_irqrestore(&n->lock, flags);
		frames += free_spare(c, &spare);
	}
	return frames;
}

void layout_release(struct kmem_cache *c)
{
	struct kmem_cache *home = magazine_home(c->mag_limit);

	for (unsigned h = 0; h < NR_HARTS; h++) {
		struct list spare = LIST_INIT(spare);
		unsigned long flags;
		void *slot;

		if (c->mag[h] == &no_magazine)
			continue;
		slot = obj_to_slot(home, c->mag[h]);
#ifdef SLAB_DEBUG
		slab_debug_birth(home, slot);	/* never was an object: make it look free */
#endif
		flags = irq_save();
		node_give(home, &slot, 1, &spare);
		__atomic_fetch_sub(&home->hidden, 1, __ATOMIC_RELAXED);
		irq_restore(flags);
		free_spare(home, &spare);
		c->mag[h] = &no_magazine;
	}
}

void layout_for_each_slab(struct kmem_cache *c, struct kmem_node *n,
			  void (*fn)(struct kmem_cache *c, struct page *page, void *arg), void *arg)
{
	struct list *lists[] = { &n->partial, &n->full };
	struct page *p;

	for (unsigned i = 0; i < ARRAY_SIZE(lists); i++)
		list_for_each(p, lists[i], link)
			fn(c, p, arg);
}

#endif
