// SPDX-License-Identifier: MIT
/*
 * slab.c - caches of equal objects: the interface, and what every layout shares.
 *
 * Problem: the kernel wants objects of 40 bytes, the page allocator sells 4096.
 * Cutting pages into pieces of arbitrary size is what malloc does, with headers,
 * searching and holes.  Idea: most kernel objects come in a few dozen sizes, many of
 * each.  Give every kind its own pages (slabs), cut into equal slots: nothing is
 * searched, no header is needed, a hole fits the next object exactly, and what one
 * kind wastes at the end of a slab is bounded and known.
 *
 * And since an object that was freed is likely to be made again soon, it may keep
 * its constructed state: the constructor runs when the slab is made, not at every
 * allocation.
 *
 * A slab is a block of the buddy, its head marked PG_SLAB with the cache in
 * page->cache.  From any address in it page_head(virt_to_page(addr)) finds the cache:
 * kfree needs no size.
 *
 * In front of the slabs each hart has some free slots of its own.  The short way is a
 * few instructions with interrupts off, no lock (slab_internal.h).  What lies behind
 * is the layout's: slab_mag.c, slab_slub.c, slab_slob.c.
 *
 *   S1  a slot is in exactly one place: live, on one hart's list, or free in its slab;
 *   S2  node->inuse counts the slots of the node's slabs that are not free in them;
 *   S3  page->inuse <= page->objects; the lists say which slabs are full, partial or empty
 *       (SLUB keeps its one empty slab among the partial ones).
 *
 * Locks: interrupts off for a hart's own; node->lock inside (taken with interrupts
 * off), under it nothing.  slab_list_lock guards the list of caches; who walks it to
 * flush or shrink them all frees pages, and calls dtors, under it.  Else pages are
 * allocated and freed with no lock held.
 * Failure: NULL, nothing changed.
 */
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/slab_internal.h"
#include "mm/phys/fault_inject.h"
#include "uapi/errno.h"

#define REPORT_MOST	16		/* objects that a refused destroy names */

struct list slab_caches = LIST_INIT(slab_caches);
spinlock_t slab_list_lock = SPINLOCK_INIT("slab_list");

/* The cache of caches, and room for itself. */
static char boot_cache[sizeof(struct kmem_cache) + NR_NODES * sizeof(struct kmem_node)] __aligned(64);
struct kmem_cache *kmem_cache_cache = (struct kmem_cache *)boot_cache;

/* --- slabs --- */

struct page *slab_page_alloc(struct kmem_cache *c, gfp_t gfp)
{
	struct page *p;

	debug_assert(!(gfp & (__GFP_MOVABLE | __GFP_DMA32)));
	gfp &= ~(__GFP_ZERO | __GFP_MOVABLE | __GFP_DMA32 | __GFP_HARDWALL);
	if (c->flags & SLAB_RECLAIMABLE)
		gfp |= __GFP_RECLAIMABLE;
	if (c->order > 0)
		gfp |= __GFP_COMP;
	p = alloc_pages(gfp, c->order);
	if (p == NULL)
		return NULL;
	p->cache = c;
	p->inuse = 0;			/* over page->order, which c->order remembers */
	p->objects = c->objects;
	p->index = 0;
	p->flags |= PG_SLAB;
	mod_page_state(p, c->flags & SLAB_RECLAIMABLE ? NR_SLAB_RECLAIMABLE : NR_SLAB_UNRECLAIMABLE,
		       1 << c->order);
	return p;
}

void slab_page_free(struct kmem_cache *c, struct page *p)
{
	if (c->dtor != NULL)
		for (unsigned i = 0; i < p->objects; i++)
			c->dtor(slot_to_obj(c, (char *)slab_base(c, p) + (size_t)i * c->size));
	mod_page_state(p, c->flags & SLAB_RECLAIMABLE ? NR_SLAB_RECLAIMABLE : NR_SLAB_UNRECLAIMABLE,
		       -(1 << c->order));
	p->flags &= ~(PG_SLAB | PG_ACTIVE);
	p->order = c->order;
	p->cache = NULL;
	free_pages(p, c->order);
}

void slot_birth(struct kmem_cache *c, void *slot)
{
#ifdef SLAB_DEBUG
	slab_debug_birth(c, slot);
#endif
	if (c->ctor != NULL)
		c->ctor(slot_to_obj(c, slot));
}

/* --- the interface --- */

/* Everything but the short way. */
static __noinline void *cache_alloc_slow(struct kmem_cache *c, gfp_t gfp, vaddr_t caller)
{
	void *slot, *obj;

	if (should_fail(FAULT_SLAB, c->object_size, gfp))
		return NULL;
	slot = layout_alloc_slow(c, gfp);
	if (slot == NULL)
		return NULL;
	obj = slot_to_obj(c, slot);
	(void)caller;
#ifdef SLAB_DEBUG
	slab_debug_alloc(c, obj, caller);
#endif
	if (gfp & __GFP_ZERO)
		memset(obj, 0, c->object_size);
	return obj;
}

void *kmem_cache_alloc(struct kmem_cache *c, gfp_t gfp)
{
	vaddr_t caller = (vaddr_t)__builtin_return_address(0);
	unsigned long flags;
	void *slot;

	might_alloc(gfp);
	if (unlikely(READ_ONCE(fault_inject_on)))
		return cache_alloc_slow(c, gfp, caller);
	flags = irq_save();
	slot = layout_alloc_fast(c);
	irq_restore(flags);
	if (unlikely(slot == NULL))
		return cache_alloc_slow(c, gfp, caller);
#ifdef SLAB_DEBUG
	slot = slot_to_obj(c, slot);
	slab_debug_alloc(c, slot, caller);
#endif
	if (unlikely(gfp & __GFP_ZERO))
		return memset(slot, 0, c->object_size);
	return slot;
}

void *kmem_cache_zalloc(struct kmem_cache *c, gfp_t gfp)
{
	return kmem_cache_alloc(c, gfp | __GFP_ZERO);
}

static __always_inline void free_slot(struct kmem_cache *c, void *slot)
{
	unsigned long flags = irq_save();
	bool done = layout_free_fast(c, slot);

	irq_restore(flags);
	if (unlikely(!done))
		layout_free_slow(c, slot);
}

void kmem_cache_free(struct kmem_cache *c, void *obj)
{
	if (unlikely(obj == NULL))
		return;
#ifdef SLAB_DEBUG
	if (!slab_debug_free(c, obj, (vaddr_t)__builtin_return_address(0)))
		return;
#endif
	free_slot(c, obj_to_slot(c, obj));
}

void kfree(void *obj)
{
	struct page *p;

	if (unlikely(obj == NULL))
		return;
#ifdef SLAB_DEBUG
	if (!slab_debug_is_memory(obj, (vaddr_t)__builtin_return_address(0)))
		return;
#endif
	p = page_head(virt_to_page(obj));
	if (likely(p->flags & PG_SLAB)) {
#ifdef CONFIG_SLOB
		struct kmem_cache *c = ((struct kmem_cache **)obj)[-1];
#else
		struct kmem_cache *c = p->cache;
#endif
#ifdef SLAB_DEBUG
		if (!slab_debug_free(c, obj, (vaddr_t)__builtin_return_address(0)))
			return;
#endif
		free_slot(c, obj_to_slot(c, obj));
		return;
	}
	if (unlikely(obj != page_address(p) || page_refs(p) == 0 ||
		     (p->flags & (PG_RESERVED | PG_PGTABLE | PG_LRU))))
		panic("kfree: %p was not allocated (pfn %lx flags %x)", obj, page_to_pfn(p), p->flags);
	free_pages(p, p->flags & PG_HEAD ? p->order : 0);
}

size_t kmem_cache_size(const struct kmem_cache *c)
{
	return c->object_size;
}

/* --- creation and the end --- */

static void cache_init(struct kmem_cache *c, const char *name, size_t size, size_t align, u32 flags,
		       void (*ctor)(void *), void (*dtor)(void *))
{
	unsigned long irq;

	memset(c, 0, sizeof(*c) + nr_nodes * sizeof(c->node[0]));
	c->name = name;
	c->object_size = size;
	c->flags = flags;
	c->ctor = ctor;
	c->dtor = dtor;
	align = MAX(align, sizeof(void *));
	if (flags & SLAB_HWALIGN) {
		size_t line = 64;

		while (line > align && size <= line / 2)
			line /= 2;		/* several small objects share a line */
		align = MAX(align, line);
	}
	c->align = align;
	c->size = ALIGN_UP(size, align);
	for (unsigned n = 0; n < nr_nodes; n++) {
		spin_lock_init(&c->node[n].lock, "slab_node");
		list_init(&c->node[n].partial);
		list_init(&c->node[n].full);
		list_init(&c->node[n].empty);
	}
#ifdef SLAB_DEBUG
	slab_debug_layout(c);
#endif
	if (!layout_setup(c)) {
		c->objects = 0;
		return;
	}
	irq = spin_lock_irqsave(&slab_list_lock);
	list_add_tail(&c->link, &slab_caches);
	spin_unlock_irqrestore(&slab_list_lock, irq);
}

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align, u32 flags,
				     void (*ctor)(void *obj), void (*dtor)(void *obj))
{
	struct kmem_cache *c = NULL;

	if (name != NULL && size > 0 && size <= MIB(2) && (align & (align - 1)) == 0 &&
	    align <= PAGE_SIZE)
		c = kmem_cache_alloc(kmem_cache_cache, GFP_KERNEL);
	if (c != NULL) {
		cache_init(c, name, size, align, flags, ctor, dtor);
		if (c->objects != 0)
			return c;
		kmem_cache_free(kmem_cache_cache, c);
	}
	if (flags & SLAB_PANIC)
		panic("kmem_cache_create: %s, %lu bytes: no memory or bad arguments", name,
		      (unsigned long)size);
	return NULL;
}

static void flush_cache(void *cache)
{
	layout_flush_hart(cache);
}

u64 kmem_cache_live(struct kmem_cache *c)
{
	u64 n = 0, cached = layout_cached(c);

	for (unsigned i = 0; i < nr_nodes; i++)
		n += READ_ONCE(c->node[i].inuse);
	cached += READ_ONCE(c->hidden);
	return n > cached ? n - cached : 0;
}

/* The live objects of a slab, as many as may still be shown. */
static void show_live(struct kmem_cache *c, struct page *p, void *may_show)
{
	u64 *left = may_show;

	for (unsigned i = 0; i < p->objects && *left > 0; i++) {
		char *slot = (char *)slab_base(c, p) + (size_t)i * c->size;

		if (layout_slot_free(c, p, slot))
			continue;
		--*left;
		printk("  object %u of slab %p: %p\n", i, page_address(p), slot_to_obj(c, slot));
#ifdef SLAB_DEBUG
		slab_debug_show_sites(c, slot_to_obj(c, slot));
#endif
	}
}

/* A destroy is refused: say who stands in its way. */
static void report_live(struct kmem_cache *c)
{
	u64 live = kmem_cache_live(c), left = MIN(live, (u64)REPORT_MOST);
	u64 shown = left;

	printk("slab: cache %s still has %lu objects\n", c->name, (unsigned long)live);
	for (unsigned i = 0; i < nr_nodes; i++) {
		unsigned long irq = spin_lock_irqsave(&c->node[i].lock);

		layout_for_each_slab(c, &c->node[i], show_live, &left);
		spin_unlock_irqrestore(&c->node[i].lock, irq);
	}
	shown -= left;
	if (live > shown)
		printk("  (%lu not shown)\n", (unsigned long)(live - shown));
}

int kmem_cache_destroy(struct kmem_cache *c)
{
	unsigned long irq;

	if (c == NULL)
		return 0;
	hart_call_all(flush_cache, c);
	if (kmem_cache_live(c) != 0) {
		report_live(c);
		return -EBUSY;
	}
	irq = spin_lock_irqsave(&slab_list_lock);
	list_del(&c->link);
	spin_unlock_irqrestore(&slab_list_lock, irq);
	layout_shrink(c);
	layout_release(c);
	kmem_cache_free(kmem_cache_cache, c);
	return 0;
}

unsigned long kmem_cache_shrink(struct kmem_cache *c)
{
	hart_call_all(flush_cache, c);
	return layout_shrink(c);
}

static void flush_caches(void *arg)
{
	unsigned long irq = spin_lock_irqsave(&slab_list_lock);
	struct kmem_cache *c;

	(void)arg;
	list_for_each(c, &slab_caches, link)
		layout_flush_hart(c);
	spin_unlock_irqrestore(&slab_list_lock, irq);
}

void kmem_flush_all(void)
{
	hart_call_all(flush_caches, NULL);
}

unsigned long kmem_shrink_all(void)
{
	struct kmem_cache *c;
	unsigned long freed = 0, irq;

	kmem_flush_all();
	irq = spin_lock_irqsave(&slab_list_lock);
	list_for_each(c, &slab_caches, link)
		freed += layout_shrink(c);
	spin_unlock_irqrestore(&slab_list_lock, irq);
	count_vm_events(DROP_SLAB, freed);
	return freed;
}

void slab_init(void)
{
	cache_init(kmem_cache_cache, "kmem_cache",
		   sizeof(struct kmem_cache) + nr_nodes * sizeof(struct kmem_node), 64, SLAB_PANIC,
		   NULL, NULL);
	kmalloc_init();
}
