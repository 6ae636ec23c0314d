// SPDX-License-Identifier: MIT
/*
 * slab_debug.c - catching those who misuse the heap (debug builds).
 *
 * A slot is wider than its object:
 *
 *	| left red zone | object ... | right red zone | who allocated | who freed |
 *	0               red_left     + object_size    track_off
 *
 * The red zones hold one pattern while the object is live and another while it is
 * free.  A byte written before or behind the object changes them; freeing what is
 * free finds the wrong one.  A free object without a constructor is filled with a
 * pattern, and must still be when it is handed out again: else somebody wrote to it
 * after freeing it.  Each report names the cache, the object, what is wrong, and the
 * call chains that allocated and freed it last.
 *
 *   overrun, underrun    a red zone is damaged
 *   double free          the red zones say "free"
 *   foreign pointer      not in a slab, in another cache's slab, or not at a slot
 *   use after free       the pattern is damaged
 *
 * A reported object is not freed, so that the damage stays where it is.  The kernel
 * goes on: the tests provoke every report.
 */
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/slab_internal.h"
#ifdef __KERNEL__
#include "riscv/timer.h"
#include "riscv/trap.h"
#elif defined(SLAB_DEBUG)
static unsigned save_backtrace(vaddr_t *pcs, unsigned n, unsigned skip)
{
	(void)pcs; (void)n; (void)skip;
	return 0;
}
#endif

#ifdef SLAB_DEBUG

#define RED_LIVE	0xcc
#define RED_FREE	0xbb
#define POISON_FREE	0x6b	/* a pointer read from it is misaligned and not canonical */
#define POISON_NEW	0x5a
#define RED_BYTES	16
#define TRACK_PCS	6

struct site {
	vaddr_t pc[TRACK_PCS];
	int pid;
	u32 hart;
};

u32 slab_debug_reports;

void slab_debug_layout(struct kmem_cache *c)
{
	size_t n;

	c->red_left = ALIGN_UP(RED_BYTES, c->align);
	n = c->red_left + c->object_size + RED_BYTES;
	c->track_off = ALIGN_UP(n, sizeof(vaddr_t));
	c->size = ALIGN_UP(c->track_off + 2 * sizeof(struct site), c->align);
}

static struct site *site_of(struct kmem_cache *c, void *obj, bool freed)
{
	return (struct site *)((char *)obj_to_slot(c, obj) + c->track_off) + freed;
}

/* Where the right red zone ends: up to the alignment of the sites. */
static size_t right_bytes(const struct kmem_cache *c)
{
	return c->track_off - c->red_left - c->object_size;
}

static void paint(struct kmem_cache *c, void *obj, u8 red)
{
	memset((char *)obj - RED_BYTES, red, RED_BYTES);
	memset((char *)obj + c->object_size, red, right_bytes(c));
}

/* The first byte that is not v, or NULL. */
static const u8 *differs(const void *p, u8 v, size_t n)
{
	const u8 *b = p;

	for (size_t i = 0; i < n; i++)
		if (b[i] != v)
			return &b[i];
	return NULL;
}

static void note_site(struct site *s, vaddr_t caller)
{
	memset(s, 0, sizeof(*s));
	if (save_backtrace(s->pc, TRACK_PCS, 2) == 0)
		s->pc[0] = caller;
	s->pid = current->pid;
	s->hart = hart_id();
}

static void show_site(const char *what, const struct site *s)
{
	if (s->pc[0] == 0) {
		printk("  %s: never\n", what);
		return;
	}
	printk("  %s by pid %d on hart %u:\n", what, s->pid, s->hart);
	for (unsigned i = 0; i < TRACK_PCS && s->pc[i] != 0; i++)
		printk("    %pS\n", (void *)s->pc[i]);
}

void slab_debug_show_sites(struct kmem_cache *c, void *obj)
{
	show_site("allocated", site_of(c, obj, false));
	show_site("freed", site_of(c, obj, true));
}

static void report(struct kmem_cache *c, void *obj, const char *what, const u8 *at, u8 want)
{
	slab_debug_reports++;
	printk("slab: %s: cache %s, object %p (%u bytes)\n", what, c->name, obj, c->object_size);
	if (at != NULL)
		printk("  byte %ld is %02x, not %02x\n", (long)(at - (const u8 *)obj), *at, want);
	slab_debug_show_sites(c, obj);
}

void slab_debug_birth(struct kmem_cache *c, void *slot)
{
	void *obj = slot_to_obj(c, slot);

	memset(slot, 0, c->red_left);
	memset(site_of(c, obj, false), 0, 2 * sizeof(struct site));
	paint(c, obj, RED_FREE);
	if (c->ctor == NULL)
		memset(obj, POISON_FREE, c->object_size);
}

/* Damage to the red zones, which should hold v. */
static const u8 *check_red(struct kmem_cache *c, void *obj, u8 v)
{
	const u8 *at = differs((char *)obj - RED_BYTES, v, RED_BYTES);

	return at != NULL ? at : differs((char *)obj + c->object_size, v, right_bytes(c));
}

void slab_debug_alloc(struct kmem_cache *c, void *obj, vaddr_t caller)
{
	const u8 *at = check_red(c, obj, RED_FREE);

	if (at != NULL) {
		report(c, obj, "free object's red zone damaged", at, RED_FREE);
	} else if (c->ctor == NULL) {
		at = differs(obj, POISON_FREE, c->object_size);
		if (at != NULL)
			report(c, obj, "use after free", at, POISON_FREE);
	}
	paint(c, obj, RED_LIVE);
	if (c->ctor == NULL)
		memset(obj, POISON_NEW, c->object_size);
	note_site(site_of(c, obj, false), caller);
}

static bool is_memory(const void *obj)
{
	return (vaddr_t)obj >= (vaddr_t)__va(0) && pfn_valid(__pa(obj) >> PAGE_SHIFT);
}

bool slab_debug_is_memory(const void *obj, vaddr_t caller)
{
	if (is_memory(obj))
		return true;
	slab_debug_reports++;
	printk("slab: foreign pointer: %p is not memory\n  freed from %pS\n", obj, (void *)caller);
	return false;
}

/* Is obj at a slot of a slab of c? */
static bool belongs(struct kmem_cache *c, void *obj)
{
	struct page *p;
	size_t off;

	if (!is_memory(obj)) {
		printk("slab: foreign pointer: %p is not memory, freed to cache %s\n", obj, c->name);
		return false;
	}
	p = page_head(virt_to_page(obj));
	if (!(p->flags & PG_SLAB)) {
		printk("slab: foreign pointer: %p is in no slab, freed to cache %s\n", obj, c->name);
		return false;
	}
	if (p->cache != c) {
		printk("slab: wrong cache: %p of cache %s freed to cache %s\n", obj, p->cache->name,
		       c->name);
		slab_debug_show_sites(p->cache, obj);
		return false;
	}
	off = (char *)obj_to_slot(c, obj) - (char *)slab_base(c, p);
	if (off % c->size != 0 || off / c->size >= p->objects) {
		printk("slab: foreign pointer: %p is inside an object of cache %s\n", obj, c->name);
		return false;
	}
	return true;
}

bool slab_debug_free(struct kmem_cache *c, void *obj, vaddr_t caller)
{
	const u8 *at;

	if (!belongs(c, obj)) {
		slab_debug_reports++;
		printk("  freed from %pS\n", (void *)caller);
		return false;
	}
	at = check_red(c, obj, RED_LIVE);
	if (at != NULL) {
		if (check_red(c, obj, RED_FREE) == NULL)
			report(c, obj, "double free", NULL, 0);
		else
			report(c, obj, at < (u8 *)obj ? "underrun" : "overrun", at, RED_LIVE);
		printk("  now freed from %pS\n", (void *)caller);
		return false;
	}
	paint(c, obj, RED_FREE);
	if (c->ctor == NULL)
		memset(obj, POISON_FREE, c->object_size);
	note_site(site_of(c, obj, true), caller);
	return true;
}

#endif
