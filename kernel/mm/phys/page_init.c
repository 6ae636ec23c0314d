// SPDX-License-Identifier: MIT
/*
 * page_init.c - from ranges of RAM to nodes, zones and struct pages.
 *
 * mem_init() does, in this order, and each step needs the ones before:
 *
 *   1  back the array of struct page wherever RAM exists, in whole blocks of
 *      MAX_ORDER, with 2 MiB leaves where they fit (from memblock);
 *   2  allocate a struct zone for each node and kind that has frames;
 *   3  initialise the frames that are needed soon, and give the free ones to the buddy;
 *   4  note what is left in zone->deferred;
 *   5  zone lists by distance, watermarks, per-hart lists.
 *
 * Lazily.  Initialising a frame costs 8 instructions, so 16 GiB would cost 34
 * million before the first program runs.  Only the first EARLY_PAGES of each node
 * are done at boot; whole blocks beyond, free or taken as a whole, are deferred.  The
 * kernel thread page_init does them later, GROW_BLOCKS at a time, at the lowest
 * priority; and an allocation that finds a zone short does some itself
 * (deferred_grow), so that nobody ever fails for want of initialisation.  A block
 * is the unit because merging never looks outside it.
 *
 * Until its block is done a struct page is garbage, and pfn_valid() is false.
 *
 *   I1  a page block's type is PAGEBLOCK_NONE until all of its frames are initialised;
 *   I2  deferred ranges are whole MAX_ORDER blocks of one zone;
 *   I3  zone->deferred_free counts the frames of ranges that are not reserved.
 *
 * Locks: deferred_lock for the ranges; zone->lock inside it.
 */
#include "lib/fdt.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/phys/memblock.h"
#include "mm/phys/vmstat.h"
#include "mm/phys/zone.h"
#include "uapi/errno.h"
#ifdef __KERNEL__
#include "proc/sched.h"
#include "riscv/timer.h"
#endif

#define EARLY_PAGES	(MIB(64) >> PAGE_SHIFT)		/* a node */
#define GROW_BLOCKS	2				/* MAX_ORDER blocks at a time: 8 MiB */

pfn_t min_pfn, max_pfn;
static spinlock_t deferred_lock = SPINLOCK_INIT("deferred");


/* --- struct pages and free ranges --- */

static void init_frames(pfn_t start, pfn_t end, u32 flags)
{
	struct page *p = pfn_to_page(start), *stop = pfn_to_page(end);

	for (; p < stop; p++) {
		p->flags = flags;
		p->private = 0;
		p->counts = 0;
		p->link.next = NULL;
		p->link.prev = NULL;
		p->mapping = NULL;
		p->index = 0;
	}
}

/* Largest aligned blocks that cover [start, end). */
void zone_release_range(struct zone *z, pfn_t start, pfn_t end)
{
	unsigned long flags = spin_lock_irqsave(&z->lock);

	while (start < end) {
		unsigned o = MAX_ORDER;

		while (!IS_ALIGNED(start, 1UL << o) || start + (1UL << o) > end)
			o--;
		buddy_free(z, pfn_to_page(start), o, pageblock_type(start));
		start += 1UL << o;
	}
	spin_unlock_irqrestore(&z->lock, flags);
}

/* The frames are initialised: I1. */
static void set_block_types(pfn_t start, pfn_t end)
{
	for (pfn_t b = ALIGN_DOWN(start, PAGEBLOCK_PAGES); b < end; b += PAGEBLOCK_PAGES)
		if (pageblock_type(b) == PAGEBLOCK_NONE)
			smp_store_release(&pageblock_types[b >> PAGEBLOCK_ORDER], MIGRATE_MOVABLE);
}

/* Do up to GROW_BLOCKS blocks of a deferred range. => deferred_lock held */
static void grow_range(struct zone *z, struct deferred *d)
{
	pfn_t start = d->next, end = MIN(start + GROW_BLOCKS * MAX_ORDER_PAGES, d->end);

	init_frames(start, end, z->where | (d->reserved ? PG_RESERVED : 0));
	set_block_types(start, end);
	d->next = end;
	if (!d->reserved) {
		zone_release_range(z, start, end);
		z->deferred_free -= end - start;
	}
}

bool deferred_grow(struct zone *z)
{
	unsigned long flags;
	bool grown = false;

	if (likely(READ_ONCE(z->deferred_free) == 0))
		return false;
	flags = spin_lock_irqsave(&deferred_lock);
	for (unsigned i = 0; i < z->nr_deferred && !grown; i++) {
		struct deferred *d = &z->deferred[i];

		if (d->next < d->end && !d->reserved) {
			grow_range(z, d);
			grown = true;
		}
	}
	spin_unlock_irqrestore(&deferred_lock, flags);
	if (grown)
		count_vm_event(DEFERRED_GROW);
	return grown;
}

/* One step of any range of any zone, reserved ones too; false: all done. */
static bool deferred_step(void)
{
	unsigned long flags = spin_lock_irqsave(&deferred_lock);
	struct zone *z;
	bool did = false;

	for_each_zone(z)
		for (unsigned i = 0; i < z->nr_deferred && !did; i++)
			if (z->deferred[i].next < z->deferred[i].end) {
				grow_range(z, &z->deferred[i]);
				did = true;
			}
	spin_unlock_irqrestore(&deferred_lock, flags);
	return did;
}

void free_boot_range(paddr_t start, paddr_t end, const char *what)
{
	pfn_t pfn = PAGE_ALIGN(start) >> PAGE_SHIFT, stop = end >> PAGE_SHIFT;
	unsigned long freed = 0;

	for (; pfn < stop; pfn++) {
		struct page *p = pfn_to_page(pfn);
		struct zone *z;

		while (!pfn_valid(pfn) && deferred_step())
			;
		z = page_zone(p);
		assert(pfn_valid(pfn) && (p->flags & PG_RESERVED));
		p->flags = z->where;
		z->managed++;
		zone_release_range(z, pfn, pfn + 1);
		freed++;
	}
	printk("mem: %s: %lu KiB freed\n", what, freed << (PAGE_SHIFT - 10));
}

/* --- zone lists and watermarks --- */

/* Nearest node first; among equals the lower number. */
void build_zonelists(void)
{
	for (unsigned n = 0; n < nr_nodes; n++) {
		struct node *node = &nodes[n];
		unsigned len[NR_ZONES] = { 0 };
		u32 done = 0;

		for (unsigned k = 0; k < nr_nodes; k++) {
			int best = -1;

			for (unsigned m = 0; m < nr_nodes; m++)
				if (!(done & BIT(m)) &&
				    (best < 0 || node->distance[m] < node->distance[best]))
					best = m;
			done |= BIT(best);
			for (int top = 0; top < NR_ZONES; top++)
				for (int zi = top; zi >= 0; zi--)
					if (nodes[best].zone[zi] != NULL)
						node->zonelist[top][len[top]++] = nodes[best].zone[zi];
		}
		for (unsigned top = 0; top < NR_ZONES; top++)
			node->zonelist[top][len[top]] = NULL;
	}
}

static u64 int_sqrt(u64 x)
{
	u64 r = 0;

	for (u64 bit = 1UL << 62; bit != 0; bit >>= 2) {
		if (x >= r + bit) {
			x -= r + bit;
			r = (r >> 1) + bit;
		} else {
			r >>= 1;
		}
	}
	return r;
}

/* How much of a lower zone is kept from those who may use a higher one: one part in ... */
static const u32 lowmem_ratio[NR_ZONES] = { 256, 32, 0 };

/* min grows with the root of memory: 4 sqrt(KiB) KiB, 1.4 MiB of 128 MiB, 16 of 16 GiB. */
void zone_setup_watermarks(void)
{
	u64 total = MAX(nr_total_pages(), 1UL);
	u64 min_pages = CLAMP(int_sqrt((total << 2) * 16), 128UL, 65536UL) >> 2;
	struct zone *z;

	for_each_zone(z) {
		struct node *n = &nodes[z->node];
		u64 min = min_pages * z->managed / total, above = 0;

		pcp_setup_size(z);
		z->wmark[WMARK_MIN] = min;
		z->wmark[WMARK_LOW] = min + min / 4;
		z->wmark[WMARK_HIGH] = min + min / 2;
		for (unsigned hi = 0; hi < NR_ZONES; hi++) {
			z->lowmem_reserve[hi] = 0;
			if (hi <= z->id)
				continue;
			if (n->zone[hi] != NULL)
				above += n->zone[hi]->managed;
			if (lowmem_ratio[z->id] != 0)
				z->lowmem_reserve[hi] = above / lowmem_ratio[z->id];
		}
	}
}

#ifdef __KERNEL__
/* --- the thread --- */

/* Let the first programs start, then do a step whenever the others have had a turn. */
static void page_init_thread(void *arg)
{
	u64 t0;

	(void)arg;
	current->nice = 19;
	sleep_ns(20 * NSEC_PER_MSEC, false);
	t0 = time_ns();
	while (deferred_step())
		sched_yield();
	printk("mem: all page frames initialised after %lu ms\n",
	       (unsigned long)((time_ns() - t0) / NSEC_PER_MSEC));
}

void page_init_start(void)
{
	struct zone *z;
	bool any = false;

	for_each_zone(z)
		any |= z->nr_deferred > 0;
	if (any && IS_ERR(kthread_create("page_init", page_init_thread, NULL)))
		printk("mem: no page_init thread: frames are initialised on demand\n");
}

/* --- boot --- */

static pfn_t movable_start[NR_NODES] __initdata;
static const char *const zone_names[NR_ZONES] = { "DMA32", "Normal", "Movable" };

static void __init *boot_alloc(u64 size, u64 align, unsigned node)
{
	paddr_t pa = memblock_alloc_node(size, align, node);

	if (pa == 0)
		panic("mem_init: no %lu KiB for the memory manager's own tables: too little RAM",
		      (unsigned long)size >> 10);
	return (void *)pa;
}

static void __init back_piece(vaddr_t va, vaddr_t end, u64 align, unsigned node)
{
	int err;

	if (va >= end)
		return;
	err = kmap_range(va, (paddr_t)boot_alloc(end - va, align, node), end - va, PTE_R | PTE_W,
			 false);
	if (err < 0)
		panic("mem_init: vmemmap [%lx,%lx): error %d", va, end, err);
}

/* Back the struct pages of frames [start, end), whole blocks; *done is the first address
 * not backed yet. */
static void __init back_vmemmap(pfn_t start, pfn_t end, unsigned node, vaddr_t *done)
{
	vaddr_t va = ALIGN_DOWN((vaddr_t)pfn_to_page(start), PAGE_SIZE);
	vaddr_t stop = PAGE_ALIGN((vaddr_t)pfn_to_page(end));
	vaddr_t big, big_end;

	va = MAX(va, *done);
	if (va >= stop)
		return;
	big = ALIGN_UP(va, MIB(2));
	big_end = ALIGN_DOWN(stop, MIB(2));
	if (big >= big_end) {
		back_piece(va, stop, PAGE_SIZE, node);
	} else {
		back_piece(va, big, PAGE_SIZE, node);
		back_piece(big, big_end, MIB(2), node);
		back_piece(big_end, stop, PAGE_SIZE, node);
	}
	*done = stop;
}

/* RAM range i in frames, widened to whole blocks.  One that it shares with the range before
 * is left to that one, so it may be empty. */
static bool __init ram_blocks(unsigned i, pfn_t *start, pfn_t *end, unsigned *node)
{
	paddr_t s, e, before, before_end = 0;
	unsigned n;

	if (!memblock_ram_range(i, &s, &e, node))
		return false;
	if (i > 0)
		memblock_ram_range(i - 1, &before, &before_end, &n);
	*start = MAX(ALIGN_DOWN(s >> PAGE_SHIFT, MAX_ORDER_PAGES),
		     ALIGN_UP(before_end >> PAGE_SHIFT, MAX_ORDER_PAGES));
	*end = MAX(*start, ALIGN_UP(e >> PAGE_SHIFT, MAX_ORDER_PAGES));
	if (*node >= NR_NODES)
		*node = 0;
	return true;
}

/* movable=SIZE is split evenly; each node gives the top of its RAM. */
static void __init place_movable(void)
{
	char arg[32];
	u64 want = 0;
	unsigned n_nodes = 0;
	pfn_t start, end;
	unsigned node;
	unsigned ranges = 0;

	for (unsigned n = 0; n < NR_NODES; n++) {
		movable_start[n] = ~0UL;
		n_nodes += nodes[n].present;
	}
	if (boot_arg("movable", arg, sizeof(arg)))
		want = memparse(arg, NULL) >> PAGE_SHIFT;
	if (want == 0)
		return;
	while (ram_blocks(ranges, &start, &end, &node))
		ranges++;
	for (unsigned n = 0; n < NR_NODES; n++) {
		u64 left = ALIGN_UP(DIV_ROUND_UP(want, n_nodes), MAX_ORDER_PAGES);

		for (unsigned i = ranges; i-- > 0 && nodes[n].present && left > 0;) {
			ram_blocks(i, &start, &end, &node);
			if (node != n)
				continue;
			/* The lowest eighth stays the kernel's, whatever was asked for. */
			start = ALIGN_UP(start + (end - start) / 8, MAX_ORDER_PAGES);
			if (start >= end)
				continue;
			movable_start[n] = end - MIN(left, end - start);
			left -= MIN(left, end - start);
		}
	}
}

static enum zone_id __init zone_of(pfn_t pfn, unsigned node)
{
	return pfn >= movable_start[node] ? ZONE_MOVABLE : pfn < DMA32_END ? ZONE_DMA32 : ZONE_NORMAL;
}

/* Where the zone that holds pfn ends, at the latest. */
static pfn_t __init zone_limit(pfn_t pfn, pfn_t end, unsigned node)
{
	if (pfn < movable_start[node])
		end = MIN(end, movable_start[node]);
	if (pfn < DMA32_END)
		end = MIN(end, DMA32_END);
	return end;
}

static struct zone *__init zone_get(unsigned node, enum zone_id id)
{
	struct zone *z = nodes[node].zone[id];

	if (z != NULL)
		return z;
	z = __va((paddr_t)boot_alloc(sizeof(*z), 64, node));
	memset(z, 0, sizeof(*z));
	spin_lock_init(&z->lock, "zone");
	z->id = id;
	z->node = node;
	z->where = (u32)id << PG_ZONE_SHIFT | node << PG_NODE_SHIFT;
	z->name = zone_names[id];
	z->start = ~0UL;
	buddy_init(z);
	pcp_init(z);
	nodes[node].zone[id] = z;
	zone_table[node << 2 | id] = z;
	return z;
}

static void __init make_zones(void)
{
	pfn_t start, end;
	unsigned node;

	for (unsigned i = 0; ram_blocks(i, &start, &end, &node); i++)
		for (pfn_t s = start, e; s < end; s = e) {
			struct zone *z = zone_get(node, zone_of(s, node));

			e = zone_limit(s, end, node);
			z->start = MIN(z->start, s);
			z->end = MAX(z->end, e);
		}
}

static void __init add_present(pfn_t start, pfn_t end, unsigned node)
{
	for (pfn_t e; start < end; start = e) {
		e = zone_limit(start, end, node);
		nodes[node].zone[zone_of(start, node)]->present += e - start;
	}
}

/* What of the zones' spans is RAM: no widening here, but a block that two ranges share is the
 * first one's. */
static void __init count_present(void)
{
	paddr_t start, end;
	pfn_t done = 0;
	unsigned node, owner = 0;

	for (unsigned i = 0; memblock_ram_range(i, &start, &end, &node); i++) {
		pfn_t s = PAGE_ALIGN(start) >> PAGE_SHIFT, stop = end >> PAGE_SHIFT;

		node = node < NR_NODES ? node : 0;
		add_present(s, MIN(stop, done), owner);
		add_present(MAX(s, done), stop, node);
		if (stop > done) {
			done = ALIGN_UP(stop, MAX_ORDER_PAGES);
			owner = node;
		}
	}
}

/* Free range after free range, in frames, without building the list anew each time. */
struct free_cursor {
	unsigned i;
	pfn_t start, end;	/* 0, 0 at the end */
};

static void __init cursor_next(struct free_cursor *c)
{
	paddr_t s, e;
	unsigned node;

	while (memblock_free_range(c->i++, &s, &e, &node)) {
		c->start = PAGE_ALIGN(s) >> PAGE_SHIFT;
		c->end = e >> PAGE_SHIFT;
		if (c->start < c->end)
			return;
	}
	c->start = c->end = ~0UL;
}

/* Note [start, end), whole blocks, for later; false: no room to note it. */
static bool __init defer(struct zone *z, pfn_t start, pfn_t end, bool reserved)
{
	struct deferred *d = &z->deferred[z->nr_deferred];

	if (z->nr_deferred == NR_DEFERRED)
		return false;
	z->nr_deferred++;
	*d = (struct deferred){ start, end, reserved };
	if (!reserved) {
		z->managed += end - start;
		z->deferred_free += end - start;
	}
	return true;
}

/* Frames that are ready now.  What follows in their last block looks taken until its turn
 * comes: merging looks there, and RAM may hold anything, even the free blocks of the
 * kernel that ran before a reset. */
static void __init add_now(struct zone *z, pfn_t start, pfn_t end, bool is_free)
{
	init_frames(start, end, z->where | (is_free ? 0 : PG_RESERVED));
	set_block_types(start, end);
	if (!is_free)
		return;
	for (pfn_t pfn = end; !IS_ALIGNED(pfn, MAX_ORDER_PAGES); pfn++)
		pfn_to_page(pfn)->flags = PG_RESERVED;
	z->managed += end - start;
	zone_release_range(z, start, end);
}

/* Frames [start, end) of one zone: free or reserved, now or later. */
static void __init zone_add_frames(struct zone *z, pfn_t start, pfn_t end, struct free_cursor *c,
				   u64 *early)
{
	while (start < end) {
		bool is_free;
		pfn_t stop, next, ds, de;

		while (c->end <= start)
			cursor_next(c);
		is_free = c->start <= start;
		next = stop = MIN(end, is_free ? c->end : c->start);
		/* The whole blocks of [start, stop) can wait, once enough are done. */
		ds = ALIGN_UP(start + (is_free ? *early : 0), MAX_ORDER_PAGES);
		de = ALIGN_DOWN(stop, MAX_ORDER_PAGES);
		if (ds < de && defer(z, ds, de, !is_free)) {
			stop = ds;
			next = de;
		}
		add_now(z, start, stop, is_free);
		if (is_free)
			*early -= MIN(*early, stop - start);
		start = next;
	}
}

static void __init read_distances(void)
{
	const u8 *m;
	u32 len = 0;
	int node;

	for (unsigned a = 0; a < NR_NODES; a++)
		for (unsigned b = 0; b < NR_NODES; b++)
			nodes[a].distance[b] = a == b ? 10 : 20;
	node = fdt_path(&machine_fdt, "/distance-map");
	m = node < 0 ? NULL : fdt_prop(&machine_fdt, node, "distance-matrix", &len);
	for (; m != NULL && len >= 12; m += 12, len -= 12)
		if (m[3] < NR_NODES && m[7] < NR_NODES)
			nodes[m[3]].distance[m[7]] = m[11];
}

void __init mem_init(void)
{
	u64 early[NR_NODES];
	struct free_cursor c = { 0, 0, 0 };
	vaddr_t done = 0;
	pfn_t start, end;
	unsigned node, blocks;
	struct zone *z;

	read_distances();
	min_pfn = ~0UL;
	for (unsigned i = 0; ram_blocks(i, &start, &end, &node); i++) {
		nodes[node].present = true;
		nodes[node].id = node;
		nr_nodes = MAX(nr_nodes, node + 1);
		min_pfn = MIN(min_pfn, start);
		max_pfn = MAX(max_pfn, end);
		early[node] = EARLY_PAGES;
		back_vmemmap(start, end, node, &done);
	}
	blocks = (max_pfn - min_pfn) >> PAGEBLOCK_ORDER;
	pageblock_types = __va((paddr_t)boot_alloc(blocks, 8, 0));
	memset(pageblock_types, PAGEBLOCK_NONE, blocks);
	pageblock_types -= min_pfn >> PAGEBLOCK_ORDER;
	place_movable();
	make_zones();
	count_present();

	/* From here on nothing is taken from memblock any more. */
	for (unsigned i = 0; ram_blocks(i, &start, &end, &node); i++)
		for (pfn_t s = start, e; s < end; s = e) {
			e = zone_limit(s, end, node);
			zone_add_frames(nodes[node].zone[zone_of(s, node)], s, e, &c, &early[node]);
		}
	build_zonelists();
	zone_setup_watermarks();
	pcp_setup_first();
	for_each_zone(z)
		printk("mem: node %u %-7s [%09lx,%09lx) %lu MiB, %lu KiB free%s\n", z->node, z->name,
		       z->start << PAGE_SHIFT, z->end << PAGE_SHIFT,
		       (unsigned long)z->present >> (20 - PAGE_SHIFT),
		       (unsigned long)zone_free_pages(z) << (PAGE_SHIFT - 10),
		       z->deferred_free ? ", the rest initialised later" : "");
}
#endif
