// SPDX-License-Identifier: MIT
/*
 * bench_mm.c - what the page and slab allocators cost, in instructions.
 *
 * "make bench-mm" boots a release kernel with ICOUNT=1 and "bench-mm" in bootargs.  Each
 * row runs its operation some thousand times, reads instret before and after each, and
 * prints median and worst, less what reading costs.  The bars are the issue's.
 *
 *	B NAME MEDIAN WORST BAR ok|OVER
 *
 * The last rows run on every hart at once, each its own work.
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

static void page_rows(void)
{
	struct zone *z = page_zone(virt_to_page(get_free_page(GFP_KERNEL)));
	struct page *p;

	MEASURE("page alloc+free, hot list", 1, 120, p = alloc_page(GFP_KERNEL); free_page(p));
	MEASURE("page alloc+put, hot list, movable", 1, 120,
		p = alloc_page(GFP_HIGHUSER_MOVABLE); put_page(p));
	MEASURE("page alloc+free, zeroed", 1, 0,
		p = alloc_page(GFP_KERNEL | __GFP_ZERO); free_page(p));
	for (unsigned i = 0; i < SAMPLES; i++) {
		unsigned long t = instret();

		for (unsigned k = 0; k < 64; k++)
			pages[k] = alloc_page(GFP_HIGHUSER_MOVABLE);
		sample[1][i] = instret() - t;
		for (unsigned k = 0; k < 64; k++)
			pages[k]->counts = 0;
		t = instret();
		free_pages_bulk(pages, 64);
		sample[0][i] = instret() - t;
	}
	row("page alloc, 64 in a row, each", sample[1], SAMPLES, 64, 60);
	row("free_pages_bulk, 64, each", sample[0], SAMPLES, 64, 60);
	for (unsigned i = 0; i < 200; i++) {
		unsigned long t;

		t = instret();
		for (unsigned k = 0; k < 1024; k++)
			pages[k] = alloc_page(GFP_HIGHUSER_MOVABLE);
		sample[0][i] = instret() - t;
		for (unsigned k = 0; k < 1024; k++)
			pages[k]->counts = 0;
		t = instret();
		for (unsigned k = 0; k < 1024; k += 64)
			free_pages_bulk(pages + k, 64);
		sample[1][i] = instret() - t;
	}
	row("page alloc, 1024 in a row, each", sample[0], 200, 1024, 0);
	row("free_pages_bulk, 1024, each", sample[1], 200, 1024, 60);
	/* Every second page of a run is free, its neighbour is not: nothing splits or merges. */
	pcp_enable(false);
	for (unsigned i = 0; i < 64; i++)
		pages[i] = alloc_page(GFP_KERNEL);
	for (unsigned i = 0; i < 64; i++)
		if (page_to_pfn(pages[i]) & 1)
			free_page(pages[i]);
	MEASURE("page alloc+free, per-hart lists off", 1, 350, p = alloc_page(GFP_KERNEL); free_page(p));
	MEASURE("zone lock and unlock", 1, 0, unsigned long f = spin_lock_irqsave(&z->lock);
		spin_unlock_irqrestore(&z->lock, f));
	{
		unsigned long f = spin_lock_irqsave(&z->lock);

		MEASURE("buddy_alloc+buddy_free, order 0", 1, 0, p = buddy_alloc(z, 0, MIGRATE_UNMOVABLE);
			buddy_free(z, p, 0, MIGRATE_UNMOVABLE));
		spin_unlock_irqrestore(&z->lock, f);
	}
	for (unsigned i = 0; i < 64; i++)
		if (!(page_to_pfn(pages[i]) & 1))
			free_page(pages[i]);
	pcp_enable(true);
	MEASURE("block of order 3 alloc+free", 1, 0, p = alloc_pages(GFP_KERNEL, 3); free_pages(p, 3));

	/* A lone block of order 9: split to one page, and merged again. */
	p = alloc_pages(GFP_KERNEL, 9);
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

static atomic_t waiting, done;
static struct kmem_cache *shared_cache;
static u32 hart_median[2][NR_HARTS];

static void hart_work(void *arg)
{
	unsigned h = (unsigned long)arg;
	u32 *s = sample[h];

	sched_set_affinity(current, BIT(h));
	atomic_inc(&waiting);
	while ((unsigned)atomic_read(&waiting) < nr_harts)
		sched_yield();
	for (unsigned r = 0; r < 2; r++) {
		for (unsigned i = 0; i < SAMPLES; i++) {
			unsigned long t;

			preempt_disable();
			t = instret();
			if (r == 0)
				free_page(alloc_page(GFP_KERNEL));
			else
				kmem_cache_free(shared_cache, kmem_cache_alloc(shared_cache, GFP_KERNEL));
			s[i] = instret() - t;
			preempt_enable();
		}
		sort(s, SAMPLES);
		hart_median[r][h] = s[SAMPLES / 2] - overhead;
	}
	atomic_inc(&done);
}

static void all_harts(void)
{
	static const char *const what[2] = { "page alloc+free", "kmem_cache alloc+free" };
	static const unsigned bar[2] = { 120, 60 };

	shared_cache = kmem_cache_create("bench", 192, 0, 0, NULL, NULL);
	for (unsigned h = 0; h < nr_harts; h++)
		if (IS_ERR(kthread_create("bench", hart_work, (void *)(unsigned long)h)))
			return;
	while ((unsigned)atomic_read(&done) < nr_harts)
		sleep_ns(NSEC_PER_MSEC, false);
	for (unsigned r = 0; r < 2; r++)
		for (unsigned h = 0; h < nr_harts; h++) {
			bool ok = hart_median[r][h] <= bar[r];

			over += !ok;
			printk_loud("B %s, hart %u of %u: %u %s\n", what[r], h, nr_harts, hart_median[r][h],
				    ok ? "ok" : "OVER");
		}
}

/* => number of rows over their bar */
unsigned bench_mm(void)
{
	over = 0;
	overhead = 0;
	for (unsigned i = 0; i < SAMPLES; i++) {
		unsigned long t = instret();

		sample[0][i] = instret() - t;
	}
	sort(sample[0], SAMPLES);
	overhead = sample[0][SAMPLES / 2];
	printk_loud("B %-34s %6s %8s %6s %6s\n", "instructions", "median", "worst", "mean", "bar");
	page_rows();
	slab_rows();
	all_harts();
	printk_loud("B struct page: %lu bytes, %lu.%02lu%% of RAM\n", sizeof(struct page),
		    sizeof(struct page) * 100 / PAGE_SIZE, sizeof(struct page) * 10000 / PAGE_SIZE % 100);
	return over;
}
