// SPDX-License-Identifier: MIT
/*
 * zone.h - nodes, zones, free areas and per-hart page lists: the inside of mm/phys.
 *
 * A node is the memory next to some harts.  Its frames are divided into zones by
 * what they may be used for: DMA32 lies below 4 GiB, where any device reaches it;
 * MOVABLE (by "movable=SIZE" in bootargs) takes only pages whose owner can be told
 * to move; NORMAL is the rest.  There is no high memory: 64 bits map all of it.
 *
 * Callers of the allocator need gfp.h only.
 *
 * Locks: (z) zone->lock, a leaf  (h) the hart itself, interrupts off  (c) constant
 *        after mem_init  (a) atomic  (d) deferred_lock, taken before zone->lock
 */
#ifndef MM_ZONE_H
#define MM_ZONE_H

#include "mm/phys/gfp.h"
#include "mm/phys/page.h"
#include "sync/spinlock.h"

#ifdef __KERNEL__
#include "riscv/hart.h"
#else
/* Host tests run one thread that plays any hart. */
extern unsigned host_hart;
static inline unsigned long irq_save(void) { return 0; }
static inline void irq_restore(unsigned long flags) { (void)flags; }
static inline unsigned hart_id(void) { return host_hart; }
extern unsigned nr_harts;
extern unsigned hart_to_node[NR_HARTS];
static inline void hart_call_all(void (*fn)(void *arg), void *arg)
{
	unsigned self = host_hart;

	for (host_hart = 0; host_hart < NR_HARTS; host_hart++)
		fn(arg);
	host_hart = self;
}
struct task { u32 memalloc; int fail_nth; int pid; };
extern struct task *current;
#endif

enum zone_id { ZONE_DMA32, ZONE_NORMAL, ZONE_MOVABLE, NR_ZONES };
/* UNMOVABLE: the kernel's own; MOVABLE: the owner can be found; RECLAIMABLE: a shrinker can. */
enum migratetype { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, NR_MIGRATETYPES };
enum wmark { WMARK_MIN, WMARK_LOW, WMARK_HIGH, NR_WMARKS };

#define PAGEBLOCK_ORDER	9			/* 2 MiB: the grain of migrate types */
#define PAGEBLOCK_PAGES	(1UL << PAGEBLOCK_ORDER)
#define MAX_ORDER_PAGES	(1UL << MAX_ORDER)
#define DMA32_END	(GIB(4) >> PAGE_SHIFT)	/* pfn */

/* The migrate type a page of a per-hart list was taken as: PG_MT_SHIFT in page->flags. */
#define PG_MT_SHIFT	28
#define PG_WHERE_MASK	0x0f000000u		/* zone and node */
#define PG_KEEP_MASK	0x3f000000u		/* ... and migrate type: what freeing keeps */
/* A page with one of these cannot be freed. */
#define PG_BAD_FREE	(PG_BUDDY | PG_PCP | PG_RESERVED | PG_TAIL | PG_LOCKED | PG_WRITEBACK)
/* A page with one of these needs more than the short way of freeing. */
#define PG_SLOW_FREE	(PG_BAD_FREE | PG_HEAD | PG_LRU)

struct free_area {
	struct list list[NR_MIGRATETYPES];	/* (z) free blocks, hot end first */
	u64 nr_free;				/* (z) blocks on all three */
};

/* One hart's free pages of one zone and migrate type.  Pages come and go at the front
 * (hot: still in the cache); pages leave in batches from the back. */
struct pcp_list {
	struct list list;			/* (h) */
	u64 state;				/* (h) low half: pages; high half: taken since
						 * the last refill, so that both change in one add */
	u32 high;				/* (a) above it a batch goes back; 0: lists are off */
	u32 pad;
};
struct pcp {
	struct pcp_list mt[NR_MIGRATETYPES];
	u64 taken;				/* (h) handed out until the last refills */
	u64 refilled, drained;			/* (h) pages from the buddy, and to it */
	u64 pad;				/* 128 bytes: harts do not share lines */
};
#define PCP_TAKE_ONE	0xffffffffUL		/* state + this: one page less, one more taken */
static __always_inline u32 pcp_count(const struct pcp_list *l) { return (u32)READ_ONCE(l->state); }
_Static_assert(sizeof(struct pcp) == 128, "struct pcp is sized by design");

/* Frames whose struct page is not initialised yet (page_init.c). */
struct deferred {
	pfn_t next, end;			/* (d) whole MAX_ORDER blocks */
	bool reserved;				/* (c) taken at boot: initialise, do not free */
};
#define NR_DEFERRED	8

struct zone {
	spinlock_t lock;
	u32 id, node;				/* (c) */
	u32 where;				/* (c) id and node as in page->flags */
	u32 pcp_high, pcp_batch;		/* (a) pages; high 0: per-hart lists off (tests) */
	u64 nr_free;				/* (z) frames on the free lists */
	u64 wmark[NR_WMARKS];			/* (c) frames */
	u64 lowmem_reserve[NR_ZONES];		/* (c) kept from requests that could go higher */
	struct free_area area[MAX_ORDER + 1];
	pfn_t start, end;			/* (c) span */
	u64 present;				/* (c) frames of RAM in the span */
	u64 managed;				/* (a) frames given to the allocator, deferred included */
	u64 deferred_free;			/* (a) ... of which not on the free lists yet */
	struct deferred deferred[NR_DEFERRED];	/* (d) */
	u32 nr_deferred;			/* (d) */
	u64 steals, fallbacks;			/* (z) page blocks that changed their type; blocks
						 * that another type had to give */
	u64 block_allocs, block_frees;		/* (z) frames that went past the per-hart lists */
	const char *name;			/* (c) "DMA32" */
	struct pcp pcp[NR_HARTS] __aligned(64);
};

struct node {
	bool present;				/* (c) */
	u32 id;
	u8 distance[NR_NODES];			/* (c) 10: itself */
	struct zone *zone[NR_ZONES];		/* (c) NULL: no frame in it */
	/* (c) Where to look, nearest node first, highest allowed zone first; NULL ends. */
	struct zone *zonelist[NR_ZONES][NR_NODES * NR_ZONES + 1];
};

extern struct node nodes[NR_NODES];
extern unsigned nr_nodes;			/* highest present + 1 */
extern struct zone *zone_table[NR_NODES * 4];	/* by node and zone bits of page->flags */
extern pfn_t min_pfn, max_pfn;			/* the span of all struct pages */

static __always_inline struct zone *page_zone(const struct page *p)
{
	return zone_table[p->flags >> PG_ZONE_SHIFT & 15];
}

#define for_each_zone(z) \
	for (unsigned fz_i = 0; fz_i < ARRAY_SIZE(zone_table); fz_i++) \
		if (((z) = zone_table[fz_i]) != NULL)

/* --- gfp bits decoded --- */
static __always_inline enum migratetype gfp_migratetype(gfp_t gfp)
{
	return gfp >> 1 & 3;	/* __GFP_MOVABLE is bit 1, __GFP_RECLAIMABLE bit 2 */
}
static __always_inline enum zone_id gfp_zone(gfp_t gfp)
{
	return gfp & __GFP_DMA32 ? ZONE_DMA32 : gfp & __GFP_MOVABLE ? ZONE_MOVABLE : ZONE_NORMAL;
}
_Static_assert(__GFP_MOVABLE == MIGRATE_MOVABLE << 1, "gfp_migratetype");
_Static_assert(__GFP_RECLAIMABLE == MIGRATE_RECLAIMABLE << 1, "gfp_migratetype");

/* --- buddy.c: => zone->lock is held --- */
void buddy_init(struct zone *z);
/* The smallest block of the type that holds 2^order frames, split down; NULL.  Its head
 * has clean flags, and private is 0. */
struct page *buddy_alloc(struct zone *z, unsigned order, enum migratetype mt);
/* Give a block back and merge it; its free list is mt's. */
void buddy_free(struct zone *z, struct page *page, unsigned order, enum migratetype mt);
/* Take a given free block off its list. */
void buddy_take(struct zone *z, struct page *page, unsigned order);
/* Put a block, no merging. */
void buddy_put(struct zone *z, struct page *page, unsigned order, enum migratetype mt);
/* Cut a block of order high, which is on no list, down to order low: returns its first
 * part, the others go to mt's lists. */
struct page *buddy_split(struct zone *z, struct page *page, unsigned low, unsigned high,
			 enum migratetype mt);
/* Test B1..B3; 0, or the number of the broken invariant. */
int buddy_check(struct zone *z);

/* --- migrate.c: types of page blocks --- */
#define PAGEBLOCK_NONE	0xff		/* no struct page yet, or no RAM */
extern u8 *pageblock_types;		/* biased: indexed by pfn >> PAGEBLOCK_ORDER */
static __always_inline u8 pageblock_type(pfn_t pfn)
{
	return pageblock_types[pfn >> PAGEBLOCK_ORDER];
}
static __always_inline void set_pageblock_type(pfn_t pfn, u8 mt)
{
	pageblock_types[pfn >> PAGEBLOCK_ORDER] = mt;
}
/* The largest block of another type becomes this type's: a block of it, or NULL. */
struct page *zone_steal(struct zone *z, unsigned order, enum migratetype mt);
/* A block of the type, or one stolen from another type. => zone->lock is held */
static inline struct page *zone_rmqueue(struct zone *z, unsigned order, enum migratetype mt)
{
	struct page *page = buddy_alloc(z, order, mt);

	return likely(page != NULL) ? page : zone_steal(z, order, mt);
}

/* --- page_poison.c: debug builds fill free pages and look whether they stay so --- */
#if defined(CONFIG_DEBUG) && defined(__KERNEL__)
extern u32 page_poison_reports;			/* how many so far */
void page_poison(struct page *p, unsigned order);	/* => freed, on no list yet */
void page_poison_check(struct page *p, unsigned order);	/* => taken off its list */
#else
static inline void page_poison(struct page *p, unsigned order) { (void)p; (void)order; }
static inline void page_poison_check(struct page *p, unsigned order) { (void)p; (void)order; }
#endif

/* --- pcp.c: per-hart lists --- */
void pcp_init(struct zone *z);
/* Where a request of that kind looks first, for each hart: the list, then the zone, and how
 * much of it must stay free.  (NULL: no such zone, or no such request.) */
#define GFP_KIND(gfp)	((gfp) & 7)		/* DMA32, MOVABLE, RECLAIMABLE: what decides */
#define NR_GFP_KINDS	8
extern struct pcp_list *pcp_first[NR_HARTS][NR_GFP_KINDS];
extern struct first_zone {
	struct zone *zone;
	u64 mark;
} first_zone[NR_HARTS][NR_GFP_KINDS];
void pcp_setup_first(void);
/* How long its lists may get; all zones': again when the number of harts changes. */
void pcp_setup_size(struct zone *z);
void pcp_setup_sizes(void);
/* Move a batch, or what the zone has above mark, from the zone to the list; pages moved.
 * => interrupts off */
unsigned pcp_refill(struct zone *z, struct pcp_list *l, enum migratetype mt, u64 mark);
/* Move n pages from the cold end to the zone. => interrupts off */
void pcp_drain(struct zone *z, struct pcp_list *l, unsigned n);
/* The list a page goes to when freed, for each hart, by the top byte of page->flags. */
#define NR_PCP_HOMES	64			/* migrate type, node, zone: two bits each */
extern struct pcp_list *pcp_home[NR_HARTS][NR_PCP_HOMES];
/* The list that p heads is too long. => interrupts off; restored to flags */
void pcp_overflow(struct page *p, unsigned long flags);
/* Page freed to its list. => interrupts off; count 0, no flag of PG_SLOW_FREE.
 * => true: the list is too long: pcp_overflow */
static __always_inline bool pcp_push(struct page *p)
{
	u32 keep = p->flags & PG_KEEP_MASK;
	struct pcp_list *l = pcp_home[hart_id()][keep >> PG_ZONE_SHIFT];
	struct list *first = l->list.next;
	u64 state = l->state + 1;

	page_poison(p, 0);
	p->flags = keep | PG_PCP;
	p->link.next = first;
	p->link.prev = &l->list;
	first->prev = &p->link;
	l->list.next = &p->link;
	l->state = state;
	return unlikely((u32)state > l->high);
}
/* The hottest page, made ready for its user. => interrupts off; NULL: empty */
static __always_inline struct page *pcp_pop(struct pcp_list *l)
{
	struct list *first = l->list.next, *next = first->next;
	struct page *p = list_entry(first, struct page, link);

	if (unlikely(first == &l->list))
		return NULL;
	l->list.next = next;
	next->prev = &l->list;
	l->state += PCP_TAKE_ONE;
	page_poison_check(p, 0);
	p->flags_private = p->flags & ~PG_PCP;	/* private: 0 */
	p->mapping = NULL;
	p->counts = 1;
	return p;
}
void drain_local_pages(void);		/* this hart's lists of every zone */
void drain_all_pages(void);		/* every hart's. => may sleep, interrupts on */
void pcp_enable(bool on);		/* tests and benches; drains when off */

/* --- page_init.c --- */
/* Initialise some more deferred frames of z; false: there are none left. */
bool deferred_grow(struct zone *z);
void page_init_start(void);		/* the thread that does the rest */
void zone_setup_watermarks(void);
/* A free range whose struct pages are initialised joins the allocator, merged. */
void zone_release_range(struct zone *z, pfn_t start, pfn_t end);
void build_zonelists(void);

/* --- page_alloc.c --- */
/* Debug builds: __GFP_WAIT where one must not sleep is a bug even when memory abounds. */
#if defined(CONFIG_DEBUG) && defined(__KERNEL__)
void might_alloc(gfp_t gfp);
#else
static inline void might_alloc(gfp_t gfp) { (void)gfp; }
#endif
u64 zone_free_pages(const struct zone *z);	/* free lists, per-hart lists, deferred */
u64 zone_pcp_pages(const struct zone *z);

#endif
