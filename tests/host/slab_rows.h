// SPDX-License-Identifier: MIT
/*
 * slab_rows.h - the rows for one slab layout: test_slab.c, test_slub.c, test_slob.c and
 * test_slab_debug.c choose it and include this.  The sources are compiled as part of the
 * test, because the layout changes structures that all of them share.
 */
#include <stdarg.h>
#include <string.h>
#include "host.h"
#include "../../kernel/mm/phys/buddy.c"
#include "../../kernel/mm/phys/migrate.c"
#include "../../kernel/mm/phys/pcp.c"
#include "../../kernel/mm/phys/page_alloc.c"
#include "../../kernel/mm/phys/page_init.c"
#include "../../kernel/mm/phys/page.c"
#include "../../kernel/mm/phys/vmstat.c"
#include "../../kernel/mm/phys/fault_inject.c"
#include "../../kernel/mm/kmem/slab.c"
#include "../../kernel/mm/kmem/slab_mag.c"
#include "../../kernel/mm/kmem/slab_slub.c"
#include "../../kernel/mm/kmem/slab_slob.c"
#include "../../kernel/mm/kmem/slab_debug.c"
#include "../../kernel/mm/kmem/kmalloc.c"

#define FRAMES	(8 * 1024u)			/* 32 MiB, on two nodes */

struct page *host_mem_map;
char *host_ram;
unsigned host_hart, nr_harts = 4, hart_to_node[NR_HARTS];
static struct task the_task;
struct task *current = &the_task;
static struct zone zones[2];
static u8 types[FRAMES >> PAGEBLOCK_ORDER];

void lru_remove(struct page *p) { (void)p; }
unsigned long reclaim_pages(gfp_t gfp, unsigned order) { (void)gfp; (void)order; return 0; }
bool compact_zone_for(gfp_t gfp, unsigned order) { (void)gfp; (void)order; return false; }
bool out_of_memory(gfp_t gfp, unsigned order) { (void)gfp; (void)order; return false; }

static void start(void)
{
	host_mem_map = calloc(FRAMES, sizeof(struct page));
	host_ram = aligned_alloc(MIB(4), FRAMES * PAGE_SIZE);
	/* Address 0 of the direct map is nobody's, as in the kernel. */
	pageblock_types = types;
	memset(types, MIGRATE_MOVABLE, sizeof(types));
	max_pfn = FRAMES;
	for (unsigned i = 0; i < 2; i++) {
		struct zone *z = &zones[i];

		z->id = ZONE_NORMAL;
		z->node = i;
		z->where = ZONE_NORMAL << PG_ZONE_SHIFT | i << PG_NODE_SHIFT;
		z->start = i * FRAMES / 2;
		z->end = z->start + FRAMES / 2;
		z->present = z->managed = FRAMES / 2;
		buddy_init(z);
		pcp_init(z);
		nodes[i].present = true;
		nodes[i].zone[ZONE_NORMAL] = z;
		zone_table[i << 2 | ZONE_NORMAL] = z;
		for (pfn_t p = z->start; p < z->end; p++)
			host_mem_map[p].flags = z->where;
		zone_release_range(z, z->start, z->end);
		for (unsigned k = 0; k < NR_NODES; k++)
			nodes[i].distance[k] = i == k ? 10 : 20;
	}
	nr_nodes = 2;
	hart_to_node[1] = hart_to_node[3] = 1;
	build_zonelists();
	zone_setup_watermarks();
	pcp_setup_first();
	slab_init();
}

/* --- objects that know themselves --- */

static void fill(void *obj, size_t size, u64 id)
{
	for (size_t i = 0; i < size; i++)
		((u8 *)obj)[i] = id * 31 + i * 7;
}

static bool intact(const void *obj, size_t size, u64 id)
{
	for (size_t i = 0; i < size; i++)
		if (((const u8 *)obj)[i] != (u8)(id * 31 + i * 7))
			return false;
	return true;
}

static void trace(void)
{
	static const struct { size_t size, align; u32 flags; } kind[] = {
		{ 8, 0, 0 }, { 24, 8, 0 }, { 40, 0, SLAB_HWALIGN }, { 100, 64, 0 }, { 192, 0, 0 },
		{ 256, 256, 0 }, { 300, 0, SLAB_RECLAIMABLE }, { 1000, 16, 0 }, { 2048, 0, 0 },
		{ 4096, 4096, 0 }, { 9000, 0, 0 }, { 1, 1, 0 },
	};
	static struct { void *obj; unsigned kind; u64 id; } live[6000];
	struct kmem_cache *c[ARRAY_SIZE(kind)];
	u64 counted[ARRAY_SIZE(kind)] = { 0 };
	unsigned n = 0;
	unsigned long before, ops = ops_wanted(1000000);
	s64 reclaimable;

	kmem_shrink_all();
	drain_all_pages();
	before = nr_free_pages();
	reclaimable = vm_state(NR_SLAB_RECLAIMABLE);
	CHECK(reclaimable == 0);
	for (unsigned k = 0; k < ARRAY_SIZE(kind); k++) {
		c[k] = kmem_cache_create("test", kind[k].size, kind[k].align, kind[k].flags, NULL, NULL);
		CHECK(c[k] != NULL && kmem_cache_size(c[k]) == kind[k].size);
	}
	for (unsigned long op = 0; op < ops; op++) {
		bool grow = rnd_below(100) < (op >> 13 & 1 ? 40u : 60u);

		host_hart = rnd_below(nr_harts);
		if (grow && n < ARRAY_SIZE(live)) {
			unsigned k = rnd_below(ARRAY_SIZE(kind));
			void *obj = kmem_cache_alloc(c[k], GFP_ATOMIC | __GFP_NOWARN);

			if (obj == NULL)
				continue;
			CHECK(IS_ALIGNED((vaddr_t)obj - (vaddr_t)host_ram, MAX(kind[k].align, 1UL)));
			fill(obj, kind[k].size, op);
			live[n].obj = obj;
			live[n].kind = k;
			live[n++].id = op;
			counted[k]++;
		} else if (n > 0) {
			unsigned i = rnd_below(n), k = live[i].kind;

			CHECK(intact(live[i].obj, kind[k].size, live[i].id));
			kmem_cache_free(c[k], live[i].obj);
			live[i] = live[--n];
			counted[k]--;
		}
		if (op % 50000 == 0) {
			for (unsigned k = 0; k < ARRAY_SIZE(kind); k++) {
				kmem_cache_shrink(c[k]);
				CHECK(kmem_cache_live(c[k]) == counted[k]);
			}
		}
	}
	for (unsigned i = 0; i < n; i++) {
		CHECK(intact(live[i].obj, kind[live[i].kind].size, live[i].id));
		if (i == n - 1)
			break;
		kmem_cache_free(c[live[i].kind], live[i].obj);
	}
	CHECK(kmem_cache_destroy(c[live[n - 1].kind]) == -EBUSY);
	kmem_cache_free(c[live[n - 1].kind], live[n - 1].obj);
	for (unsigned k = 0; k < ARRAY_SIZE(kind); k++)
		CHECK(kmem_cache_destroy(c[k]) == 0);
	kmem_shrink_all();
	drain_all_pages();
	CHECK(vm_state(NR_SLAB_RECLAIMABLE) == reclaimable);	/* each page in the right account */
	/* Nothing stays but what caches for magazines may keep: a slab a node and size. */
	CHECK(before - nr_free_pages() <= 16);
	for (unsigned i = 0; i < 2; i++)
		CHECK(buddy_check(&zones[i]) == 0);
}

/* --- constructors --- */

static int made, unmade;
struct made { u64 magic, use; };

static void make(void *obj)
{
	((struct made *)obj)->magic = 0x600d;
	made++;
}

static void unmake(void *obj)
{
	CHECK(((struct made *)obj)->magic == 0x600d);
	unmade++;
}

#define LARGE 70000

static void make_large(void *obj)
{
	memset(obj, 0x5a, LARGE);
}

static void constructors(void)
{
	struct kmem_cache *c = kmem_cache_create("made", sizeof(struct made), 0, 0, make, unmake);
	struct made *m[300];

	made = unmade = 0;
	for (unsigned round = 0; round < 5; round++) {
		for (unsigned i = 0; i < 300; i++) {
			m[i] = kmem_cache_alloc(c, GFP_KERNEL);
			CHECK(m[i]->magic == 0x600d);
			m[i]->use = i;
		}
		for (unsigned i = 0; i < 300; i++)
			kmem_cache_free(c, m[i]);
	}
#ifndef CONFIG_SLOB
	CHECK(made < 1500);			/* kept, not made anew */
#endif
	CHECK(kmem_cache_destroy(c) == 0);
	CHECK(made == unmade && made >= 300);

	/* Large ones: what the layout keeps in a free slot lies behind them. */
	c = kmem_cache_create("large", LARGE, 0, 0, make_large, NULL);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 5; i++) {
			m[i] = kmem_cache_alloc(c, GFP_KERNEL);
			for (unsigned k = 0; k < LARGE; k++)
				CHECK(((u8 *)m[i])[k] == 0x5a);
		}
		for (unsigned i = 0; i < 5; i++)
			kmem_cache_free(c, m[i]);
	}
	CHECK(kmem_cache_destroy(c) == 0);
}

#if defined(CONFIG_SLAB) && !defined(SLAB_DEBUG)
/* Slabs made one after the other begin at different lines, as far as their end allows. */
static void colours(void)
{
	struct kmem_cache *c = kmem_cache_create("coloured", 232, 0, 0, NULL, NULL);
	void *obj[200];
	unsigned long seen = 0, spare = PAGE_SIZE - c->head - c->objects * c->size;

	CHECK(c->order == 0 && c->colours == spare / 64 + 1 && c->colours > 1);
	for (unsigned i = 0; i < ARRAY_SIZE(obj); i++) {
		size_t off;

		obj[i] = kmem_cache_alloc(c, GFP_KERNEL);
		off = (char *)slab_base(c, virt_to_page(obj[i])) -
		      (char *)page_address(virt_to_page(obj[i])) - c->head;
		CHECK(off % 64 == 0 && off <= spare);
		seen |= 1UL << off / 64;
	}
	CHECK(seen == (1UL << c->colours) - 1);		/* each of them */
	for (unsigned i = 0; i < ARRAY_SIZE(obj); i++)
		kmem_cache_free(c, obj[i]);
	CHECK(kmem_cache_destroy(c) == 0);
}
#endif

#ifndef CONFIG_SLOB
/* --- a hart whose node has no memory left lives on another node's slabs, not on one each --- */

static u64 all_slabs(const struct kmem_cache *c)
{
	u64 n = 0;

	for (unsigned i = 0; i < nr_nodes; i++)
		n += c->node[i].nr_slabs;
	return n;
}

static void short_node(void)
{
	struct kmem_cache *c = kmem_cache_create("far", 64, 0, 0, NULL, NULL);
	static struct page *taken[FRAMES];
	static void *obj[1000];
	unsigned n = 0;
	u64 magazines;

	host_hart = 0;
	kmem_shrink_all();
	drain_all_pages();
	while ((taken[n] = alloc_pages(GFP_ATOMIC, 0)) != NULL && page_node_id(taken[n]) == 0)
		n++;
	magazines = all_slabs(kmalloc_caches[kmalloc_index(256)]);
	for (unsigned i = 0; i < ARRAY_SIZE(obj); i++) {
		obj[i] = kmem_cache_alloc(c, GFP_ATOMIC);
		CHECK(obj[i] != NULL);
		CHECK(all_slabs(c) <= (i + 1) / c->objects + 2);
	}
	CHECK(all_slabs(kmalloc_caches[kmalloc_index(256)]) <= magazines + 1);
	for (unsigned i = 0; i < ARRAY_SIZE(obj); i++)
		kmem_cache_free(c, obj[i]);
	free_pages(taken[n], 0);
	while (n > 0)
		free_pages(taken[--n], 0);
	CHECK(kmem_cache_destroy(c) == 0);
}
#endif

#ifdef CONFIG_SLAB
/* ... and one whose node has memory is served from it, whatever is free elsewhere. */
static void near_node(void)
{
	struct kmem_cache *c = kmem_cache_create("near", 64, 0, 0, NULL, NULL);
	void *first, *obj[40];

	host_hart = 0;
	first = kmem_cache_alloc(c, GFP_KERNEL);
	host_hart = 1;				/* of node 1 */
	for (unsigned i = 0; i < ARRAY_SIZE(obj); i++) {
		obj[i] = kmem_cache_alloc(c, GFP_KERNEL);
		CHECK(page_node_id(page_head(virt_to_page(obj[i]))) == 1);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(obj); i++)
		kmem_cache_free(c, obj[i]);
	kmem_cache_free(c, first);
	CHECK(kmem_cache_destroy(c) == 0);
}
#endif

/* --- a refused destroy names who stands in its way, in full slabs too --- */

static void *named[64];
static unsigned nr_named;

void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (strncmp(fmt, "  object", 8) == 0 && nr_named < ARRAY_SIZE(named)) {
		va_list args;

		va_copy(args, ap);
		(void)va_arg(args, unsigned);
		(void)va_arg(args, void *);
		named[nr_named++] = va_arg(args, void *);
		va_end(args);
	}
	if (getenv("QUIET") == NULL)
		vprintf(fmt, ap);
	va_end(ap);
}

static void refused_destroy(void)
{
	struct kmem_cache *c = kmem_cache_create("refused", 500, 0, 0, NULL, NULL);
	void *obj[40];

	for (unsigned n = 0; n < ARRAY_SIZE(obj);) {
		host_hart = n % nr_harts;
		obj[n] = kmem_cache_alloc(c, GFP_KERNEL);
		CHECK(obj[n++] != NULL);
		nr_named = 0;
		CHECK(kmem_cache_destroy(c) == -EBUSY);
#ifndef CONFIG_SLOB
		CHECK(nr_named == MIN(n, (unsigned)REPORT_MOST));
#endif
		for (unsigned i = 0; i < nr_named; i++) {
			unsigned k = 0;

			while (k < n && obj[k] != named[i])
				k++;
			CHECK(k < n);
			for (unsigned other = 0; other < i; other++)
				CHECK(named[other] != named[i]);
		}
	}
	for (unsigned n = 0; n < ARRAY_SIZE(obj); n++)
		kmem_cache_free(c, obj[n]);
	CHECK(kmem_cache_destroy(c) == 0);
}

static void bad_arguments(void)
{
	CHECK(kmem_cache_create("x", 0, 0, 0, NULL, NULL) == NULL);
	CHECK(kmem_cache_create("x", 8, 3, 0, NULL, NULL) == NULL);
	CHECK(kmem_cache_create("x", MIB(2) + 1, 0, 0, NULL, NULL) == NULL);
	CHECK(kmem_cache_create(NULL, 8, 0, 0, NULL, NULL) == NULL);
	CHECK(kmem_cache_destroy(NULL) == 0);
	kmem_cache_free(kmem_cache_cache, NULL);
	kfree(NULL);
}

static void largest_object(void)
{
	struct kmem_cache *c = kmem_cache_create("big", MIB(2), 0, 0, NULL, NULL);
	char *p = kmem_cache_alloc(c, GFP_KERNEL), *q = kmem_cache_alloc(c, GFP_KERNEL);

	CHECK(p != NULL && q != NULL && (p + MIB(2) <= q || q + MIB(2) <= p));
	memset(p, 1, MIB(2));
	memset(q, 2, MIB(2));
	kmem_cache_free(c, p);
	kmem_cache_free(c, q);
	CHECK(kmem_cache_destroy(c) == 0);
}

/* --- kmalloc --- */

static void kmalloc_sizes(void)
{
	static void *p[20000];
	static size_t size[20000];
	static const size_t steps[] = { 8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192 };

	for (size_t n = 1; n <= 9000; n++) {
		void *q = kmalloc(n, GFP_KERNEL);
		unsigned k = 0;

		CHECK(q != NULL && ksize(q) >= n);
		while (k < ARRAY_SIZE(steps) && steps[k] < n)
			k++;
		if (k < ARRAY_SIZE(steps))
			CHECK(ksize(q) == steps[k]);
		fill(q, n, n);
		CHECK(intact(q, n, n));
		kfree(q);
	}
	for (unsigned round = 0; round < 200000; round++) {
		unsigned i = rnd_below(rnd_below(2) ? 100 : 2000);

		host_hart = rnd_below(nr_harts);
		if (p[i] != NULL) {
			CHECK(intact(p[i], size[i], i));
			if (rnd_below(3) == 0) {
				size_t want = 1 + rnd_below(3000);
				void *q = krealloc(p[i], want, GFP_KERNEL);

				CHECK(q != NULL && intact(q, MIN(want, size[i]), i));
				p[i] = q;
				size[i] = want;
				fill(q, want, i);
				continue;
			}
			kfree(p[i]);
			p[i] = NULL;
			continue;
		}
		size[i] = 1 + rnd_below(rnd_below(8) ? 300 : 10000);
		p[i] = rnd_below(2) ? kmalloc(size[i], GFP_KERNEL) : kzalloc(size[i], GFP_KERNEL);
		CHECK(p[i] != NULL);
		fill(p[i], size[i], i);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(p); i++)
		kfree(p[i]);
}

static void kmalloc_edges(void)
{
	char *p;

	CHECK(kmalloc(0, GFP_KERNEL) == NULL);
	CHECK(kcalloc(1UL << 33, 1UL << 33, GFP_KERNEL) == NULL);
	CHECK(kmalloc_any(~0UL, GFP_KERNEL) == NULL);
	CHECK(kmalloc_any(MIB(4) + 1, GFP_KERNEL) == NULL);
	p = kcalloc(100, 7, GFP_KERNEL);
	for (unsigned i = 0; i < 700; i++)
		CHECK(p[i] == 0);
	kfree(p);
	p = kmalloc(20000, GFP_KERNEL);
	CHECK(ksize(p) == 32768);
	memset(p, 3, 20000);
	p = krealloc(p, 40000, GFP_KERNEL);
	CHECK(p != NULL && p[19999] == 3);
	p = krealloc(p, 10, GFP_KERNEL);
	CHECK(ksize(p) == 16 && p[9] == 3);
	CHECK(krealloc(p, 0, GFP_KERNEL) == NULL);
	p = krealloc(NULL, 12, GFP_KERNEL);
	CHECK(p != NULL);
	kfree(p);
	p = kstrdup("pagoda", GFP_KERNEL);
	CHECK(strcmp(p, "pagoda") == 0);
	kfree(p);
	CHECK(kmalloc_caches[kmalloc_index(8192)]->object_size == 8192);
#ifndef CONFIG_SLOB
	p = kmalloc(4096, GFP_KERNEL);
	CHECK(IS_ALIGNED((vaddr_t)p - (vaddr_t)host_ram, 4096));
	kfree(p);
#endif
}

/* --- exhaustion --- */

static void no_memory(void)
{
	static void *p[FRAMES * 2];
	unsigned n = 0;
	unsigned long before;
	struct kmem_cache *c = kmem_cache_create("hog", 3000, 0, 0, NULL, NULL);

	kmem_shrink_all();
	drain_all_pages();
	before = nr_free_pages();
	while (n < ARRAY_SIZE(p) && (p[n] = kmem_cache_alloc(c, GFP_KERNEL | __GFP_NOWARN)) != NULL) {
		fill(p[n], 3000, n);
		n++;
	}
	CHECK(n > FRAMES / 2 && n < ARRAY_SIZE(p));
	CHECK(kmem_cache_alloc(c, GFP_KERNEL | __GFP_NOWARN) == NULL);
	for (unsigned i = 0; i < n; i++)
		CHECK(intact(p[i], 3000, i));
	while (n > 0)
		kmem_cache_free(c, p[--n]);
	CHECK(kmem_cache_destroy(c) == 0);
	drain_all_pages();
	CHECK(nr_free_pages() + 16 >= before);
}

static void every_failure(void)
{
	for (int nth = 1; nth < 40; nth++) {
		struct kmem_cache *c;
		void *p[40];
		unsigned n = 0;

		fault_inject_on = 1;
		the_task.fail_nth = nth;
		c = kmem_cache_create("fail", 700, 0, 0, NULL, NULL);
		for (unsigned i = 0; c != NULL && i < 40; i++) {
			p[n] = kmem_cache_alloc(c, GFP_KERNEL);
			n += p[n] != NULL;
		}
		fault_inject_on = 0;
		CHECK(c == NULL ? nth <= 2 : n >= 39);
		while (c != NULL && n > 0)
			kmem_cache_free(c, p[--n]);
		CHECK(kmem_cache_destroy(c) == 0);
	}
	the_task.fail_nth = 0;
}

#ifdef SLAB_DEBUG
/* --- what debug builds catch --- */

static void reports(void)
{
	struct kmem_cache *c = kmem_cache_create("victim", 40, 0, 0, NULL, NULL);
	struct kmem_cache *other = kmem_cache_create("other", 40, 0, 0, NULL, NULL);
	u32 before;
	char *p, *q;

	CHECK(slab_debug_reports == 0);
#define REPORTS(n, statement) do { before = slab_debug_reports; statement; \
	CHECK(slab_debug_reports - before == (n)); } while (0)

	p = kmem_cache_alloc(c, GFP_KERNEL);
	REPORTS(0, kmem_cache_free(c, p));
	REPORTS(1, kmem_cache_free(c, p));		/* double free */
	p = kmem_cache_alloc(c, GFP_KERNEL);
	REPORTS(1, kmem_cache_free(other, p));		/* wrong cache */
	REPORTS(1, kmem_cache_free(c, p + 8));		/* not an object */
	REPORTS(1, kmem_cache_free(c, host_ram + (FRAMES - 1) * PAGE_SIZE));
	p[40] = 1;					/* overrun by one byte */
	REPORTS(1, kmem_cache_free(c, p));
	p = kmem_cache_alloc(c, GFP_KERNEL);
	p[-1] = 1;					/* underrun */
	REPORTS(1, kmem_cache_free(c, p));
	p = kmem_cache_alloc(c, GFP_KERNEL);
	q = p;
	REPORTS(0, kmem_cache_free(c, p));
	q[17] = 5;					/* use after free */
	REPORTS(1, p = kmem_cache_alloc(c, GFP_KERNEL));
	CHECK(p == q);
	REPORTS(0, kmem_cache_free(c, p));
	REPORTS(0, p = kmalloc(100, GFP_KERNEL));
	p[128] = 1;					/* behind kmalloc-128's object */
	REPORTS(1, kfree(p));
	p = kmalloc(24, GFP_KERNEL);
	kfree(p);
	REPORTS(1, kfree(p));
	CHECK(kmem_cache_destroy(c) == -EBUSY);		/* the reported ones stay */
	CHECK(kmem_cache_destroy(other) == 0);
}
#endif

int main(void)
{
	static const struct row rows[] = {
		{ LAYOUT ": a million random operations", trace },
		{ LAYOUT ": constructors", constructors },
#if defined(CONFIG_SLAB) && !defined(SLAB_DEBUG)
		{ LAYOUT ": colours", colours },
#endif
#ifndef CONFIG_SLOB
		{ LAYOUT ": a node without memory", short_node },
#endif
#ifdef CONFIG_SLAB
		{ LAYOUT ": a node with memory", near_node },
#endif
		{ LAYOUT ": a refused destroy names the live objects", refused_destroy },
		{ LAYOUT ": bad arguments", bad_arguments },
		{ LAYOUT ": objects of 2 MiB", largest_object },
		{ LAYOUT ": kmalloc, every size", kmalloc_sizes },
		{ LAYOUT ": kmalloc, edges", kmalloc_edges },
		{ LAYOUT ": no memory", no_memory },
		{ LAYOUT ": every allocation fails once", every_failure },
#ifdef SLAB_DEBUG
		{ LAYOUT ": misuse is reported", reports },
#endif
	};

	start();
	return RUN_ROWS(rows);
}
