// SPDX-License-Identifier: MIT
/*
 * vmalloc.c - contiguous kernel addresses over single frames.
 *
 * Problem: physical memory splinters; after a day a block of 64 frames is luck.  But
 * addresses are plenty: 64 GiB of them, for RAM a fraction of that.  Idea: hand out
 * ranges of addresses, and put any frames behind them.
 *
 * The ranges (areas) are in a red-black tree by address.  Each area knows the hole
 * before it, and each tree node the largest hole below it, so the lowest hole that fits
 * is found in O(log n).  A last area of no size stands at the end of the
 * addresses in use, so that every hole is before some area.
 *
 * After every area a page stays unmapped: running off the end traps.
 *
 * Lazy flushing: telling all harts to forget translations costs thousands of
 * instructions, so freed areas are unmapped at once, but keep their addresses (AREA_DEAD)
 * until a batch of them is flushed with one call.  Until then a stale translation
 * can only serve a user who touches freed memory, and the addresses are not given to
 * anyone else.  The frames go back at once.
 *
 * A new mapping needs no flush: no hart that this kernel is known to run on remembers
 * that an address was not mapped.  The specification allows it (without Svvptc); on a hart
 * that does, map_new and ioremap would have to flush as the purge does.
 *
 * Kernel stacks are areas of THREAD_SIZE that start at a multiple of 2 * THREAD_SIZE.  So
 * the pointer of a stack that overflows has bit THREAD_SHIFT set, which the trap entry
 * sees, and rounding up gives the stack.  The page below a stack is always unmapped (the
 * guard of what lies before, or hole); the compiler warns of frames above 2 KiB
 * (-Wframe-larger-than), so that no function steps over it.  Each
 * hart keeps KSTACK_KEEP stacks, ready mapped: most forks reuse a stack whose owner
 * has just died.  When memory is short they are collected and unmapped (kstack_shrink).
 *
 *   A1  areas do not overlap, guard page included; all lie below vmalloc_limit;
 *   A2  area->hole is the distance from the previous area's end to area->start;
 *   A3  a dead area maps nothing.
 *
 * Locks: vmap_lock (interrupts off) guards tree and dead list.  Tables below are
 * kmap's; an area's leaves belong to who holds the area.
 * Failure: NULL; what was allocated meanwhile is given back.
 *
 * Rejected: a bitmap of pages (64 GiB are 2 MiB of it); a free list by size (holes
 * must be found by neighbour too, to join).
 */
#include "lib/printk.h"
#include "lib/rbtree.h"
#include "lib/string.h"
#include "mm/kmem/slab.h"
#include "mm/kmem/vmalloc.h"
#include "mm/kmem/vmap_internal.h"
#include "mm/phys/gfp.h"
#include "mm/phys/page.h"
#include "mm/phys/vmstat.h"
#include "proc/task.h"
#include "riscv/hart.h"
#include "riscv/kmap.h"
#include "uapi/errno.h"

#define PURGE_AREAS	32
#define PURGE_PAGES	1024
#define KSTACK_KEEP	4

struct rb_root vmap_areas = RB_ROOT_INIT;
spinlock_t vmap_lock = SPINLOCK_INIT("vmap");

static struct kmem_cache *area_cache;
static struct vm_area end_area;			/* the sentinel */
static struct list dead_areas = LIST_INIT(dead_areas);
static unsigned nr_dead;
static unsigned long dead_pages;

static struct {
	void *stack[KSTACK_KEEP];
	unsigned n;
} kstacks[NR_HARTS] __aligned(64);

/* --- the tree --- */

static bool update_hole(struct rb_node *n)
{
	struct vm_area *a = rb_entry(n, struct vm_area, node);
	size_t max = a->hole;

	if (n->left != NULL)
		max = MAX(max, rb_entry(n->left, struct vm_area, node)->max_hole);
	if (n->right != NULL)
		max = MAX(max, rb_entry(n->right, struct vm_area, node)->max_hole);
	if (a->max_hole == max)
		return false;
	a->max_hole = max;
	return true;
}

static void area_insert(struct vm_area *a)
{
	struct rb_node **link = &vmap_areas.node, *parent = NULL, *n;
	vaddr_t prev_end = VMALLOC_START;

	while (*link != NULL) {
		struct vm_area *x;

		parent = *link;
		x = rb_entry(parent, struct vm_area, node);
		link = a->start < x->start ? &parent->left : &parent->right;
	}
	rb_link(&a->node, parent, link);
	n = rb_prev(&a->node);
	if (n != NULL)
		prev_end = rb_entry(n, struct vm_area, node)->end;
	assert(a->start >= prev_end);
	a->hole = a->start - prev_end;
	a->max_hole = a->hole;
	rb_insert(&vmap_areas, &a->node, update_hole);
	rb_propagate(&a->node, update_hole);
	n = rb_next(&a->node);
	if (n != NULL) {
		struct vm_area *next = rb_entry(n, struct vm_area, node);

		assert(a->end <= next->start);
		next->hole = next->start - a->end;
		rb_propagate(n, update_hole);
	}
}

static void area_erase(struct vm_area *a)
{
	struct rb_node *n = rb_next(&a->node);
	vaddr_t prev_end = a->start - a->hole;

	rb_erase(&vmap_areas, &a->node, update_hole);
	if (n != NULL) {
		struct vm_area *next = rb_entry(n, struct vm_area, node);

		next->hole = next->start - prev_end;
		rb_propagate(n, update_hole);
	}
}

/* Where an aligned range would start in the hole before a; 0: does not fit. */
static vaddr_t fits(const struct vm_area *a, size_t size, size_t align)
{
	vaddr_t start = ALIGN_UP(a->start - a->hole, align);

	return start < a->start && a->start - start >= size ? start : 0;
}

/* The lowest place for size bytes; 0: none.  A subtree whose largest hole is too small is
 * never entered; one that is large enough may fail for its alignment alone. */
static vaddr_t find_hole(struct rb_node *n, size_t size, size_t align)
{
	while (n != NULL) {
		struct vm_area *a = rb_entry(n, struct vm_area, node);
		vaddr_t va;

		if (a->max_hole < size)
			return 0;
		if (n->left != NULL) {
			va = find_hole(n->left, size, align);
			if (va != 0)
				return va;
		}
		va = fits(a, size, align);
		if (va != 0)
			return va;
		n = n->right;
	}
	return 0;
}

struct vm_area *vmap_find(vaddr_t addr)
{
	struct rb_node *n = vmap_areas.node;

	while (n != NULL) {
		struct vm_area *a = rb_entry(n, struct vm_area, node);

		if (addr < a->start)
			n = n->left;
		else if (addr >= a->end)
			n = n->right;
		else
			return a;
	}
	return NULL;
}

struct vm_area *vmap_next(vaddr_t addr)
{
	struct rb_node *n = vmap_areas.node;
	struct vm_area *best = NULL;

	while (n != NULL) {
		struct vm_area *a = rb_entry(n, struct vm_area, node);

		if (addr < a->end) {
			best = a;
			n = n->left;
		} else {
			n = n->right;
		}
	}
	return best;
}

/* --- areas --- */

/* Flush the dead areas' translations everywhere and free their addresses. */
unsigned vmalloc_purge(void)
{
	struct list batch = LIST_INIT(batch);
	struct vm_area *a, *next;
	vaddr_t lo = ~0UL, hi = 0;
	unsigned long flags;
	unsigned n = 0;

	flags = spin_lock_irqsave(&vmap_lock);
	list_splice_tail_init(&dead_areas, &batch);
	nr_dead = 0;
	dead_pages = 0;
	spin_unlock_irqrestore(&vmap_lock, flags);
	list_for_each(a, &batch, dead_link) {
		lo = MIN(lo, a->start);
		hi = MAX(hi, a->end);
	}
	if (hi == 0)
		return 0;
	tlb_flush_kernel(lo, hi);
	count_vm_event(VMAP_PURGE);
	flags = spin_lock_irqsave(&vmap_lock);
	list_for_each(a, &batch, dead_link)
		area_erase(a);
	spin_unlock_irqrestore(&vmap_lock, flags);
	list_for_each_safe(a, next, &batch, dead_link) {
		kmem_cache_free(area_cache, a);
		n++;
	}
	return n;
}

/* Addresses for size bytes and a guard page. */
static struct vm_area *area_alloc(size_t size, size_t align, u32 kind, vaddr_t caller)
{
	struct vm_area *a;
	unsigned long flags;

	if (size == 0 || size > vmalloc_limit - VMALLOC_START - PAGE_SIZE)
		return NULL;
	a = kmem_cache_alloc(area_cache, GFP_KERNEL);
	if (a == NULL)
		return NULL;
	for (int tries = 0; tries < 2; tries++) {
		flags = spin_lock_irqsave(&vmap_lock);
		a->start = find_hole(vmap_areas.node, size + PAGE_SIZE, align);
		if (a->start != 0) {
			a->end = a->start + size + PAGE_SIZE;
			a->kind = kind;
			a->caller = caller;
			a->phys = 0;
			area_insert(a);
			spin_unlock_irqrestore(&vmap_lock, flags);
			return a;
		}
		spin_unlock_irqrestore(&vmap_lock, flags);
		if (vmalloc_purge() == 0)
			break;
	}
	kmem_cache_free(area_cache, a);
	return NULL;
}

/* => nothing of it is mapped any more */
static void area_free(struct vm_area *a)
{
	unsigned long flags = spin_lock_irqsave(&vmap_lock);
	bool full;

	a->kind = AREA_DEAD;
	list_add_tail(&a->dead_link, &dead_areas);
	dead_pages += (a->end - a->start) >> PAGE_SHIFT;
	full = ++nr_dead >= PURGE_AREAS || dead_pages >= PURGE_PAGES;
	spin_unlock_irqrestore(&vmap_lock, flags);
	if (full)
		vmalloc_purge();
}

/* Unmap bytes from the area's start on and free the frames. */
static void unmap_frames(struct vm_area *a, size_t bytes)
{
	struct page *batch[16];
	unsigned n = 0;

	for (vaddr_t va = a->start; va < a->start + bytes; va += PAGE_SIZE) {
		int level;
		pte_t *e = kmap_lookup(va, &level);

		assert(e != NULL && level == 0);
		batch[n++] = pte_page(pte_get(e));
		kunmap_range(va, PAGE_SIZE);
		if (n == ARRAY_SIZE(batch) || va + PAGE_SIZE == a->start + bytes) {
			while (n > 0)
				free_page(batch[--n]);
		}
	}
}

static struct vm_area *map_new(size_t size, size_t align, u32 kind, gfp_t gfp, vaddr_t caller)
{
	struct vm_area *a = area_alloc(size, align, kind, caller);
	size_t done = 0;

	if (a == NULL)
		return NULL;
	for (; done < size; done += PAGE_SIZE) {
		struct page *p = alloc_page(gfp);

		if (p == NULL)
			goto undo;
		if (kmap_page(a->start + done, page_to_pfn(p), PTE_R | PTE_W) < 0) {
			free_page(p);
			goto undo;
		}
	}
	return a;
undo:
	unmap_frames(a, done);
	area_free(a);
	return NULL;
}

/* The living area that starts at addr; anything else is a caller's bug. */
static struct vm_area *area_of(const void *p, u32 kinds)
{
	unsigned long flags = spin_lock_irqsave(&vmap_lock);
	struct vm_area *a = vmap_find((vaddr_t)p & PAGE_MASK);

	spin_unlock_irqrestore(&vmap_lock, flags);
	if (a == NULL || a->start != ((vaddr_t)p & PAGE_MASK) || !(kinds & BIT(a->kind)))
		panic("vfree: %p is not what was allocated (area %p, kind %d)", p, (void *)a,
		      a == NULL ? -1 : (int)a->kind);
	return a;
}

static void *vmalloc_caller(size_t size, gfp_t gfp, vaddr_t caller)
{
	struct vm_area *a;

	if (size == 0 || size > nr_total_pages() << PAGE_SHIFT)
		return NULL;		/* at once, and not after reclaiming everything */
	a = map_new(PAGE_ALIGN(size), PAGE_SIZE, AREA_ALLOC, gfp, caller);
	if (a == NULL)
		return NULL;
	mod_node_state(0, NR_VMALLOC, PAGE_ALIGN(size) >> PAGE_SHIFT);
	return (void *)a->start;
}

void *vmalloc(size_t size)
{
	return vmalloc_caller(size, GFP_KERNEL, (vaddr_t)__builtin_return_address(0));
}

void *vzalloc(size_t size)
{
	return vmalloc_caller(size, GFP_KERNEL | __GFP_ZERO, (vaddr_t)__builtin_return_address(0));
}

void vfree(void *p)
{
	struct vm_area *a;
	size_t bytes;

	if (p == NULL)
		return;
	a = area_of(p, BIT(AREA_ALLOC));
	bytes = a->end - a->start - PAGE_SIZE;
	unmap_frames(a, bytes);
	mod_node_state(0, NR_VMALLOC, -(s32)(bytes >> PAGE_SHIFT));
	area_free(a);
}

void *ioremap(paddr_t pa, size_t size)
{
	paddr_t page = ALIGN_DOWN(pa, PAGE_SIZE);
	struct vm_area *a;

	if (size == 0 || pa + size < pa)
		return NULL;
	size = PAGE_ALIGN(pa - page + size);
	a = area_alloc(size, PAGE_SIZE, AREA_IO, (vaddr_t)__builtin_return_address(0));
	if (a == NULL)
		return NULL;
	a->phys = page;
	if (kmap_range(a->start, page, size, PTE_R | PTE_W, true) < 0) {
		area_free(a);
		return NULL;
	}
	return (void *)(a->start + (pa - page));
}

void iounmap(void *p)
{
	struct vm_area *a;

	if (p == NULL)
		return;
	a = area_of(p, BIT(AREA_IO));
	kunmap_range(a->start, a->end - a->start - PAGE_SIZE);
	area_free(a);
}

/* --- kernel stacks --- */

void *kstack_alloc(void)
{
	unsigned long flags = irq_save();
	unsigned h = hart_id();
	struct vm_area *a;

	if (likely(kstacks[h].n > 0)) {
		void *s = kstacks[h].stack[--kstacks[h].n];

		irq_restore(flags);
		count_vm_event(KSTACK_HIT);
		return s;
	}
	irq_restore(flags);
	count_vm_event(KSTACK_MISS);
	a = map_new(THREAD_SIZE, 2 * THREAD_SIZE, AREA_STACK, GFP_KERNEL,
		    (vaddr_t)__builtin_return_address(0));
	if (a == NULL)
		return NULL;
	mod_node_state(0, NR_KERNEL_STACK_KB, THREAD_SIZE >> 10);
	return (void *)a->start;
}

static void kstack_release(void *base)
{
	struct vm_area *a = area_of(base, BIT(AREA_STACK));

	unmap_frames(a, THREAD_SIZE);
	mod_node_state(0, NR_KERNEL_STACK_KB, -(s32)(THREAD_SIZE >> 10));
	area_free(a);
}

void kstack_free(void *base)
{
	unsigned long flags = irq_save();
	unsigned h = hart_id();

	if (likely(kstacks[h].n < KSTACK_KEEP)) {
		kstacks[h].stack[kstacks[h].n++] = base;
		irq_restore(flags);
		return;
	}
	irq_restore(flags);
	kstack_release(base);
}

/* Hang this hart's spare stacks on a list that goes through the stacks themselves.  Other
 * harts do the same just now: if one was quicker the exchange fails and stores its stack,
 * the new head, as our next one. */
static void kstack_collect(void *list)
{
	unsigned h = hart_id();

	while (kstacks[h].n > 0) {
		void **s = kstacks[h].stack[--kstacks[h].n];

		*s = __atomic_load_n((void **)list, __ATOMIC_RELAXED);
		while (!__atomic_compare_exchange_n((void **)list, s, (void *)s, false,
						    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
			;
	}
}

unsigned long kstack_shrink(void)
{
	void *list = NULL;
	unsigned long frames = 0;

	hart_call_all(kstack_collect, &list);
	while (list != NULL) {
		void *s = list;

		list = *(void **)s;
		kstack_release(s);
		frames += THREAD_SIZE >> PAGE_SHIFT;
	}
	return frames;
}

void vmalloc_init(void)
{
	area_cache = kmem_cache_create("vm_area", sizeof(struct vm_area), 0, SLAB_PANIC, NULL, NULL);
	end_area.start = end_area.end = vmalloc_limit;
	end_area.kind = AREA_END;
	area_insert(&end_area);
}
