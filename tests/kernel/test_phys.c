// SPDX-License-Identifier: MIT
/*
 * test_phys.c - the page allocator on the real machine: every zone, every hart.
 *
 * Other tasks of the kernel are idle while a test runs, but may hold or free a few pages;
 * where a test compares free memory it allows SLACK pages.
 */
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/kmem/slab.h"
#include "mm/phys/fault_inject.h"
#include "mm/phys/vmstat.h"
#include "mm/phys/zone.h"
#include "proc/proc_internal.h"
#include "proc/sched.h"
#include "riscv/hart.h"
#include "riscv/kmap.h"
#include "riscv/timer.h"
#include "tests/kernel/ktest.h"

#define SLACK	64

static u64 seed = 1;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* All frames initialised, nothing on per-hart lists. */
static void settle(void)
{
	struct zone *z;

	for_each_zone(z)
		while (deferred_grow(z))
			;
	kmem_shrink_all();
	drain_all_pages();
}

static bool zones_sound(void)
{
	struct zone *z;
	int broken = 0;

	for_each_zone(z) {
		unsigned long flags = spin_lock_irqsave(&z->lock);

		broken |= buddy_check(z);
		spin_unlock_irqrestore(&z->lock, flags);
	}
	return broken == 0;
}

static unsigned long largest_blocks(void)
{
	unsigned long n = 0;
	struct zone *z;

	for_each_zone(z)
		n += z->area[MAX_ORDER].nr_free;
	return n;
}

/* Pages that are held, in two-way lists through page->link; buckets make the order random. */
static struct list held[64];

static unsigned long take_everything(gfp_t gfp)
{
	unsigned long n = 0;
	struct page *p;

	while ((p = alloc_page(gfp | __GFP_NOWARN)) != NULL) {
		list_add(&p->link, &held[rnd() % ARRAY_SIZE(held)]);
		n++;
	}
	return n;
}

static void give_back(unsigned bucket)
{
	while (!list_empty(&held[bucket])) {
		struct page *p = list_first(&held[bucket], struct page, link);

		list_del(&p->link);
		free_page(p);
	}
}

static void hold_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(held); i++)
		list_init(&held[i]);
}

static void give_all_back(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(held); i++)
		give_back(i);
}

KTEST(phys_all_frames_and_back)
{
	unsigned long before, blocks, n, left;

	hold_init();
	settle();
	/* Without the per-hart lists: as the test moves from hart to hart it would leave
	 * pages behind on theirs. */
	pcp_enable(false);
	before = nr_free_pages();
	blocks = largest_blocks();
	n = take_everything(GFP_ATOMIC | __GFP_MOVABLE | __GFP_MEMALLOC);
	left = nr_free_pages();
	give_all_back();
	pcp_enable(true);
	KT_ASSERT(n + SLACK >= before);
	KT_ASSERT(left < SLACK);
	settle();
	KT_ASSERT(nr_free_pages() + SLACK >= before);
	KT_ASSERT(zones_sound());
	KT_ASSERT(largest_blocks() + 2 >= blocks);
}

/* A request that cannot sleep leaves three quarters of min, an urgent one three eighths. */
KTEST(phys_watermarks)
{
	struct zone *z;
	unsigned long atomic, reserve;
	bool honoured = true;

	hold_init();
	settle();
	take_everything(GFP_USER & ~__GFP_WAIT);
	for_each_zone(z)
		honoured &= z->id == ZONE_MOVABLE ||
			    z->nr_free >= z->wmark[WMARK_MIN] - z->wmark[WMARK_MIN] / 4;
	atomic = take_everything(GFP_ATOMIC);
	for_each_zone(z) {
		u64 half = z->wmark[WMARK_MIN] - z->wmark[WMARK_MIN] / 2;

		honoured &= z->id == ZONE_MOVABLE || z->nr_free >= half - half / 4;
	}
	reserve = take_everything(GFP_ATOMIC | __GFP_MEMALLOC);
	give_all_back();
	drain_all_pages();
	KT_ASSERT(honoured);
	KT_ASSERT(atomic > 0);
	KT_ASSERT(reserve > 0);
	KT_ASSERT(zones_sound());
}

KTEST(phys_user_fails_cleanly)
{
	unsigned long before, n;

	hold_init();
	settle();
	before = nr_free_pages();
	n = take_everything(GFP_USER);		/* through reclaim and the OOM killer's door */
	KT_ASSERT(n > 0 && nr_free_pages() > 0);
	give_all_back();
	settle();
	KT_ASSERT(nr_free_pages() + SLACK >= before);
}

/* A quarter of the pages are the kernel's and come and go; then count. */
KTEST(phys_types_stay_apart)
{
	static struct list kernel_pages, user_pages;
	unsigned long total = nr_free_pages(), nk = 0, nu = 0, movable = 0, mixed = 0;
	unsigned long want = MIN(total / 2, 20000UL), steps = want * 8;

	list_init(&kernel_pages);
	list_init(&user_pages);
	for (unsigned long i = 0; i < steps; i++) {
		bool k = rnd() % 4 == 0;
		struct list *l = k ? &kernel_pages : &user_pages;
		unsigned long *n = k ? &nk : &nu;

		if (rnd() % 100 < 55 && *n < (k ? want / 4 : want)) {
			struct page *p = alloc_page((k ? GFP_KERNEL : GFP_HIGHUSER_MOVABLE) |
						    __GFP_NOWARN);

			if (p == NULL)
				continue;
			p->index = k;
			/* front or back: what is freed next is old or new, by chance */
			if (rnd() & 1)
				list_add(&p->link, l);
			else
				list_add_tail(&p->link, l);
			++*n;
		} else if (*n > 0) {
			struct page *p = list_first(l, struct page, link);

			list_del(&p->link);
			--*n;
			free_page(p);
		}
	}
	for (pfn_t b = min_pfn; b < max_pfn; b += PAGEBLOCK_PAGES) {
		struct page *p;
		bool has_kernel = false, has_user = false;

		if (!pfn_valid(b) || pageblock_type(b) != MIGRATE_MOVABLE)
			continue;
		list_for_each(p, &kernel_pages, link)
			has_kernel |= ALIGN_DOWN(page_to_pfn(p), PAGEBLOCK_PAGES) == b;
		list_for_each(p, &user_pages, link) {
			has_user = ALIGN_DOWN(page_to_pfn(p), PAGEBLOCK_PAGES) == b;
			if (has_user)
				break;
		}
		movable += has_user || has_kernel;
		mixed += has_kernel;
	}
	while (!list_empty(&kernel_pages)) {
		struct page *p = list_first(&kernel_pages, struct page, link);

		list_del(&p->link);
		free_page(p);
	}
	while (!list_empty(&user_pages)) {
		struct page *p = list_first(&user_pages, struct page, link);

		list_del(&p->link);
		free_page(p);
	}
	KT_ASSERT(movable > 0);
	KT_ASSERT(mixed * 5 <= movable);
}

/* --- all harts at once --- */

static atomic_t workers, bad;

static void churn(void *arg)
{
	u64 r = 77 + (u64)arg * 1234567;
	static struct page *slots[NR_HARTS * 2][128];
	struct page **mine = slots[(u64)arg];

	for (unsigned i = 0; i < 20000; i++) {
		unsigned k, order;

		r = r * 6364136223846793005UL + 1442695040888963407UL;
		k = r >> 33 & 127;
		order = r >> 50 & 7 ? 0 : r >> 55 & 3;
		if (mine[k] != NULL) {
			u64 *w = page_address(mine[k]);

			if (*w != (u64)mine[k] + (u64)arg)
				atomic_inc(&bad);
			put_page(mine[k]);
			mine[k] = NULL;
			continue;
		}
		mine[k] = alloc_pages((r >> 60 & 1 ? GFP_KERNEL : GFP_HIGHUSER_MOVABLE) | __GFP_COMP |
				      __GFP_NOWARN, order);
		if (mine[k] != NULL)
			*(u64 *)page_address(mine[k]) = (u64)mine[k] + (u64)arg;
	}
	for (unsigned k = 0; k < 128; k++)
		if (mine[k] != NULL) {
			put_page(mine[k]);
			mine[k] = NULL;
		}
	atomic_dec(&workers);
}

static void run_on_all(void (*fn)(void *), unsigned per_hart)
{
	unsigned n = MIN(nr_harts * per_hart, NR_HARTS * 2U);

	atomic_set(&workers, 0);
	for (unsigned long i = 0; i < n; i++) {
		atomic_inc(&workers);
		if (IS_ERR(kthread_create("churn", fn, (void *)i)))
			atomic_dec(&workers);
	}
	while (atomic_read(&workers) > 0)
		sleep_ns(NSEC_PER_MSEC, false);
}

KTEST(phys_all_harts)
{
	unsigned long before;

	settle();
	before = nr_free_pages();
	atomic_set(&bad, 0);
	run_on_all(churn, 2);
	sleep_ns(20 * NSEC_PER_MSEC, false);	/* the threads' own pages */
	settle();
	KT_EQUAL(atomic_read(&bad), 0);
	KT_ASSERT(zones_sound());
	KT_ASSERT(nr_free_pages() + SLACK + nr_harts * 32 >= before);
}

KTEST(phys_nodes)
{
	for (unsigned n = 0; n < nr_nodes; n++) {
		struct page *p;

		if (!nodes[n].present)
			continue;
		p = alloc_pages_node(n, GFP_KERNEL, 0);
		KT_ASSERT(p != NULL);
		KT_EQUAL(page_node_id(p), n);
		free_page(p);
		KT_EQUAL(nodes[n].zonelist[ZONE_NORMAL][0]->node, n);
	}
	for (unsigned h = 0; h < nr_harts; h++) {
		struct page *p;
		unsigned here;

		KT_ASSERT(sched_set_affinity(current, BIT(h)) == 0);
		p = alloc_page(GFP_KERNEL);
		here = page_node_id(p);
		free_page(p);
		sched_set_affinity(current, ~0U);
		KT_EQUAL(here, hart_to_node[h]);
	}
}

KTEST(phys_deferred_is_done)
{
	struct zone *z;

	settle();
	for_each_zone(z) {
		KT_EQUAL(z->deferred_free, 0);
		KT_ASSERT(pfn_valid(z->start) && pfn_valid(z->end - 1));
	}
}

static void add_vmemmap(vaddr_t va, size_t span, pte_t pte __maybe_unused, void *bytes)
{
	if (va >= VMEMMAP_START && va < KERNEL_BASE)
		*(u64 *)bytes += span;
}

/* What backs the struct pages is at most 1.6% of RAM, but for the ends of each node's. */
KTEST(phys_frame_array_is_lean)
{
	u64 bytes = 0, ram = 0;
	struct zone *z;

	for_each_zone(z)
		ram += z->present << PAGE_SHIFT;
	kmap_walk(add_vmemmap, &bytes);
	KT_ASSERT(bytes >= (ram >> PAGE_SHIFT) * sizeof(struct page));
	KT_ASSERT(bytes <= ram / 1000 * 16 + nr_nodes * 2 * PAGE_SIZE);
}

KTEST(phys_conversions)
{
	struct page *p = alloc_page(GFP_KERNEL | __GFP_ZERO);
	u64 *w = page_address(p);

	KT_ASSERT(virt_to_page(w) == p && pfn_to_page(page_to_pfn(p)) == p);
	for (unsigned i = 0; i < PAGE_SIZE / 8; i++)
		KT_ASSERT(w[i] == 0);
	KT_ASSERT(!pfn_valid(0) && !pfn_valid(max_pfn));
	KT_EQUAL(page_refs(p), 1);
	get_page(p);
	put_page(p);
	KT_EQUAL(page_refs(p), 1);
	free_page(p);
	KT_EQUAL(page_refs(p), 0);
}

KTEST(phys_fail_nth)
{
	struct page *p[3];

	current->fail_nth = 2;
	WRITE_ONCE(fault_inject_on, 1);
	for (unsigned i = 0; i < 3; i++)
		p[i] = alloc_page(GFP_KERNEL);
	WRITE_ONCE(fault_inject_on, 0);
	current->fail_nth = 0;
	KT_ASSERT(p[0] != NULL && p[1] == NULL && p[2] != NULL);
	free_page(p[0]);
	free_page(p[2]);
}

/* The nth run fails the nth way to an allocation, and no way twice. */
KTEST(phys_fail_chains)
{
	struct page *p[6];
	unsigned got[3] = { 0 };

	for (unsigned run = 0; run < 3; run++) {
		KT_EQUAL(fault_inject_set("page_alloc chain times=1"), 0);
		for (unsigned i = 0; i < 6; i += 2) {		/* two ways, three times each */
			p[i] = alloc_page(GFP_KERNEL);
			p[i + 1] = alloc_page(GFP_KERNEL);
		}
		KT_EQUAL(fault_inject_set("off"), 0);
		for (unsigned i = 0; i < 6; i++)
			if (p[i] != NULL) {
				free_page(p[i]);
				got[run]++;
			}
	}
	KT_EQUAL(fault_inject_set("forget"), 0);
	KT_EQUAL(got[0], 5);
	KT_EQUAL(got[1], 5);
	KT_EQUAL(got[2], 6);
}

/* --- who cannot do without --- */

static atomic_t all_taken, given_back, giver_done;

static void give_back_later(void *arg)
{
	(void)arg;
	while (atomic_read(&all_taken) == 0)
		sleep_ns(NSEC_PER_MSEC, false);
	sleep_ns(50 * NSEC_PER_MSEC, false);
	atomic_set(&given_back, 1);
	for (unsigned i = 0; i < 8; i++)
		give_back(i);
	atomic_set(&giver_done, 1);
}

KTEST(phys_nofail_waits)
{
	struct page *p[2];
	bool in_time[2];

	hold_init();
	settle();
	atomic_set(&all_taken, 0);
	atomic_set(&given_back, 0);
	atomic_set(&giver_done, 0);
	KT_ASSERT(!IS_ERR(kthread_create("giver", give_back_later, NULL)));
	pcp_enable(false);
	take_everything(GFP_ATOMIC | __GFP_MEMALLOC);
	atomic_set(&all_taken, 1);
	/* One who frees memory himself, and so may not ask for that; then anyone. */
	current->memalloc++;
	p[0] = alloc_page(GFP_NOFS | __GFP_NOFAIL);
	in_time[0] = atomic_read(&given_back) == 0;
	current->memalloc--;
	p[1] = alloc_page(GFP_KERNEL | __GFP_NOFAIL);
	in_time[1] = atomic_read(&given_back) == 0;
	while (atomic_read(&giver_done) == 0)
		sleep_ns(NSEC_PER_MSEC, false);
	give_all_back();
	pcp_enable(true);
	KT_ASSERT(p[0] != NULL && p[1] != NULL);
	KT_ASSERT(!in_time[0] && !in_time[1]);		/* there was nothing before */
	free_page(p[0]);
	free_page(p[1]);
}

#ifdef CONFIG_DEBUG
KTEST(phys_use_after_free_is_reported)
{
	struct page *p = alloc_pages(GFP_KERNEL, 1), *q;
	u32 n = page_poison_reports;
	u8 *b = page_address(p);

	memset(b, 1, 2 * PAGE_SIZE);
	free_pages(p, 1);
	for (unsigned i = 0; i < 2 * PAGE_SIZE; i++)
		KT_EQUAL(b[i], 0xaa);
	q = alloc_pages(GFP_KERNEL, 1);
	KT_EQUAL(page_poison_reports, n);
	free_pages(q, 1);
	KT_ASSERT(q == p);			/* the block freed last is the first to be taken */
	b[PAGE_SIZE + 5] = 3;			/* in the second page */
	q = alloc_pages(GFP_KERNEL, 1);
	KT_ASSERT(q == p);
	KT_EQUAL(page_poison_reports, n + 1);
	free_pages(q, 1);
	/* the same through the hart's list */
	preempt_disable();
	p = alloc_page(GFP_ATOMIC);
	free_page(p);
	*(u64 *)page_address(p) = 0;
	q = alloc_page(GFP_ATOMIC);
	preempt_enable();
	KT_ASSERT(q == p);
	KT_EQUAL(page_poison_reports, n + 2);
	free_page(q);
}
#endif
