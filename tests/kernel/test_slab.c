// SPDX-License-Identifier: MIT
/* test_slab.c - slab caches, kmalloc, vmalloc and kernel stacks on the real machine. */
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/kmem/slab.h"
#include "mm/kmem/slab_internal.h"
#include "mm/kmem/vmalloc.h"
#include "mm/phys/fault_inject.h"
#include "mm/phys/vmstat.h"
#include "proc/sched.h"
#include "riscv/timer.h"
#include "tests/kernel/ktest.h"

static struct kmem_cache *cache;
static atomic_t workers, bad;
static u64 seed = 3;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static void churn(void *arg)
{
	u64 r = 99 + (u64)arg * 7654321;
	u64 *mine[64] = { NULL };

	for (unsigned i = 0; i < 20000; i++) {
		unsigned k;

		r = r * 6364136223846793005UL + 1442695040888963407UL;
		k = r >> 33 & 63;
		if (mine[k] == NULL) {
			mine[k] = kmem_cache_alloc(cache, GFP_KERNEL);
			if (mine[k] != NULL)
				for (unsigned j = 0; j < 15; j++)
					mine[k][j] = (u64)mine[k] ^ (u64)arg ^ j;
			continue;
		}
		for (unsigned j = 0; j < 15; j++)
			if (mine[k][j] != ((u64)mine[k] ^ (u64)arg ^ j))
				atomic_inc(&bad);
		kmem_cache_free(cache, mine[k]);
		mine[k] = NULL;
	}
	for (unsigned k = 0; k < 64; k++)
		kmem_cache_free(cache, mine[k]);
	atomic_dec(&workers);
}

KTEST(slab_all_harts)
{
	cache = kmem_cache_create("test", 120, 0, 0, NULL, NULL);
	KT_ASSERT(cache != NULL);
	atomic_set(&bad, 0);
	atomic_set(&workers, 0);
	for (unsigned long i = 0; i < nr_harts * 2; i++) {
		atomic_inc(&workers);
		if (IS_ERR(kthread_create("churn", churn, (void *)i)))
			atomic_dec(&workers);
	}
	while (atomic_read(&workers) > 0)
		sleep_ns(NSEC_PER_MSEC, false);
	KT_EQUAL(atomic_read(&bad), 0);
	kmem_flush_all();
	KT_EQUAL(kmem_cache_live(cache), 0);
	KT_EQUAL(kmem_cache_destroy(cache), 0);
}

/* One hart allocates, another frees: the way of a pipe's buffers. */
static void *passed[512];
static atomic_t stage;

static void freer(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < ARRAY_SIZE(passed); i++)
		kmem_cache_free(cache, passed[i]);
	atomic_inc(&stage);
}

KTEST(slab_freed_elsewhere)
{
	cache = kmem_cache_create("test", 200, 0, 0, NULL, NULL);
	for (unsigned round = 0; round < 4; round++) {
		struct task *t;

		for (unsigned i = 0; i < ARRAY_SIZE(passed); i++) {
			passed[i] = kmem_cache_alloc(cache, GFP_KERNEL);
			KT_ASSERT(passed[i] != NULL);
		}
		atomic_set(&stage, 0);
		t = kthread_create("freer", freer, NULL);
		KT_ASSERT(!IS_ERR(t));
		while (atomic_read(&stage) == 0)
			sleep_ns(NSEC_PER_MSEC, false);
	}
	kmem_flush_all();
	KT_EQUAL(kmem_cache_live(cache), 0);
	KT_EQUAL(kmem_cache_destroy(cache), 0);
}

KTEST(slab_destroy_refuses_while_objects_live)
{
	struct kmem_cache *c = kmem_cache_create("leaky", 64, 0, 0, NULL, NULL);
	void *p = kmem_cache_alloc(c, GFP_KERNEL);

	KT_EQUAL(kmem_cache_destroy(c), -16);
	kmem_cache_free(c, p);
	KT_EQUAL(kmem_cache_destroy(c), 0);
}

KTEST(slab_gives_memory_back)
{
	struct kmem_cache *c = kmem_cache_create("swell", 512, 0, 0, NULL, NULL);
	static void *p[4000];
	unsigned long before, n = 0;

	kmem_shrink_all();
	drain_all_pages();
	before = nr_free_pages();
	while (n < ARRAY_SIZE(p) && (p[n] = kmem_cache_alloc(c, GFP_KERNEL)) != NULL)
		n++;
	KT_ASSERT(nr_free_pages() + n * 512 / PAGE_SIZE <= before + 16);
	while (n > 0)
		kmem_cache_free(c, p[--n]);
	kmem_cache_shrink(c);
	drain_all_pages();
	KT_ASSERT(nr_free_pages() + 32 >= before);
	KT_EQUAL(kmem_cache_destroy(c), 0);
}

KTEST(slab_fail_nth)
{
	struct kmem_cache *c = kmem_cache_create("fail", 700, 0, 0, NULL, NULL);

	for (int nth = 1; nth < 12; nth++) {
		void *p[10];
		unsigned got = 0;

		current->fail_nth = nth;
		WRITE_ONCE(fault_inject_on, 1);
		for (unsigned i = 0; i < 10; i++) {
			p[got] = kmem_cache_alloc(c, GFP_KERNEL);
			got += p[got] != NULL;
		}
		WRITE_ONCE(fault_inject_on, 0);
		current->fail_nth = 0;
		/* The one for a magazine may fail and nobody notices. */
		KT_ASSERT(got == 9 || (got == 10 && nth > 1));
		while (got > 0)
			kmem_cache_free(c, p[--got]);
	}
	KT_EQUAL(kmem_cache_destroy(c), 0);
}

#ifdef SLAB_DEBUG
KTEST(slab_misuse_is_reported)
{
	struct kmem_cache *c = kmem_cache_create("victim", 40, 0, 0, NULL, NULL);
	struct kmem_cache *other = kmem_cache_create("other", 40, 0, 0, NULL, NULL);
	char *p = kmem_cache_alloc(c, GFP_KERNEL), *q;
	u32 n = slab_debug_reports;

	kmem_cache_free(c, p);
	KT_EQUAL(slab_debug_reports, n);
	kmem_cache_free(c, p);
	KT_EQUAL(slab_debug_reports, n + 1);
	p = kmem_cache_alloc(c, GFP_KERNEL);
	kmem_cache_free(other, p);
	KT_EQUAL(slab_debug_reports, n + 2);
	p[40] = 1;
	kmem_cache_free(c, p);
	KT_EQUAL(slab_debug_reports, n + 3);
	p = kmem_cache_alloc(c, GFP_KERNEL);
	kmem_cache_free(c, p);
	p[3] = 9;
	q = kmem_cache_alloc(c, GFP_KERNEL);
	KT_ASSERT(q == p);
	KT_EQUAL(slab_debug_reports, n + 4);
	kmem_cache_free(c, q);
	kmem_cache_free(c, (void *)0x1000);
	KT_EQUAL(slab_debug_reports, n + 5);
	p = vmalloc(100);
	kfree(p);
	KT_EQUAL(slab_debug_reports, n + 6);
	vfree(p);
	KT_EQUAL(kmem_cache_destroy(other), 0);
	/* The overrun object is never given back, and so the cache stays too. */
	KT_EQUAL(kmem_cache_destroy(c), -16);
}
#endif

/* --- vmalloc --- */

KTEST(vmalloc_random_areas)
{
	static struct { u8 *p; size_t size; } a[100];
	unsigned long before;

	drain_all_pages();
	before = nr_free_pages();
	for (unsigned i = 0; i < 3000; i++) {
		unsigned k = rnd() % ARRAY_SIZE(a);
		int level;

		if (a[k].p == NULL) {
			a[k].size = 1 + rnd() % (8 * PAGE_SIZE);
			a[k].p = rnd() & 1 ? vmalloc(a[k].size) : vzalloc(a[k].size);
			KT_ASSERT(a[k].p != NULL);
			a[k].p[0] = k;
			a[k].p[a[k].size - 1] = k;
			/* the guard page */
			KT_ASSERT(kmap_lookup((vaddr_t)a[k].p + PAGE_ALIGN(a[k].size), &level) == NULL);
			continue;
		}
		KT_ASSERT(a[k].p[0] == k && a[k].p[a[k].size - 1] == k);
		vfree(a[k].p);
		KT_ASSERT(kmap_lookup((vaddr_t)a[k].p, &level) == NULL);
		a[k].p = NULL;
	}
	for (unsigned k = 0; k < ARRAY_SIZE(a); k++) {
		vfree(a[k].p);
		a[k].p = NULL;
	}
	kmem_shrink_all();
	drain_all_pages();
	KT_ASSERT(nr_free_pages() + 64 >= before);	/* tables stay, and a few areas */
}

KTEST(vmalloc_edges)
{
	u64 stalls;

	KT_ASSERT(vmalloc(0) == NULL);
	KT_ASSERT(vmalloc(~0UL) == NULL);
	stalls = vm_event(ALLOCSTALL);
	KT_ASSERT(vmalloc((nr_total_pages() + 1) << PAGE_SHIFT) == NULL);
	KT_EQUAL(vm_event(ALLOCSTALL), stalls);	/* refused before anybody's memory is taken */
	KT_ASSERT(ioremap(0x1000, 0) == NULL);
	vfree(NULL);
	iounmap(NULL);
}

KTEST(kstack_guards)
{
	void *s[12];
	int level;

	for (unsigned i = 0; i < ARRAY_SIZE(s); i++) {
		s[i] = kstack_alloc();
		KT_ASSERT(s[i] != NULL && IS_ALIGNED((vaddr_t)s[i], 2 * THREAD_SIZE));
		memset(s[i], i, THREAD_SIZE);
		KT_ASSERT(kmap_lookup((vaddr_t)s[i] - 8, &level) == NULL);
		KT_ASSERT(kmap_lookup((vaddr_t)s[i] + THREAD_SIZE, &level) == NULL);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(s); i++)
		kstack_free(s[i]);
}

/* When memory is short the harts' spare stacks go. */
KTEST(kstack_spares_are_given_back)
{
	s64 kib = vm_state(NR_KERNEL_STACK_KB);
	void *s[3];

	kstack_shrink();
	KT_ASSERT(vm_state(NR_KERNEL_STACK_KB) <= kib);
	kib = vm_state(NR_KERNEL_STACK_KB);
	for (unsigned i = 0; i < ARRAY_SIZE(s); i++) {
		s[i] = kstack_alloc();
		KT_ASSERT(s[i] != NULL);
	}
	preempt_disable();			/* on one hart's list */
	for (unsigned i = 0; i < ARRAY_SIZE(s); i++)
		kstack_free(s[i]);
	preempt_enable();
	KT_EQUAL(vm_state(NR_KERNEL_STACK_KB), kib + 3 * (THREAD_SIZE >> 10));
	KT_ASSERT(kstack_shrink() >= 3 * (THREAD_SIZE >> PAGE_SHIFT));
	KT_EQUAL(vm_state(NR_KERNEL_STACK_KB), kib);
}
