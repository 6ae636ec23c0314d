// SPDX-License-Identifier: MIT
/*
 * slab_slob.c - the SLOB layout: a plain heap, for machines where every page counts.
 *
 * Objects of all caches share pages, packed tightly.  A page's free blocks form a
 * list in address order; allocating takes the first that fits (K&R's allocator, one
 * page at a time), freeing joins neighbours.  There is nothing in front of it and
 * nothing held back: a hundred caches with one object each cost one page where the
 * other layouts take a hundred.  In exchange each operation takes one lock for the
 * whole machine and searches.
 *
 * A free block of n units (8 bytes) holds n and the unit number of the next one.
 * The pages are on three lists by the size of the objects they take, so that small
 * objects do not eat up the holes that large ones need, and three more for caches that a
 * shrinker empties.  An object above half a page gets a block of the buddy of its own.
 *
 * A kmalloc object carries its cache in the word before it, because struct page cannot
 * say whose it is.  Constructors run at every allocation, destructors at every
 * freeing: nothing stays constructed.  There are no slots, so debug builds do not
 * watch objects in this layout.
 *
 *   O1  a page's free list is in address order and no two of its blocks touch;
 *   O2  page->inuse counts the units that are not free.
 *
 * Locks: slob_lock, interrupts off, a leaf.
 */
#include "lib/printk.h"
#include "mm/kmem/slab_internal.h"

#ifdef CONFIG_SLOB

#define UNIT		8U
#define PAGE_UNITS	(PAGE_SIZE / UNIT)

struct block {
	u32 units;
	u32 next;		/* unit number in the page; PAGE_UNITS: none */
};

static struct list slob_pages[6] = {
	LIST_INIT(slob_pages[0]), LIST_INIT(slob_pages[1]), LIST_INIT(slob_pages[2]),
	LIST_INIT(slob_pages[3]), LIST_INIT(slob_pages[4]), LIST_INIT(slob_pages[5]),
};
static spinlock_t slob_lock = SPINLOCK_INIT("slob");

/* page->index: number of the first free unit; page->objects: which list */

static struct block *at(const struct page *p, u32 unit)
{
	return (struct block *)((char *)page_address(p) + unit * UNIT);
}

static void *page_take(struct page *p, u32 units, u32 align)
{
	u32 prev = PAGE_UNITS, b, next;

	for (b = p->index; b != PAGE_UNITS; prev = b, b = next) {
		u32 start = ALIGN_UP(b, MAX(align / UNIT, 1U)), n = at(p, b)->units;

		next = at(p, b)->next;
		if (start + units > b + n)
			continue;
		if (start + units < b + n) {		/* the rest behind stays free */
			at(p, start + units)->units = b + n - start - units;
			at(p, start + units)->next = next;
			next = start + units;
		}
		if (start > b) {			/* and what alignment skipped */
			at(p, b)->units = start - b;
			at(p, b)->next = next;
		} else if (prev == PAGE_UNITS) {
			p->index = next;
		} else {
			at(p, prev)->next = next;
		}
		p->inuse += units;
		return at(p, start);
	}
	return NULL;
}

static void page_give(struct page *p, void *obj, u32 units)
{
	u32 me = ((vaddr_t)obj & (PAGE_SIZE - 1)) / UNIT, prev = PAGE_UNITS, b = p->index;

	while (b != PAGE_UNITS && b < me) {
		prev = b;
		b = at(p, b)->next;
	}
	p->inuse -= units;
	at(p, me)->units = units;
	at(p, me)->next = b;
	if (b != PAGE_UNITS && me + units == b) {
		at(p, me)->units += at(p, b)->units;
		at(p, me)->next = at(p, b)->next;
	}
	if (prev == PAGE_UNITS) {
		p->index = me;
	} else if (prev + at(p, prev)->units == me) {
		at(p, prev)->units += at(p, me)->units;
		at(p, prev)->next = at(p, me)->next;
	} else {
		at(p, prev)->next = me;
	}
}

/* --- the layout's part --- */

static u32 header(const struct kmem_cache *c)
{
	return c->flags & SLAB_KMALLOC ? sizeof(void *) : 0;
}

static bool own_block(const struct kmem_cache *c)
{
	return c->size > PAGE_SIZE / 2;
}

bool layout_setup(struct kmem_cache *c)
{
	c->size = ALIGN_UP(c->object_size + header(c), UNIT);
	while (own_block(c) && PAGE_SIZE << c->order < c->size)
		if (++c->order > MAX_ORDER)
			return false;
	c->objects = own_block(c) ? 1 : PAGE_SIZE / c->size;
	return true;
}

void *slab_base(const struct kmem_cache *c, const struct page *p)
{
	(void)c;
	return page_address(p);
}

static unsigned list_of(const struct kmem_cache *c)
{
	unsigned size_class = c->size < 256 ? 0 : c->size < 1024 ? 1 : 2;

	return c->flags & SLAB_RECLAIMABLE ? 3 + size_class : size_class;
}

static void *finish(struct kmem_cache *c, void *mem)
{
	if (c->flags & SLAB_KMALLOC) {
		*(struct kmem_cache **)mem = c;
		mem = (char *)mem + header(c);
	}
	__atomic_fetch_add(&c->node[0].inuse, 1, __ATOMIC_RELAXED);
	if (c->ctor != NULL)
		c->ctor(mem);
	return mem;
}

/* A page or block, marked as the heap's. */
static struct page *heap_page(struct kmem_cache *c, gfp_t gfp)
{
	struct page *p = slab_page_alloc(c, gfp);

	if (p != NULL)
		p->cache = NULL;
	return p;
}

void *layout_alloc_slow(struct kmem_cache *c, gfp_t gfp)
{
	struct list *pages = &slob_pages[list_of(c)];
	unsigned long flags;
	struct page *p;
	void *mem = NULL;

	if (own_block(c)) {
		p = heap_page(c, gfp);
		return p == NULL ? NULL : finish(c, page_address(p));
	}
	flags = spin_lock_irqsave(&slob_lock);
	list_for_each(p, pages, link) {
		mem = PAGE_UNITS - p->inuse < c->size / UNIT ? NULL :
		      page_take(p, c->size / UNIT, c->align);
		if (mem != NULL)
			break;
	}
	spin_unlock_irqrestore(&slob_lock, flags);
	if (mem == NULL) {
		p = heap_page(c, gfp);
		if (p == NULL)
			return NULL;
		p->index = 0;
		p->objects = list_of(c);
		*at(p, 0) = (struct block){ PAGE_UNITS, PAGE_UNITS };
		flags = spin_lock_irqsave(&slob_lock);
		mem = page_take(p, c->size / UNIT, c->align);
		list_add(&p->link, pages);
		spin_unlock_irqrestore(&slob_lock, flags);
	}
	return finish(c, mem);
}

void layout_free_slow(struct kmem_cache *c, void *obj)
{
	void *mem = (char *)obj - header(c);
	struct page *p = page_head(virt_to_page(mem));
	unsigned long flags;
	bool gone = true;

	if (c->dtor != NULL)
		c->dtor(obj);
	__atomic_fetch_sub(&c->node[0].inuse, 1, __ATOMIC_RELAXED);
	if (!own_block(c)) {
		flags = spin_lock_irqsave(&slob_lock);
		page_give(p, mem, c->size / UNIT);
		gone = p->inuse == 0;
		if (gone)
			list_del(&p->link);
		spin_unlock_irqrestore(&slob_lock, flags);
	}
	if (!gone)
		return;
	mod_page_state(p, c->flags & SLAB_RECLAIMABLE ? NR_SLAB_RECLAIMABLE : NR_SLAB_UNRECLAIMABLE,
		       -(1 << c->order));
	p->flags &= ~PG_SLAB;
	p->order = c->order;
	free_pages(p, c->order);
}

void layout_flush_hart(struct kmem_cache *c) { (void)c; }
u64 layout_cached(const struct kmem_cache *c) { (void)c; return 0; }
unsigned long layout_shrink(struct kmem_cache *c) { (void)c; return 0; }
void layout_release(struct kmem_cache *c) { (void)c; }

void layout_for_each_slab(struct kmem_cache *c, struct kmem_node *n,
			  void (*fn)(struct kmem_cache *c, struct page *page, void *arg), void *arg)
{
	(void)c;
	(void)n;
	(void)fn;
	(void)arg;
}

bool layout_slot_free(const struct kmem_cache *c, const struct page *p, const void *slot)
{
	(void)c;
	(void)p;
	(void)slot;
	return true;
}

#endif
