// SPDX-License-Identifier: MIT
/*
 * bench_mm.c - what the page and slab allocators cost, in instructions.
 *
 * "make bench-mm" boots a release kernel with ICOUNT=1 and "bench-mm" in bootargs.  Each
 * row runs its operation some thousand times, reads instret before and after each, and
 * prints median, worst and mean, less what reading costs.
 *
 *	B NAME MEDIAN WORST MEAN BAR ok|OVER|-
 *
 * What an operation costs may depend on which blocks happen to be free, and that is the
 * boot's doing.  So the rows that reach the free lists begin with nothing but whole blocks
 * of MAX_ORDER (hold_fragments), or with a hole made for them, on every machine alike;
 * "make bench-mm FLAT=1" compares machines (tests/bench/flat.py).
 *
 * The last rows run on every hart at once, each its own work; they show the dearest hart.
 */
#include "lib/atomic.h"
#include "lib/fdt.h"
#include "lib/string.h"
#include "mm/kmem/slab.h"
#include "mm/kmem/vmalloc.h"
#include "mm/phys/vmstat.h"
#include "mm/phys/zone.h"
#include "proc/proc_internal.h"
#include "proc/sched.h"
#include "riscv/hart.h"
#include "riscv/timer.h"
#include "tests/kernel/ktest.h"

#define SAMPLES	2000

static u32 sample[NR_HARTS][SAMPLES];
static unsigned over;

static __always_inline unsigned long instret(void)
{
	unsigned long v;

	__asm__ volatile("rdinstret %0" : "=r"(v) :: "memory");
	return v;
}

static u32 overhead;

static void sort(u32 *a, unsigned n)
{
	for (unsigned gap = n / 2; gap > 0; gap /= 2)
		for (unsigned i = gap; i < n; i++)
			for (unsigned j = i; j >= gap && a[j - gap] > a[j]; j -= gap) {
				u32 t = a[j];

				a[j] = a[j - gap];
				a[j - gap] = t;
			}
}

static void row(const char *name, u32 *s, unsigned n, unsigned per, unsigned bar)
{
	u64 sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += s[i] - overhead;
	sort(s, n);
	if (bar != 0 && (s[n / 2] - overhead) / per > bar)
		over++;
	printk_loud("B %-34s %6u %8u %6lu %6u %s\n", name, (s[n / 2] - overhead) / per,
		    (s[n - 1] - overhead) / per, (unsigned long)(sum / n / per), bar,
		    bar == 0 ? "-" : (s[n / 2] - overhead) / per <= bar ? "ok" : "OVER");
}

#define MEASURE(name, per, bar, op) do {					\
	u32 *ms = sample[0];							\
	for (unsigned mi = 0; mi < SAMPLES; mi++) {				\
		unsigned long mt = instret();					\
		op;								\
		ms[mi] = instret() - mt;					\
	}									\
	row(name, ms, SAMPLES, per, bar);					\
} while (0)

/* As compiled out of line by callers: the optimiser shall not see through. */
static void *volatile sink;
static struct page *pages[1024];
static struct list fragments = LIST_INIT(fragments);

/* Take every free block of the zone that is not whole; release_fragments gives them back. */
static void hold_fragments(struct zone *z)
{
	unsigned long flags;

	drain_all_pages();
	flags = spin_lock_irqsave(&z->lock);
	for (unsigned o = 0; o < MAX_ORDER; o++)
		for (unsigned t = 0; t < NR_MIGRATETYPES; t++)
			while (!list_empty(&z->area[o].list[t])) {
				struct page *p = list_first(&z->area[o].list[t], struct page, link);

				buddy_take(z, p, o);
				p->index = o;
				list_add(&p->link, &fragments);
			}
	spin_unlock_irqrestore(&z->lock, flags);
}

static void release_fragments(struct zone *z)
{
	unsigned long flags = spin_lock_irqsave(&z->lock);

	while (!list_empty(&fragments)) {
		struct page *p = list_first(&fragments, struct page, link);

		list_del(&p->link);
		buddy_free(z, p, p->index, pageblock_type(page_to_pfn(p)));
	}
	spin_unlock_irqrestore(&z->lock, flags);
}

static void hot_rows(void)
{
	struct page *p;

	MEASURE("page alloc+free, hot list", 1, 120, p = alloc_page(GFP_KERNEL); free_page(p));
	MEASURE("page alloc+put, hot list, movable", 1, 120,
		p = alloc_page(GFP_HIGHUSER_MOVABLE); put_page(p));
	MEASURE("page alloc+free, zeroed", 1, 0,
		p = alloc_page(GFP_KERNEL | __GFP_ZERO); free_page(p));
}

/* Runs of n pages, taken one by one and given back 64 at a time. */
static void run_rows(unsigned n, unsigned runs, const char *take, const char *give, unsigned bar)
{
	for (unsigned i = 0; i < runs; i++) {
		unsigned long t = instret();

		for (unsigned k = 0; k < n; k++)
			pages[k] = alloc_page(GFP_HIGHUSER_MOVABLE);
		sample[1][i] = instret() - t;
		for (unsigned k = 0; k < n; k++)
			pages[k]->counts = 0;
		t = instret();
		for (unsigned k = 0; k < n; k += 64)
			free_pages_bulk(pages + k, 64);
		sample[0][i] = instret() - t;
	}
	row(take, sample[1], runs, n, bar);
	row(give, sample[0], runs, n, 60);
}

/* Every second page of a run is free, its neighbour is not: nothing splits or merges. */
static void buddy_rows(struct zone *z)
{
	struct page *p;
	unsigned long f;

	pcp_enable(false);
	for (unsigned i = 0; i < 64; i++)
		pages[i] = alloc_page(GFP_KERNEL);
	for (unsigned i = 0; i < 64; i++)
		if (page_to_pfn(pages[i]) & 1)
			free_page(pages[i]);
	MEASURE("page alloc+free, per-hart lists off", 1, 350, p = alloc_page(GFP_KERNEL); free_page(p));
	MEASURE("zone lock and unlock", 1, 0, f = spin_lock_irqsave(&z->lock);
		spin_unlock_irqrestore(&z->lock, f));
	f = spin_lock_irqsave(&z->lock);
	MEASURE("buddy_alloc+buddy_free, order 0", 1, 0, p = buddy_alloc(z, 0, MIGRATE_UNMOVABLE);
		buddy_free(z, p, 0, MIGRATE_UNMOVABLE));
	spin_unlock_irqrestore(&z->lock, f);
	for (unsigned i = 0; i < 64; i++)
		if (!(page_to_pfn(pages[i]) & 1))
			free_page(pages[i]);
	pcp_enable(true);
	/* The same with blocks: of two buddies one stays. */
	for (unsigned i = 0; i < 2; i++)
		pages[i] = alloc_pages(GFP_KERNEL, 3);
	free_pages(pages[1], 3);
	MEASURE("block of order 3 alloc+free", 1, 0, p = alloc_pages(GFP_KERNEL, 3); free_pages(p, 3));
	free_pages(pages[0], 3);
}

/* A lone block of order 9: split to one page, and merged again. */
static void split_row(struct zone *z)
{
	struct page *p = alloc_pages(GFP_KERNEL, 9);

	for (unsigned i = 0; p != NULL && i < SAMPLES; i++) {
		unsigned long flags = spin_lock_irqsave(&z->lock), t = instret();

		buddy_split(z, p, 0, 9, MIGRATE_UNMOVABLE);
		buddy_free(z, p, 0, MIGRATE_UNMOVABLE);
		sample[0][i] = instret() - t;
		for (unsigned o = 9; o <= MAX_ORDER; o++)	/* find it wherever it merged to */
			if (p->flags & PG_BUDDY && p->order == o) {
				buddy_take(z, p, o);
				if (o > 9)
					buddy_put(z, p + 512, 9, MIGRATE_UNMOVABLE);
				break;
			}
		spin_unlock_irqrestore(&z->lock, flags);
	}
	row("order 9 split to 0 and merged", sample[0], SAMPLES, 1, 1500);
	free_pages(p, 9);
}

static void page_rows(struct zone *z)
{
	hot_rows();
	run_rows(64, SAMPLES, "page alloc, 64 in a row, each", "free_pages_bulk, 64, each", 60);
	run_rows(1024, 200, "page alloc, 1024 in a row, each", "free_pages_bulk, 1024, each", 0);
	buddy_rows(z);
	split_row(z);
}

static void slab_rows(void)
{
	struct kmem_cache *c = kmem_cache_create("bench", 192, 0, 0, NULL, NULL);
	static void *obj[512];
	void *o;

	MEASURE("kmem_cache alloc+free", 1, 60, o = kmem_cache_alloc(c, GFP_KERNEL);
		kmem_cache_free(c, o));
	MEASURE("kmalloc(192)+kfree", 1, 0, o = kmalloc(192, GFP_KERNEL); sink = o; kfree(o));
	MEASURE("kmalloc(192) and its cache's free", 1, 60, o = kmalloc(192, GFP_KERNEL);
		kmem_cache_free(kmalloc_caches[6], o));
	MEASURE("kmalloc(n)+kfree", 1, 0, o = kmalloc_any(100 + mi % 64, GFP_KERNEL); kfree(o));
	for (unsigned i = 0; i < 200; i++) {
		unsigned long t = instret();

		for (unsigned k = 0; k < 512; k++)
			obj[k] = kmem_cache_alloc(c, GFP_KERNEL);
		sample[0][i] = instret() - t;
		t = instret();
		for (unsigned k = 0; k < 512; k++)
			kmem_cache_free(c, obj[k * 5 % 512]);
		sample[1][i] = instret() - t;
	}
	row("kmem_cache_alloc, 512 in a row, each", sample[0], 200, 512, 0);
	row("kmem_cache_free, 512, each", sample[1], 200, 512, 0);
	kmem_cache_destroy(c);
	MEASURE("kstack alloc+free", 1, 0, o = kstack_alloc(); kstack_free(o));
	MEASURE("vmalloc+vfree, 4 pages", 1, 0, o = vmalloc(4 * PAGE_SIZE); vfree(o));
}

/* --- all harts at once --- */

/* One operation, as every hart does it; ptr is its own room for 64 pointers. */
static void one_page(void **ptr)
{
	(void)ptr;
	free_page(alloc_page(GFP_KERNEL));
}

static void some_pages(void **ptr)
{
	for (unsigned i = 0; i < 64; i++)
		ptr[i] = alloc_page(GFP_KERNEL);
	for (unsigned i = 0; i < 64; i++)
		free_page(ptr[i]);
}

static struct kmem_cache *shared_cache;

static void one_object(void **ptr)
{
	(void)ptr;
	kmem_cache_free(shared_cache, kmem_cache_alloc(shared_cache, GFP_KERNEL));
}

static void some_objects(void **ptr)
{
	for (unsigned i = 0; i < 64; i++)
		ptr[i] = kmem_cache_alloc(shared_cache, GFP_KERNEL);
	for (unsigned i = 0; i < 64; i++)
		kmem_cache_free(shared_cache, ptr[i]);
}

static void nothing(void **ptr) { (void)ptr; }

static const struct {
	const char *name;
	void (*op)(void **ptr);
	unsigned per, bar;
} hart_ops[] = {
	{ NULL, nothing, 1, 0 },		/* what reading and calling cost */
	{ "page alloc+free, every hart", one_page, 1, 120 },
	{ "64 pages alloc+free, every hart, each", some_pages, 64, 0 },
	{ "kmem_cache alloc+free, every hart", one_object, 1, 60 },
	{ "64 objects, every hart, each", some_objects, 64, 0 },
};

static atomic_t arrived, done;

static void all_arrive(unsigned round)
{
	atomic_inc(&arrived);
	while ((unsigned)atomic_read(&arrived) < nr_harts * round)
		sched_yield();
}

/* The harts take turns after every operation, so that each finds what the others did. */
static void hart_work(void *arg)
{
	unsigned h = (unsigned long)arg;
	void *ptr[64];

	sched_set_affinity(current, BIT(h));
	for (unsigned r = 0; r < ARRAY_SIZE(hart_ops); r++) {
		all_arrive(2 * r + 1);
		for (unsigned i = 0; i < SAMPLES; i++) {
			unsigned long t;

			preempt_disable();
			t = instret();
			hart_ops[r].op(ptr);
			sample[h][i] = instret() - t;
			preempt_enable();
			cpu_relax();
		}
		all_arrive(2 * r + 2);
		if (h != 0)
			continue;
		sort(sample[0], SAMPLES);
		for (unsigned k = 1; k < nr_harts; k++) {	/* the dearest hart's row */
			sort(sample[k], SAMPLES);
			for (unsigned i = 0; i < SAMPLES; i++)
				sample[0][i] = MAX(sample[0][i], sample[k][i]);
		}
		if (hart_ops[r].name == NULL)
			overhead = sample[0][SAMPLES / 2];
		else
			row(hart_ops[r].name, sample[0], SAMPLES, hart_ops[r].per, hart_ops[r].bar);
	}
	atomic_inc(&done);
}

/* Every slab keeps an object, so that none is given back and made again. */
static void all_harts(void)
{
	static void *obj[1024];

	shared_cache = kmem_cache_create("bench", 192, 0, 0, NULL, NULL);
	for (unsigned i = 0; i < ARRAY_SIZE(obj); i++)
		obj[i] = kmem_cache_alloc(shared_cache, GFP_KERNEL);
	for (unsigned i = 0; i < ARRAY_SIZE(obj); i++)
		if (i % 16 != 0)
			kmem_cache_free(shared_cache, obj[i]);
	for (unsigned h = 0; h < nr_harts; h++)
		if (IS_ERR(kthread_create("bench", hart_work, (void *)(unsigned long)h)))
			return;
	while ((unsigned)atomic_read(&done) < nr_harts)
		sleep_ns(NSEC_PER_MSEC, false);
	for (unsigned i = 0; i < ARRAY_SIZE(obj); i += 16)
		kmem_cache_free(shared_cache, obj[i]);
	kmem_cache_destroy(shared_cache);
}

/* => number of rows over their bar */
unsigned bench_mm(void)
{
	struct page *p;
	struct zone *z;

	for_each_zone(z)
		while (deferred_grow(z))
			;
	sleep_ns(100 * NSEC_PER_MSEC, false);	/* the thread that does the rest ends */
	over = 0;
	overhead = 0;
	for (unsigned i = 0; i < SAMPLES; i++) {
		unsigned long t = instret();

		sample[0][i] = instret() - t;
	}
	sort(sample[0], SAMPLES);
	overhead = sample[0][SAMPLES / 2];
	printk_loud("B %-34s %6s %8s %6s %6s\n", "instructions", "median", "worst", "mean", "bar");
	p = alloc_page(GFP_KERNEL);
	z = page_zone(p);
	free_page(p);
	hold_fragments(z);
	page_rows(z);
	slab_rows();
	hold_fragments(z);
	all_harts();
	release_fragments(z);
	printk_loud("B struct page: %lu bytes, %lu.%02lu%% of RAM\n", sizeof(struct page),
		    sizeof(struct page) * 100 / PAGE_SIZE, sizeof(struct page) * 10000 / PAGE_SIZE % 100);
	return over;
}
