// SPDX-License-Identifier: MIT
// sources: kernel/mm/phys/buddy.c kernel/mm/phys/migrate.c kernel/mm/phys/pcp.c kernel/mm/phys/page_alloc.c kernel/mm/phys/page_init.c kernel/mm/phys/page.c kernel/mm/phys/vmstat.c kernel/mm/phys/fault_inject.c
/*
 * test_pages.c - the page allocator, from the buddy up, against one byte a frame.
 *
 * The model knows which frames are taken and nothing else.  From that alone follows what
 * the buddy's lists must hold: the free frames, cut into the largest aligned blocks.
 */
#include <string.h>
#include "host.h"
#include "mm/phys/fault_inject.h"
#include "mm/phys/vmstat.h"
#include "mm/phys/zone.h"

#define FRAMES	(16 * 1024u)			/* 64 MiB; the model's zones share them */

struct page *host_mem_map;
char *host_ram;
unsigned host_hart, nr_harts = 4, hart_to_node[NR_HARTS];
static struct task the_task;
struct task *current = &the_task;
static struct zone zones[4];
static u8 taken[FRAMES];
static u8 types[FRAMES >> PAGEBLOCK_ORDER];
static unsigned long reclaimable, reclaim_calls, compact_calls, oom_calls;
static struct page *hoard[FRAMES];
static unsigned hoarded;

void lru_remove(struct page *p) { p->flags &= ~PG_LRU; }

unsigned long reclaim_pages(gfp_t gfp, unsigned order)
{
	unsigned long n = MIN(reclaimable, 8UL);

	(void)gfp;
	(void)order;
	reclaim_calls++;
	reclaimable -= n;
	for (unsigned long i = 0; i < n; i++)
		free_page(hoard[--hoarded]);
	return n;
}

bool compact_zone_for(gfp_t gfp, unsigned order)
{
	(void)gfp;
	(void)order;
	compact_calls++;
	return false;
}

bool out_of_memory(gfp_t gfp, unsigned order)
{
	(void)gfp;
	(void)order;
	oom_calls++;
	return false;
}

static struct zone *add_zone(unsigned i, unsigned node, enum zone_id id, pfn_t start, pfn_t end,
			     bool later)
{
	struct zone *z = &zones[i];

	memset(z, 0, sizeof(*z));
	z->id = id;
	z->node = node;
	z->where = (u32)id << PG_ZONE_SHIFT | node << PG_NODE_SHIFT;
	z->name = "test";
	z->start = start;
	z->end = end;
	z->present = z->managed = end - start;
	buddy_init(z);
	pcp_init(z);
	nodes[node].present = true;
	nodes[node].zone[id] = z;
	zone_table[node << 2 | id] = z;
	nr_nodes = MAX(nr_nodes, node + 1);
	if (later) {
		/* Whatever was in memory before must not matter. */
		memset(host_mem_map + start, 0xa5, (end - start) * sizeof(struct page));
		memset(types + (start >> PAGEBLOCK_ORDER), PAGEBLOCK_NONE,
		       (end - start) >> PAGEBLOCK_ORDER);
		z->deferred[z->nr_deferred++] = (struct deferred){ start, end, false };
		z->deferred_free = end - start;
	} else {
		for (pfn_t p = start; p < end; p++)
			host_mem_map[p].flags = z->where;
		zone_release_range(z, start, end);
	}
	return z;
}

static void start(void)
{
	memset(nodes, 0, sizeof(nodes));
	memset(zone_table, 0, sizeof(zone_table));
	memset(host_mem_map, 0, FRAMES * sizeof(struct page));
	memset(types, MIGRATE_MOVABLE, sizeof(types));
	memset(taken, 0, sizeof(taken));
	memset(&the_task, 0, sizeof(the_task));
	pageblock_types = types;
	min_pfn = 0;
	max_pfn = FRAMES;
	nr_nodes = 0;
	host_hart = 0;
	reclaimable = hoarded = 0;
	reclaim_calls = compact_calls = oom_calls = 0;
	for (unsigned a = 0; a < NR_NODES; a++)
		for (unsigned b = 0; b < NR_NODES; b++)
			nodes[a].distance[b] = a == b ? 10 : 20;
	memset(hart_to_node, 0, sizeof(hart_to_node));
}

static void finish_start(void)
{
	build_zonelists();
	zone_setup_watermarks();
	pcp_setup_first();
}

static void one_zone(void)
{
	start();
	add_zone(0, 0, ZONE_DMA32, 0, FRAMES, false);
	finish_start();
}

static bool all_free(pfn_t pfn, unsigned order)
{
	for (pfn_t p = pfn; p < pfn + (1UL << order); p++)
		if (taken[p])
			return false;
	return true;
}

/* Count the maximal free blocks of [pfn, pfn + 2^order), by order. */
static void canonical(pfn_t pfn, unsigned order, u64 *count)
{
	if (all_free(pfn, order)) {
		count[order]++;
	} else if (order > 0) {
		canonical(pfn, order - 1, count);
		canonical(pfn + (1UL << (order - 1)), order - 1, count);
	}
}

static void check_zone(struct zone *z)
{
	u64 want[MAX_ORDER + 1] = { 0 };

	for (pfn_t p = z->start; p < z->end; p += MAX_ORDER_PAGES)
		canonical(p, MAX_ORDER, want);
	CHECK(buddy_check(z) == 0);
	for (unsigned o = 0; o <= MAX_ORDER; o++) {
		CHECK(z->area[o].nr_free == want[o]);
		for (unsigned t = 0; t < NR_MIGRATETYPES; t++) {
			struct page *p;

			list_for_each(p, &z->area[o].list[t], link)
				CHECK(all_free(page_to_pfn(p), o));
		}
	}
}

static void take(struct page *p, unsigned order)
{
	CHECK(IS_ALIGNED(page_to_pfn(p), 1UL << order));
	for (unsigned i = 0; i < 1U << order; i++) {
		CHECK(!taken[page_to_pfn(p) + i]);
		taken[page_to_pfn(p) + i] = 1;
	}
}

static void give(struct page *p, unsigned order)
{
	memset(&taken[page_to_pfn(p)], 0, 1UL << order);
}

/* --- the buddy alone --- */

static void buddy_trace(void)
{
	static struct { struct page *p; unsigned order; } live[2000];
	unsigned n = 0;
	unsigned long ops = ops_wanted(2000000);
	struct zone *z = &zones[0];

	one_zone();
	for (unsigned long op = 0; op < ops; op++) {
		/* Waves: fill up, empty out. */
		bool grow = rnd_below(100) < (op >> 14 & 1 ? 35u : 65u);

		if (grow && n < ARRAY_SIZE(live)) {
			unsigned order = rnd_below(4) ? rnd_below(3) : rnd_below(MAX_ORDER + 1);
			struct page *p = zone_rmqueue(z, order, rnd_below(NR_MIGRATETYPES));

			if (p == NULL) {
				for (pfn_t b = 0; b < FRAMES && op % 32 == 0; b += 1UL << order)
					CHECK(!all_free(b, order));
				continue;
			}
			take(p, order);
			live[n].p = p;
			live[n++].order = order;
		} else if (n > 0) {
			unsigned i = rnd_below(n);

			give(live[i].p, live[i].order);
			buddy_free(z, live[i].p, live[i].order,
				   pageblock_type(page_to_pfn(live[i].p)));
			live[i] = live[--n];
		}
		if (op % 8192 == 0)
			check_zone(z);
	}
	while (n-- > 0) {
		give(live[n].p, live[n].order);
		buddy_free(z, live[n].p, live[n].order, MIGRATE_MOVABLE);
	}
	check_zone(z);
	CHECK(z->area[MAX_ORDER].nr_free == FRAMES >> MAX_ORDER);
}

static void order9_split_and_merge(void)
{
	struct zone *z = &zones[0];
	struct page *p[512];

	one_zone();
	for (unsigned i = 0; i < 512; i++) {
		p[i] = buddy_alloc(z, 0, MIGRATE_MOVABLE);
		take(p[i], 0);
	}
	check_zone(z);
	for (unsigned i = 0; i < 512; i++) {
		give(p[i * 37 % 512], 0);
		buddy_free(z, p[i * 37 % 512], 0, MIGRATE_MOVABLE);
	}
	check_zone(z);
	CHECK(z->nr_free == FRAMES);
}

/* --- the whole allocator --- */

static void check_all(unsigned long live)
{
	struct zone *z;

	CHECK(nr_free_pages() + live == nr_total_pages());
	for_each_zone(z)
		CHECK(buddy_check(z) == 0);
}

static void drain_and_check(void)
{
	struct zone *z;

	drain_all_pages();
	for_each_zone(z) {
		while (deferred_grow(z))
			;
		check_zone(z);
	}
}

static const gfp_t gfps[] = {
	GFP_KERNEL, GFP_ATOMIC, GFP_HIGHUSER_MOVABLE, GFP_USER, GFP_KERNEL | __GFP_RECLAIMABLE,
	GFP_DMA32, GFP_NOFS, GFP_KERNEL | __GFP_MEMALLOC, GFP_USER | __GFP_ZERO,
};

static void page_trace(void)
{
	static struct { struct page *p; unsigned order; bool comp; } live[FRAMES];
	unsigned n = 0;
	unsigned long frames = 0, ops = ops_wanted(1000000);

	for (unsigned long op = 0; op < ops; op++) {
		bool grow = rnd_below(100) < (op >> 15 & 1 ? 30u : 70u);

		host_hart = rnd_below(nr_harts);
		if (grow && n < ARRAY_SIZE(live)) {
			gfp_t gfp = (gfps[rnd_below(ARRAY_SIZE(gfps))] & ~__GFP_WAIT) | __GFP_NOWARN;
			unsigned order = rnd_below(8) ? 0 : rnd_below(6);
			bool comp = rnd_below(2);
			struct page *p;

			p = alloc_pages(gfp | (comp ? __GFP_COMP : 0), order);
			if (p == NULL)
				continue;
			CHECK(page_refs(p) == 1 && page_maps(p) == 0 && p->mapping == NULL);
			CHECK((p->flags & ~PG_KEEP_MASK & ~PG_HEAD) == 0);
			if (comp && order > 0) {
				CHECK(page_head(p + (1 << order) - 1) == p && p->order == order);
			}
			CHECK(!(gfp & __GFP_DMA32) || page_zone_id(p) == ZONE_DMA32);
			CHECK((gfp & __GFP_MOVABLE) || page_zone_id(p) != ZONE_MOVABLE);
			if (gfp & __GFP_ZERO)
				for (unsigned i = 0; i < PAGE_SIZE << order; i += 512)
					CHECK(((char *)page_address(p))[i] == 0);
			memset(page_address(p), 0xee, PAGE_SIZE << order);
			take(p, order);
			live[n].p = p;
			live[n].order = order;
			live[n++].comp = comp;
			frames += 1UL << order;
		} else if (n > 0) {
			unsigned i = rnd_below(n);
			struct page *p = live[i].p;
			unsigned order = live[i].order;

			give(p, order);
			frames -= 1UL << order;
			if (order == 0 && rnd_below(4) == 0) {
				/* A mapped page: two counts, given back together. */
				page_map(p);
				put_page(p);
				CHECK(page_unmap(p) == 0);
				free_pages_bulk(&p, 1);
			} else if (order == 0 && rnd_below(3) == 0) {
				get_page(p);
				CHECK(get_page_unless_zero(p));
				put_page(p);
				put_page(p);
				put_page(p);
			} else if (live[i].comp && rnd_below(2)) {
				put_page(p);
			} else {
				free_pages(p, order);
			}
			live[i] = live[--n];
		}
		if (op % 16384 == 0)
			check_all(frames);
	}
	while (n-- > 0) {
		give(live[n].p, live[n].order);
		free_pages(live[n].p, live[n].order);
	}
	check_all(0);
	drain_and_check();
}

static void trace_one_zone(void)
{
	one_zone();
	page_trace();
	CHECK(zones[0].area[MAX_ORDER].nr_free == FRAMES >> MAX_ORDER);
}

static void trace_three_zones_two_nodes(void)
{
	start();
	add_zone(0, 0, ZONE_DMA32, 0, FRAMES / 4, false);
	add_zone(1, 0, ZONE_NORMAL, FRAMES / 4, FRAMES / 2, false);
	add_zone(2, 1, ZONE_NORMAL, FRAMES / 2, FRAMES * 3 / 4, false);
	add_zone(3, 1, ZONE_MOVABLE, FRAMES * 3 / 4, FRAMES, false);
	hart_to_node[1] = hart_to_node[3] = 1;
	finish_start();
	page_trace();
}

static void trace_deferred(void)
{
	start();
	add_zone(0, 0, ZONE_DMA32, 0, FRAMES / 4, false);
	add_zone(1, 0, ZONE_NORMAL, FRAMES / 4, FRAMES, true);
	finish_start();
	CHECK(nr_free_pages() == FRAMES && !pfn_valid(FRAMES / 2));
	page_trace();
	CHECK(zones[1].deferred_free == 0 && pfn_valid(FRAMES / 2));
}

/* Whoever empties the machine gets all of it, whatever is initialised. */
static unsigned take_all(gfp_t gfp)
{
	unsigned n = 0;
	struct page *p;

	while ((p = alloc_page(gfp | __GFP_NOWARN)) != NULL) {
		hoard[hoarded++] = p;
		n++;
	}
	return n;
}

static void put_all(void)
{
	while (hoarded > 0)
		free_page(hoard[--hoarded]);
}

static void watermarks(void)
{
	unsigned user, atomic, reserve;

	one_zone();
	user = take_all(GFP_USER);
	CHECK(zones[0].nr_free >= zones[0].wmark[WMARK_MIN]);
	CHECK(reclaim_calls > 0 && oom_calls > 0);
	atomic = take_all(GFP_ATOMIC);
	CHECK(atomic > 0 && zones[0].nr_free > 0);
	reserve = take_all(GFP_ATOMIC | __GFP_MEMALLOC);
	CHECK(reserve > 0 && user + atomic + reserve == FRAMES && nr_free_pages() == 0);
	CHECK(alloc_page(GFP_ATOMIC | __GFP_MEMALLOC | __GFP_NOWARN) == NULL);
	put_all();
	the_task.memalloc = 1;
	CHECK(take_all(GFP_KERNEL) == FRAMES);
	the_task.memalloc = 0;
	put_all();
	drain_and_check();
}

static void lowmem_reserve(void)
{
	unsigned user, kernel_low;

	start();
	add_zone(0, 0, ZONE_DMA32, 0, FRAMES / 4, false);
	add_zone(1, 0, ZONE_NORMAL, FRAMES / 4, FRAMES, false);
	finish_start();
	CHECK(zones[0].lowmem_reserve[ZONE_NORMAL] == FRAMES * 3 / 4 / 256);
	user = take_all(GFP_USER);
	kernel_low = take_all(GFP_DMA32 | __GFP_WAIT);
	CHECK(user < FRAMES && kernel_low >= zones[0].lowmem_reserve[ZONE_NORMAL]);
	put_all();
	drain_all_pages();
	/* Not from the reclaimer: it needs a frame to make many. */
	CHECK(take_all(GFP_ATOMIC | __GFP_MEMALLOC) == FRAMES);
	put_all();
	drain_and_check();
}

static void zonelist_order(void)
{
	start();
	add_zone(0, 0, ZONE_DMA32, 0, FRAMES / 4, false);
	add_zone(1, 0, ZONE_NORMAL, FRAMES / 4, FRAMES / 2, false);
	add_zone(2, 1, ZONE_NORMAL, FRAMES / 2, FRAMES * 3 / 4, false);
	add_zone(3, 2, ZONE_MOVABLE, FRAMES * 3 / 4, FRAMES, false);
	nodes[0].distance[1] = 30;
	nodes[0].distance[2] = 15;
	finish_start();
	CHECK(nodes[0].zonelist[ZONE_MOVABLE][0] == &zones[1] &&
	      nodes[0].zonelist[ZONE_MOVABLE][1] == &zones[0] &&
	      nodes[0].zonelist[ZONE_MOVABLE][2] == &zones[3] &&
	      nodes[0].zonelist[ZONE_MOVABLE][3] == &zones[2] &&
	      nodes[0].zonelist[ZONE_MOVABLE][4] == NULL);
	CHECK(nodes[1].zonelist[ZONE_NORMAL][0] == &zones[2] &&
	      nodes[1].zonelist[ZONE_NORMAL][1] == &zones[1]);
	CHECK(nodes[2].zonelist[ZONE_DMA32][0] == &zones[0]);
	CHECK(alloc_pages_node(1, GFP_KERNEL, 0)->flags >> PG_NODE_SHIFT == 1);
}

static void reclaim_makes_room(void)
{
	struct page *p;

	one_zone();
	take_all(GFP_USER);
	reclaim_calls = 0;
	reclaimable = 64;
	p = alloc_page(GFP_KERNEL);
	CHECK(p != NULL && reclaim_calls > 0);
	free_page(p);
	reclaimable = 0;
	reclaim_calls = 0;
	CHECK(alloc_page(GFP_ATOMIC | __GFP_NOWARN) != NULL && reclaim_calls == 0);
	CHECK(alloc_pages(GFP_KERNEL | __GFP_NOWARN, MAX_ORDER) == NULL && compact_calls > 0);
	CHECK(alloc_pages(GFP_KERNEL | __GFP_NOWARN, MAX_ORDER + 1) == NULL);
}

/* A mixed load, then: how many movable page blocks hold an unmovable page? */
static void types_stay_apart(void)
{
	static struct page *live[2][FRAMES];
	static u8 unmovable_at[FRAMES];
	unsigned n[2] = { 0, 0 }, mixed = 0, movable = 0;

	one_zone();
	memset(unmovable_at, 0, sizeof(unmovable_at));
	for (unsigned long op = 0; op < 400000; op++) {
		unsigned k = rnd_below(4) == 0;		/* a quarter is the kernel's */
		unsigned limit = k ? FRAMES / 8 : FRAMES * 6 / 10;

		host_hart = rnd_below(nr_harts);
		if (rnd_below(100) < 55 && n[k] < limit) {
			struct page *p = alloc_page((k ? GFP_KERNEL : GFP_HIGHUSER_MOVABLE) |
						    __GFP_NOWARN);

			if (p != NULL)
				live[k][n[k]++] = p;
		} else if (n[k] > 0) {
			unsigned i = rnd_below(n[k]);

			free_page(live[k][i]);
			live[k][i] = live[k][--n[k]];
		}
	}
	for (unsigned i = 0; i < n[1]; i++)
		unmovable_at[page_to_pfn(live[1][i])] = 1;
	for (pfn_t b = 0; b < FRAMES; b += PAGEBLOCK_PAGES) {
		bool any = false;

		if (pageblock_type(b) != MIGRATE_MOVABLE)
			continue;
		movable++;
		for (unsigned i = 0; i < PAGEBLOCK_PAGES; i++)
			any |= unmovable_at[b + i];
		mixed += any;
	}
	printf("  %u movable page blocks of %u, %u with an unmovable page\n", movable,
	       FRAMES >> PAGEBLOCK_ORDER, mixed);
	CHECK(movable > 0 && mixed * 5 <= movable);
	CHECK(zones[0].steals > 0);
}

/* Somebody looks at the first page while its owner frees the block: none of it is lost. */
static void block_freed_while_held(void)
{
	one_zone();
	for (unsigned order = 0; order <= MAX_ORDER; order++)
		for (unsigned comp = 0; comp < 2; comp++) {
			struct page *p = alloc_pages(GFP_KERNEL | (comp ? __GFP_COMP : 0), order);

			CHECK(p != NULL && get_page_unless_zero(p));
			free_pages(p, order);
			CHECK(page_refs(p) == 1);
			put_page(p);
			drain_all_pages();
			CHECK(nr_free_pages() == FRAMES);
		}
	drain_and_check();
}

static void bulk_runs(void)
{
	struct page *p[1024];
	u64 before;

	one_zone();
	for (unsigned round = 0; round < 20; round++) {
		before = nr_free_pages();
		for (unsigned i = 0; i < 1024; i++) {
			p[i] = alloc_page(GFP_HIGHUSER_MOVABLE);
			CHECK(p[i] != NULL);
			page_map(p[i]);
			put_page(p[i]);
		}
		for (unsigned i = 0; i < 1024; i++) {
			unsigned j = rnd_below(round % 2 ? 1024 : 1) + (round % 2 ? 0 : i);
			struct page *t = p[i];

			if (round % 2) {	/* odd rounds: shuffled */
				p[i] = p[j];
				p[j] = t;
			}
		}
		for (unsigned i = 0; i < 1024; i++)
			CHECK(page_unmap(p[i]) == 0);
		p[0]->flags |= PG_UPTODATE | PG_REFERENCED | PG_SWAPBACKED | PG_DIRTY;
		p[1]->flags |= PG_LRU;
		for (unsigned i = 0; i < 1024; i += 64)
			free_pages_bulk(p + i, 64);
		CHECK(nr_free_pages() == before);
	}
	drain_and_check();
}

static void misuse_panics(void)
{
	struct page *p;

	one_zone();
	p = alloc_page(GFP_KERNEL);
	free_page(p);
	CHECK_PANICS(free_page(p));
	one_zone();
	p = alloc_page(GFP_KERNEL);
	p->flags |= PG_LOCKED;
	CHECK_PANICS(free_page(p));
	one_zone();
	p = alloc_page(GFP_KERNEL);
	p->counts += 1UL << 32;			/* still mapped, somebody forgot */
	CHECK_PANICS(put_page_last(p));
	for (unsigned order = 0; order < 3; order += 2) {
		one_zone();
		p = alloc_pages(GFP_KERNEL, order);
		p->counts += 1UL << 32;
		CHECK_PANICS(free_pages(p, order));	/* not: nobody's, and lost */
	}
	one_zone();
	p = alloc_pages(GFP_KERNEL | __GFP_COMP, 2);
	CHECK_PANICS(free_pages(p, 1));
	one_zone();
	p = alloc_pages(GFP_KERNEL | __GFP_COMP, 2);
	free_pages(p, 2);
	CHECK_PANICS(free_pages(p, 2));
}

static void injection(void)
{
	one_zone();
	the_task.fail_nth = 3;
	fault_inject_on = 1;
	CHECK(alloc_page(GFP_KERNEL) != NULL);
	CHECK(alloc_page(GFP_KERNEL) != NULL);
	CHECK(alloc_page(GFP_KERNEL) == NULL);
	CHECK(alloc_page(GFP_KERNEL) != NULL);
	the_task.fail_nth = 1;
	CHECK(alloc_page(GFP_KERNEL | __GFP_NOFAIL) != NULL);
	CHECK(alloc_page(GFP_KERNEL) == NULL);
	fault_inject_on = 0;
	check_all(4);
}

static void counters(void)
{
	one_zone();
	for (unsigned i = 0; i < 1000; i++) {
		host_hart = rnd_below(nr_harts);
		mod_node_state(0, NR_VMALLOC, rnd_below(2) ? 3 : -1);
		count_vm_event(COW_COPY);
	}
	CHECK(vm_event(COW_COPY) == 1000);
	s64 before = vm_state(NR_KERNEL_STACK_KB);
	for (int i = 0; i < 500; i++)
		mod_node_state(0, NR_KERNEL_STACK_KB, i % 7 - 3);
	for (int i = 0; i < 500; i++)
		mod_node_state(0, NR_KERNEL_STACK_KB, -(i % 7 - 3));
	CHECK(vm_state(NR_KERNEL_STACK_KB) == before);
}

static void pcp_bounds(void)
{
	struct page *p[200];
	struct zone *z = &zones[0];

	one_zone();
	for (unsigned i = 0; i < 200; i++)
		p[i] = alloc_page(GFP_KERNEL);
	for (unsigned i = 0; i < 200; i++) {
		free_page(p[i]);
		CHECK(pcp_count(&z->pcp[0].mt[MIGRATE_UNMOVABLE]) <= z->pcp_high);
	}
	p[0] = alloc_page(GFP_KERNEL);
	CHECK(p[0] == p[199]);			/* the hottest comes first */
	free_page(p[0]);
	pcp_enable(false);
	CHECK(zone_pcp_pages(z) == 0);
	p[0] = alloc_page(GFP_KERNEL);
	free_page(p[0]);
	CHECK(zone_pcp_pages(z) == 0);
	pcp_enable(true);
	drain_and_check();
}

int main(void)
{
	static const struct row rows[] = {
		{ "buddy: two million random operations", buddy_trace },
		{ "buddy: order 9 split and merged", order9_split_and_merge },
		{ "pages: random trace, one zone", trace_one_zone },
		{ "pages: random trace, four zones on two nodes", trace_three_zones_two_nodes },
		{ "pages: random trace, frames initialised on demand", trace_deferred },
		{ "pages: watermarks", watermarks },
		{ "pages: lowmem_reserve", lowmem_reserve },
		{ "pages: zone lists by distance", zonelist_order },
		{ "pages: the slow path reclaims", reclaim_makes_room },
		{ "pages: migrate types stay apart", types_stay_apart },
		{ "pages: a block freed while somebody holds it", block_freed_while_held },
		{ "pages: freeing in bulk", bulk_runs },
		{ "pages: misuse panics", misuse_panics },
		{ "pages: fault injection", injection },
		{ "pages: counters fold", counters },
		{ "pages: per-hart lists", pcp_bounds },
	};

	host_mem_map = calloc(FRAMES, sizeof(struct page));
	host_ram = aligned_alloc(PAGE_SIZE, FRAMES * PAGE_SIZE);
	return RUN_ROWS(rows);
}
