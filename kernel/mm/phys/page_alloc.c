// SPDX-License-Identifier: MIT
/*
 * page_alloc.c - where a page comes from, and what to do when there is none.
 *
 * The policy above the mechanisms (buddy.c, pcp.c, migrate.c):
 *
 *   1  one page: this hart's list of the first zone that the request may use;
 *   2  the zones of the zonelist, nearest node first and its highest zone first,
 *      each only if it stays above its low watermark;
 *   3  the same down to the min watermark, urgent requests deeper;
 *   4  whoever may sleep: compaction (for a block), reclaim, per-hart lists of all
 *      harts given back, and again;
 *   5  the OOM killer; then failure, clean: nothing is held.  __GFP_NOFAIL begins again at
 *      4 instead, whoever asks, until there is memory.
 *
 * Watermarks.  A zone with fewer than low frames is short, and below min only these
 * go on: __GFP_HIGH to half of min, a request that cannot sleep to three quarters
 * (both: to three eighths), the reclaimer itself (__GFP_MEMALLOC or task->memalloc)
 * to the last frame.  All but the reclaimer leave lowmem_reserve more in a zone that is
 * lower than the highest they could have used, or user pages would fill the only memory
 * that some devices reach.
 *
 * Higher floors act in reclaim_pages, compact_zone_for and out_of_memory, one
 * function each, defined in mm/reclaim; they are only called from alloc_slow().
 *
 * Cost: an order-0 pair on the hot list is 96 instructions together (README.md).
 *
 * Locks: none held on entry but what GFP allows for; zone->lock inside.
 */
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/phys/fault_inject.h"
#include "mm/phys/vmstat.h"
#include "mm/phys/zone.h"
#ifdef __KERNEL__
#include "proc/sched.h"
#include "riscv/timer.h"
#else
#define NSEC_PER_MSEC	1000000UL
static int sleep_ns(u64 ns, bool intr) { (void)ns; (void)intr; return 0; }
#endif

#define ALLOC_MIN	0x1u		/* down to min; else to low */
#define ALLOC_HIGH	0x2u
#define ALLOC_HARDER	0x4u
#define ALLOC_ALL	0x8u		/* no watermark */

#define MAX_TRIES	8
#define COSTLY_ORDER	3		/* above it nobody is killed */

struct node nodes[NR_NODES];
unsigned nr_nodes;
struct zone *zone_table[NR_NODES * 4];

/* --- watermarks --- */

/* May the request take 2^order frames and leave mark free? */
static bool watermark_ok(const struct zone *z, unsigned order, u64 mark)
{
	if (READ_ONCE(z->nr_free) < mark + (1UL << order))
		return false;
	if (order == 0)
		return true;
	for (unsigned o = order; o <= MAX_ORDER; o++)
		if (READ_ONCE(z->area[o].nr_free) != 0)
			return true;
	return false;
}

static u64 mark_for(const struct zone *z, unsigned aflags, enum zone_id highest)
{
	u64 mark = z->wmark[aflags & ALLOC_MIN ? WMARK_MIN : WMARK_LOW];

	if (aflags & ALLOC_HIGH)
		mark -= mark / 2;
	if (aflags & ALLOC_HARDER)
		mark -= mark / 4;
	return aflags & ALLOC_ALL ? 0 : mark + z->lowmem_reserve[highest];
}

/* --- taking --- */

static __noinline void make_compound(struct page *p, unsigned order)
{
	p->flags |= PG_HEAD;
	p->order = order;
	for (unsigned i = 1; i < 1U << order; i++) {
		p[i].flags = (p->flags & PG_WHERE_MASK) | PG_TAIL;
		p[i].head = p;
	}
}

/* A block that is on no list gets its new owner's state; flags and private are clean. */
static inline void block_prepare(struct page *p, unsigned order, gfp_t gfp)
{
	page_poison_check(p, order);
	p->mapping = NULL;
	p->counts = 1;
	if (order > 0 && (gfp & __GFP_COMP))
		make_compound(p, order);
}

static __noinline struct page *block_zero(struct page *p, unsigned order)
{
	char *va = page_address(p);

	for (unsigned i = 0; i < 1U << order; i++)
		clear_page(va + i * PAGE_SIZE);
	return p;
}

/* One page from this hart's list, which is refilled if it is empty, down to mark. */
static inline struct page *take_page(struct zone *z, gfp_t gfp, u64 mark)
{
	enum migratetype mt = gfp_migratetype(gfp);
	unsigned long flags = irq_save();
	struct pcp_list *l = &z->pcp[hart_id()].mt[mt];
	struct page *p;

	if (list_empty(&l->list))
		pcp_refill(z, l, mt, mark);
	p = pcp_pop(l);
	irq_restore(flags);
	return p;
}

static inline struct page *take_block(struct zone *z, unsigned order, gfp_t gfp)
{
	unsigned long flags = spin_lock_irqsave(&z->lock);
	struct page *p = zone_rmqueue(z, order, gfp_migratetype(gfp));

	if (likely(p != NULL))
		z->block_allocs += 1UL << order;
	spin_unlock_irqrestore(&z->lock, flags);
	if (likely(p != NULL))
		block_prepare(p, order, gfp);
	return p;
}

static struct page *get_from_zonelist(struct zone *const *zl, gfp_t gfp, unsigned order,
				      unsigned aflags)
{
	enum zone_id highest = gfp_zone(gfp);

	for (; *zl != NULL; zl++) {
		struct zone *z = *zl;
		u64 mark = mark_for(z, aflags, highest);
		struct page *p;

		while (!watermark_ok(z, order, mark))
			if (!deferred_grow(z)) {
				if (aflags & ALLOC_ALL)
					break;	/* the hart's list may still have one */
				goto next;
			}
		p = order == 0 && z->pcp_high != 0 ? take_page(z, gfp, mark) :
		    take_block(z, order, gfp);
		if (p != NULL)
			return p;
next:		;
	}
	return NULL;
}

static void warn_failure(gfp_t gfp, unsigned order)
{
	static u32 said;

	count_vm_event(ALLOC_FAIL);
	if ((gfp & __GFP_NOWARN) || READ_ONCE(said) >= 10)
		return;
	said++;
	printk("page allocation failure: order %u, gfp 0x%x, free %lu of %lu pages\n", order, gfp,
	       nr_free_pages(), nr_total_pages());
}

/* Step 4, and 5 but for the failure: true: something has changed, look again. */
static bool make_room(gfp_t gfp, unsigned order, unsigned tries)
{
	bool progress = false;

	if (tries < MAX_TRIES || (gfp & __GFP_NOFAIL)) {
		current->memalloc++;
		if (order > 0)
			progress = compact_zone_for(gfp, order);
		progress |= reclaim_pages(gfp, order) > 0;
		current->memalloc--;
		if (tries < 2) {
			drain_all_pages();
			progress = true;
		}
	}
	return progress || (order <= COSTLY_ORDER && out_of_memory(gfp, order));
}

/* Steps 2 to 5.  A reclaimer (ALLOC_ALL) may use the last frame, but must not call the
 * reclaimer; if it cannot do without (__GFP_NOFAIL) it waits for what others free. */
static __noinline struct page *alloc_slow(struct zone *const *zl, gfp_t gfp, unsigned order)
{
	unsigned aflags = ALLOC_MIN;
	struct page *p = get_from_zonelist(zl, gfp, order, 0);

	if (likely(p != NULL))
		return p;
	debug_assert(!(gfp & __GFP_NOFAIL) || (gfp & __GFP_WAIT));
	if (gfp & __GFP_HIGH)
		aflags |= ALLOC_HIGH;
	if (!(gfp & __GFP_WAIT))
		aflags |= ALLOC_HARDER;
	if ((gfp & __GFP_MEMALLOC) || current->memalloc > 0)
		aflags |= ALLOC_ALL;
	for (unsigned tries = 0;; tries++) {
		p = get_from_zonelist(zl, gfp, order, aflags);
		if (p != NULL)
			return p;
		if (!(gfp & __GFP_WAIT))
			break;
		if (!(aflags & ALLOC_ALL)) {
			if (tries == 0)
				count_vm_event(ALLOCSTALL);
			if (make_room(gfp, order, tries))
				continue;
		}
		if (!(gfp & __GFP_NOFAIL))
			break;
		sleep_ns(10 * NSEC_PER_MSEC, false);	/* others will free something */
	}
	warn_failure(gfp, order);
	return NULL;
}

static struct page *alloc_from(unsigned nid, gfp_t gfp, unsigned order)
{
	struct page *p;

	if (order > MAX_ORDER || gfp_migratetype(gfp) >= NR_MIGRATETYPES)
		return NULL;
	if (should_fail(FAULT_PAGE_ALLOC, PAGE_SIZE << order, gfp))
		return NULL;
	p = alloc_slow(nodes[nid].zonelist[gfp_zone(gfp)], gfp, order);
	if (p != NULL && (gfp & __GFP_ZERO))
		block_zero(p, order);
	return p;
}

static __noinline struct page *alloc_any(gfp_t gfp, unsigned order)
{
	unsigned n = hart_to_node[hart_id()];

	return alloc_from(n < nr_nodes ? n : 0, gfp, order);
}

/* From a zone that has enough; else from anywhere. */
static __noinline struct page *page_near(struct first_zone *f, gfp_t gfp)
{
	struct page *p = take_page(f->zone, gfp, f->mark);

	if (unlikely(p == NULL))
		return alloc_any(gfp, 0);
	return gfp & __GFP_ZERO ? block_zero(p, 0) : p;
}

static __noinline struct page *block_near(struct zone *z, gfp_t gfp, unsigned order)
{
	struct page *p = take_block(z, order, gfp);

	if (unlikely(p == NULL))
		return alloc_any(gfp, order);
	return gfp & __GFP_ZERO ? block_zero(p, order) : p;
}

/* Everything but the short way.  Mostly the nearest zone has enough. */
static __noinline struct page *alloc_here(gfp_t gfp, unsigned order)
{
	struct first_zone *f = &first_zone[hart_id()][GFP_KIND(gfp)];

	if (likely(f->zone != NULL && order <= MAX_ORDER &&
		   READ_ONCE(f->zone->nr_free) >= f->mark + (1UL << order)))
		return order == 0 && f->zone->pcp_high != 0 ? page_near(f, gfp) :
		       block_near(f->zone, gfp, order);
	return alloc_any(gfp, order);
}

static __noinline struct page *zeroed(struct page *p)
{
	clear_page(page_address(p));
	return p;
}

#if defined(CONFIG_DEBUG) && defined(__KERNEL__)
void might_alloc(gfp_t gfp)
{
	if ((gfp & __GFP_WAIT) && current->pid != 0)	/* nobody sleeps at boot */
		might_sleep();
}
#endif

struct page *alloc_pages(gfp_t gfp, unsigned order)
{
	struct page *p;
	unsigned long flags;

	might_alloc(gfp);
	if (unlikely(READ_ONCE(fault_inject_on)))
		return alloc_any(gfp, order);
	if (order != 0)
		return alloc_here(gfp, order);
	flags = irq_save();
	p = pcp_pop(pcp_first[hart_id()][GFP_KIND(gfp)]);
	irq_restore(flags);
	if (unlikely(p == NULL))
		return alloc_here(gfp, 0);
	return gfp & __GFP_ZERO ? zeroed(p) : p;
}

struct page *alloc_pages_node(int node, gfp_t gfp, unsigned order)
{
	if (node < 0 || (unsigned)node >= nr_nodes || !nodes[node].present)
		return alloc_pages(gfp, order);
	return alloc_from(node, gfp, order);
}

void *get_free_page(gfp_t gfp)
{
	struct page *p = alloc_page(gfp);

	return p == NULL ? NULL : page_address(p);
}

void *get_zeroed_page(gfp_t gfp)
{
	return get_free_page(gfp | __GFP_ZERO);
}

/* --- giving back --- */

static void bad_page(struct page *p, const char *why)
{
	panic("page: %s: pfn %lx flags %x counts %lx index %lx", why, page_to_pfn(p), p->flags,
	      (unsigned long)p->counts, (unsigned long)p->index);
}

/* => count 0, nobody else knows the block */
static void free_block(struct page *p, unsigned order)
{
	struct zone *z = page_zone(p);
	pfn_t pfn = page_to_pfn(p);
	unsigned long flags;

	if (p->flags & PG_HEAD) {
		for (unsigned i = 1; i < 1U << order; i++) {
			p[i].flags &= PG_WHERE_MASK;
			p[i].mapping = NULL;
		}
	}
	page_poison(p, order);
	flags = spin_lock_irqsave(&z->lock);
	p->flags = z->where;
	buddy_free(z, p, order, pageblock_type(pfn));
	z->block_frees += 1UL << order;
	spin_unlock_irqrestore(&z->lock, flags);
}

/* => count 0, no flag of PG_SLOW_FREE */
static __always_inline void to_hart_list(struct page *p)
{
	unsigned long flags = irq_save();

	if (pcp_push(p))
		pcp_overflow(p, flags);
	else
		irq_restore(flags);
}

/* The uncommon ends of a page: heads of blocks, pages on an LRU, and bugs. */
static __noinline void put_page_slow(struct page *p)
{
	if (p->counts != 0)
		bad_page(p, "last reference gone, but still mapped");
	if (p->flags & PG_BAD_FREE)
		bad_page(p, p->flags & (PG_BUDDY | PG_PCP) ? "freed twice" : "freed while in use");
	if (p->flags & PG_LRU)
		lru_remove(p);
	if (p->flags & PG_HEAD) {
		free_block(p, p->order);
		return;
	}
	to_hart_list(p);
}

void put_page_last(struct page *p)
{
	if (unlikely(p->counts != 0 || (p->flags & PG_SLOW_FREE))) {
		put_page_slow(p);
		return;
	}
	to_hart_list(p);
}

/* One reference given back, which left these counts: was it the last? */
static bool was_last(struct page *p, u64 counts)
{
	if ((u32)counts == ~0U)
		bad_page(p, "freed twice");
	if ((u32)counts != 0)
		return false;		/* someone holds it for a moment and frees it then */
	if (counts != 0)
		bad_page(p, "freed, but still mapped");
	return true;
}

static __noinline void free_page_slow(struct page *p, u64 counts)
{
	if (was_last(p, counts))
		put_page_slow(p);
}

static __noinline void free_pages_block(struct page *p, unsigned order)
{
	bool whole = p->flags & PG_HEAD;	/* while the block is still ours */

	if (!was_last(p, __atomic_sub_fetch(&p->counts, 1, __ATOMIC_ACQ_REL))) {
		/* Who holds the first page knows of the others only by PG_HEAD. */
		while (!whole && order-- > 0)
			free_block(p + (1UL << order), order);
		return;
	}
	if (p->flags & PG_BAD_FREE)
		bad_page(p, "block freed while in use");
	if (whole && p->order != order)
		bad_page(p, "block freed with another order");
	free_block(p, order);
}

void free_pages(struct page *p, unsigned order)
{
	u64 counts;

	if (order != 0) {
		free_pages_block(p, order);
		return;
	}
	counts = __atomic_sub_fetch(&p->counts, 1, __ATOMIC_ACQ_REL);
	if (unlikely(counts != 0 || (p->flags & PG_SLOW_FREE))) {
		free_page_slow(p, counts);
		return;
	}
	to_hart_list(p);
}

void put_free_page(void *addr)
{
	if (addr != NULL)
		free_page(virt_to_page(addr));
}

/*
 * Pages of a torn-down mapping come in address order, and often are neighbours,
 * because a refill hands out neighbours.  A run that makes an aligned block goes to
 * the buddy as that block; the rest goes to the hart's list.
 */
#define BULK_ORDER	3
#define BULK_SPARE	24		/* room that is left in the hart's list for single pages */

static inline bool whole_block(struct page **pages, unsigned n)
{
	struct page *p = pages[0];
	u32 where = p->flags & PG_WHERE_MASK;

	if (n < 1U << BULK_ORDER || pages[(1U << BULK_ORDER) - 1] != p + (1U << BULK_ORDER) - 1 ||
	    !IS_ALIGNED(page_to_pfn(p), 1UL << BULK_ORDER))
		return false;
	for (unsigned i = 0; i < 1U << BULK_ORDER; i++)
		if (pages[i] != p + i || (p[i].flags & (PG_SLOW_FREE | PG_WHERE_MASK)) != where)
			return false;
	return true;
}

void free_pages_bulk(struct page **pages, unsigned n)
{
	unsigned long flags = irq_save();

	for (unsigned i = 0; i < n;) {
		struct page *p = pages[i];
		struct pcp_list *l = pcp_home[hart_id()][(p->flags & PG_KEEP_MASK) >> PG_ZONE_SHIFT];

		if (unlikely(p->flags & PG_SLOW_FREE)) {
			irq_restore(flags);
			put_page_slow(p);
			flags = irq_save();
			i++;
			continue;
		}
		/* Only when the hart has enough: pages taken again soon are cheapest unmerged. */
		if (unlikely(pcp_count(l) + BULK_SPARE > l->high) && whole_block(&pages[i], n - i)) {
			struct zone *z = page_zone(p);

			spin_lock(&z->lock);
			do {
				p = pages[i];
				page_poison(p, BULK_ORDER);
				for (unsigned k = 0; k < 1U << BULK_ORDER; k++)
					p[k].flags = z->where;
				z->block_frees += 1U << BULK_ORDER;
				buddy_free(z, p, BULK_ORDER, pageblock_type(page_to_pfn(p)));
				i += 1U << BULK_ORDER;
			} while (i < n && page_zone(pages[i]) == z && whole_block(&pages[i], n - i));
			spin_unlock(&z->lock);
			continue;
		}
		if (pcp_push(p)) {
			pcp_overflow(p, flags);
			flags = irq_save();
		}
		i++;
	}
	irq_restore(flags);
}

/* --- counting --- */

u64 zone_pcp_pages(const struct zone *z)
{
	u64 n = 0;

	for (unsigned h = 0; h < NR_HARTS; h++)
		for (unsigned t = 0; t < NR_MIGRATETYPES; t++)
			n += pcp_count(&z->pcp[h].mt[t]);
	return n;
}

u64 zone_free_pages(const struct zone *z)
{
	return READ_ONCE(z->nr_free) + zone_pcp_pages(z) + READ_ONCE(z->deferred_free);
}

unsigned long nr_free_pages(void)
{
	unsigned long n = 0;
	struct zone *z;

	for_each_zone(z)
		n += zone_free_pages(z);
	return n;
}

unsigned long nr_total_pages(void)
{
	unsigned long n = 0;
	struct zone *z;

	for_each_zone(z)
		n += READ_ONCE(z->managed);
	return n;
}
