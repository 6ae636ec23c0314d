// SPDX-License-Identifier: MIT
/*
 * slab_internal.h - what the three layouts share: the cache, its nodes, the hooks.
 *
 * slab.c holds the interface and what is common; one of slab_mag.c, slab_slub.c and
 * slab_slob.c is compiled, chosen by SLAB=slab|slub|slob of the build, and provides
 * the functions under "a layout's part".  The short ways are inline here, so that the
 * compiler joins them with the interface functions.
 *
 * A slot is what the layout hands out, c->size bytes; the object lies in it, at the
 * start but in debug builds, where red zones surround it (slab_debug.c).
 *
 * Locks: (n) node->lock, interrupts off  (h) the hart itself, interrupts off
 *        (s) slab_list_lock  (c) constant after creation  (a) read and written once, racily
 */
#ifndef MM_SLAB_INTERNAL_H
#define MM_SLAB_INTERNAL_H

#include "mm/kmem/slab.h"
#include "mm/phys/vmstat.h"
#include "mm/phys/zone.h"

#if !defined(CONFIG_SLAB) && !defined(CONFIG_SLUB) && !defined(CONFIG_SLOB)
#define CONFIG_SLAB		/* the fastest of the three; see README.md */
#endif
#if defined(CONFIG_DEBUG) && !defined(CONFIG_SLOB)
#define SLAB_DEBUG		/* SLOB has no slots to watch */
#endif

#define SLAB_KMALLOC	0x100u	/* one of kmalloc's */

#define SLAB_MAX_EMPTY	1	/* empty slabs a node keeps of a cache */

struct kmem_node {
	spinlock_t lock;
	struct list partial, full, empty;	/* (n) of struct page.link; SLUB has two others: */
	struct page *partial_head, *full_head;	/* (n) SLUB's, by page->slab_next */
	u32 nr_empty;				/* (n) */
	bool away;				/* (a) SLAB: the last slab for the harts here had
						 * to be made on another node */
	u64 nr_slabs;				/* (n) */
	u64 inuse;				/* (n) slots out of the slabs: live, or on a hart's list */
};

/* A hart's stack of free slots of one cache. */
struct magazine {
	void **top;			/* (h) one above the slot put there last */
	void **end;			/* (c) */
	void *slot[];			/* (h) */
};

struct kmem_hart {
	void *freelist;			/* (h) free slots of page that are this hart's */
	struct page *page;		/* (h) frozen: on no list */
};

struct kmem_cache {
#if defined(CONFIG_SLUB)
	struct kmem_hart hart[NR_HARTS];	/* (h) */
#elif defined(CONFIG_SLAB)
	struct magazine *mag[NR_HARTS];	/* (h) */
#endif
	u32 object_size;		/* (c) as asked for */
	u32 size;			/* (c) of a slot */
	u32 align;			/* (c) */
	u32 flags;			/* (c) SLAB_* */
	u16 objects;			/* (c) slots of a slab */
	u8 order;			/* (c) of a slab's block */
	u8 mag_limit;			/* (c) slots of a hart's magazine */
	u32 link_off;			/* (c) SLUB: where a free slot keeps the link */
	u16 head;			/* (c) SLAB: bytes of the free index before slot 0 */
	u16 colours, colour_next;	/* (c), (a) SLAB: number of offsets, the next one */
	u16 colour_step;		/* (c) */
	u16 red_left;			/* (c) debug: bytes before the object */
	u32 track_off;			/* (c) debug: where the two sites lie in the slot */
	u32 hidden;			/* atomic: slots that are magazines, not objects */
	void (*ctor)(void *obj);
	void (*dtor)(void *obj);
	const char *name;
	struct list link;		/* (s) every cache */
	struct kmem_node node[];	/* nr_nodes of them */
};

extern struct list slab_caches;		/* (s) */
extern spinlock_t slab_list_lock;
extern struct kmem_cache *kmem_cache_cache;

static inline unsigned slab_this_node(void)
{
	unsigned n = hart_to_node[hart_id()];

	return n < nr_nodes ? n : 0;
}

/* --- a layout's part --- */

/* Choose order, objects and the rest from size, align and flags; false: too large. */
bool layout_setup(struct kmem_cache *c);
void *layout_alloc_slow(struct kmem_cache *c, gfp_t gfp);
void layout_free_slow(struct kmem_cache *c, void *slot);
/* Give this hart's slots of c back to their slabs. => interrupts off */
void layout_flush_hart(struct kmem_cache *c);
unsigned long layout_shrink(struct kmem_cache *c);	/* frees empty slabs; frames */
void layout_release(struct kmem_cache *c);		/* last thing before c goes */
/* Slots on the harts' lists (other harts': as of now). */
u64 layout_cached(const struct kmem_cache *c);
/* First slot of a slab; its objects follow at c->size. => page is a slab's head */
void *slab_base(const struct kmem_cache *c, const struct page *page);
/* Call fn for each slab of the node with objects out, but for those that a hart holds
 * (layout_flush_hart) and SLOB's, which keep no account. => node->lock held */
void layout_for_each_slab(struct kmem_cache *c, struct kmem_node *n,
			  void (*fn)(struct kmem_cache *c, struct page *page, void *arg), void *arg);
/* Is this slot of the slab free in the slab? */
bool layout_slot_free(const struct kmem_cache *c, const struct page *page, const void *slot);

/* --- common helpers (slab.c) --- */

/* A new slab's block, its head marked and counted, slots not yet made; NULL. */
struct page *slab_page_alloc(struct kmem_cache *c, gfp_t gfp);
/* => every slot is free, the slab is on no list */
void slab_page_free(struct kmem_cache *c, struct page *page);
/* Slot made at a slab's birth: debug pattern, constructor. */
void slot_birth(struct kmem_cache *c, void *slot);

static __always_inline void *slot_to_obj(const struct kmem_cache *c, void *slot)
{
#ifdef SLAB_DEBUG
	return (char *)slot + c->red_left;
#else
	(void)c;
	return slot;
#endif
}
static __always_inline void *obj_to_slot(const struct kmem_cache *c, void *obj)
{
#ifdef SLAB_DEBUG
	return (char *)obj - c->red_left;
#else
	(void)c;
	return obj;
#endif
}

/* --- debug (slab_debug.c) --- */
void slab_debug_layout(struct kmem_cache *c);	/* widen the slot */
void slab_debug_birth(struct kmem_cache *c, void *slot);
void slab_debug_alloc(struct kmem_cache *c, void *obj, vaddr_t caller);
/* False: not to be freed; reported. */
bool slab_debug_is_memory(const void *obj, vaddr_t caller);
bool slab_debug_free(struct kmem_cache *c, void *obj, vaddr_t caller);
void slab_debug_show_sites(struct kmem_cache *c, void *obj);
extern u32 slab_debug_reports;			/* how many so far */

/* --- the short ways. => interrupts off --- */
#if defined(CONFIG_SLAB)
static __always_inline void *layout_alloc_fast(struct kmem_cache *c)
{
	struct magazine *m = c->mag[hart_id()];
	void **top = m->top, *slot;

	if (unlikely(top == m->slot))
		return NULL;
	slot = *--top;
	m->top = top;
	if (slot == NULL)
		__builtin_unreachable();
	return slot;
}
static __always_inline bool layout_free_fast(struct kmem_cache *c, void *slot)
{
	struct magazine *m = c->mag[hart_id()];
	void **top = m->top;

	if (unlikely(top == m->end))
		return false;
	*top = slot;
	m->top = top + 1;
	return true;
}
#elif defined(CONFIG_SLUB)
static __always_inline void **slot_link(const struct kmem_cache *c, void *slot)
{
	return (void **)((char *)slot + c->link_off);
}
static __always_inline void *layout_alloc_fast(struct kmem_cache *c)
{
	struct kmem_hart *h = &c->hart[hart_id()];
	void *slot = h->freelist;

	if (likely(slot != NULL))
		h->freelist = *slot_link(c, slot);
	return slot;
}
static __always_inline bool layout_free_fast(struct kmem_cache *c, void *slot)
{
	struct kmem_hart *h = &c->hart[hart_id()];

	if (unlikely(page_head(virt_to_page(slot)) != h->page))
		return false;
	*slot_link(c, slot) = h->freelist;
	h->freelist = slot;
	return true;
}
#else
static __always_inline void *layout_alloc_fast(struct kmem_cache *c) { (void)c; return NULL; }
static __always_inline bool layout_free_fast(struct kmem_cache *c, void *slot)
{
	(void)c;
	(void)slot;
	return false;
}
#endif

void kmalloc_init(void);			/* kmalloc.c: its caches; slab_init calls it */

#endif
