// SPDX-License-Identifier: MIT
/* test_riscv.c - the kernel's own mappings, stacks, timers and messages between harts. */
#include "lib/atomic.h"
#include "mm/kmem/vmalloc.h"
#include "mm/phys/gfp.h"
#include "mm/phys/page.h"
#include "proc/sched.h"
#include "riscv/hart.h"
#include "riscv/kmap.h"
#include "riscv/sections.h"
#include "riscv/timer.h"
#include "riscv/trap.h"
#include "tests/kernel/ktest.h"

/* --- W^X over the live tables --- */

struct wx {
	unsigned long leaves, executable, both, exec_alias_writable, user, not_global;
};

static void wx_leaf(vaddr_t va, size_t span, pte_t pte, void *arg)
{
	struct wx *wx = arg;
	u64 f = pte_flags(pte);
	int level;

	wx->leaves++;
	wx->both += (f & PTE_W) && (f & PTE_X);
	wx->user += (f & PTE_U) != 0;
	wx->not_global += !(f & PTE_G);
	if (!(f & PTE_X))
		return;
	wx->executable++;
	for (size_t off = 0; off < span; off += PAGE_SIZE) {
		pte_t *alias = kmap_lookup((vaddr_t)__va((pte_pfn(pte) << PAGE_SHIFT) + off), &level);

		if (alias != NULL && (pte_flags(pte_get(alias)) & PTE_W))
			wx->exec_alias_writable++;
	}
	if (va < (vaddr_t)text_start || va >= (vaddr_t)text_end)
		wx->both++;	/* executable outside the text */
}

KTEST(wx_no_page_is_writable_and_executable)
{
	struct wx wx = { 0 };

	kmap_walk(wx_leaf, &wx);
	KT_ASSERT(wx.leaves > 10);
	KT_ASSERT(wx.executable >= (unsigned long)(text_end - text_start) / PAGE_SIZE);
	KT_ASSERT(wx.both == 0);
	KT_ASSERT(wx.exec_alias_writable == 0);
	KT_ASSERT(wx.user == 0);
	KT_ASSERT(wx.not_global == 0);
}

KTEST(boot_only_memory_is_gone)
{
	int level;

	KT_ASSERT(kmap_lookup((vaddr_t)image_start, &level) == NULL);
	KT_ASSERT(kmap_lookup((vaddr_t)init_end - 1, &level) == NULL);
	KT_ASSERT(kmap_lookup((vaddr_t)text_start, &level) != NULL);
}

KTEST(page_zero_and_user_half_are_not_the_kernels)
{
	for (unsigned i = 0; i < PTES_PER_TABLE / 2; i++)
		KT_ASSERT(pte_none(kernel_root[i]));
}

KTEST(kernel_stacks_have_guards)
{
	char *a = kstack_alloc();
	int level;

	KT_ASSERT(a != NULL);
	KT_ASSERT(IS_ALIGNED((vaddr_t)a, 2 * THREAD_SIZE));
	KT_ASSERT(kmap_lookup((vaddr_t)a, &level) != NULL);
	KT_ASSERT(kmap_lookup((vaddr_t)a + THREAD_SIZE - 1, &level) != NULL);
	KT_ASSERT(kmap_lookup((vaddr_t)a - 1, &level) == NULL);
	KT_ASSERT(kmap_lookup((vaddr_t)a + THREAD_SIZE, &level) == NULL);
	kstack_free(a);
}

KTEST(large_leaf_is_split_where_a_range_needs_it)
{
	/* A 4 MiB block read-only in its middle page, then whole again. */
	struct page *block = alloc_pages(GFP_KERNEL | __GFP_COMP, MAX_ORDER);
	char *p;
	int level;

	if (block == NULL)
		return;			/* a very small machine */
	p = page_address(block);
	KT_ASSERT(kmap_protect((vaddr_t)p + MIB(2) + PAGE_SIZE, PAGE_SIZE, PTE_R) == 0);
	KT_ASSERT(!pte_writable(pte_get(kmap_lookup((vaddr_t)p + MIB(2) + PAGE_SIZE, &level))));
	KT_ASSERT(level == 0);
	KT_ASSERT(pte_writable(pte_get(kmap_lookup((vaddr_t)p + MIB(2), &level))));
	p[MIB(2)] = 1;
	KT_ASSERT(kmap_protect((vaddr_t)p + MIB(2) + PAGE_SIZE, PAGE_SIZE, PTE_R | PTE_W) == 0);
	p[MIB(2) + PAGE_SIZE] = 1;
	free_pages(block, MAX_ORDER);
}

/* --- symbols --- */

KTEST(a_symbol_is_found_by_any_address_inside_it)
{
	unsigned long off = 99, size = 0;
	const char *name = ksym_lookup((vaddr_t)kmap_walk + 4, &off, &size);

	KT_ASSERT(name != NULL && off == 4 && size > 4);
	KT_ASSERT(ksym_lookup((vaddr_t)kmap_walk + size - 2, &off, &size) == name);
	KT_ASSERT(ksym_lookup(PAGE_OFFSET, &off, &size) == NULL);
}

/* --- time --- */

static u64 fired[3];
static struct timer timers[3];
static atomic_t nr_fired;

static void fire(struct timer *t)
{
	fired[t - timers] = time_ns();
	atomic_inc(&nr_fired);
}

KTEST(timers_fire_in_order_and_never_early)
{
	static const u64 delay_ms[3] = { 2, 3600000, 6 };	/* the middle one is called off */
	u64 start = time_ns();

	atomic_set(&nr_fired, 0);
	for (int i = 2; i >= 0; i--) {
		timer_init(&timers[i], fire);
		timer_arm(&timers[i], start + delay_ms[i] * NSEC_PER_MSEC);
	}
	timer_cancel(&timers[1]);
	KT_ASSERT(timers[1].when == 0);
	while (atomic_read(&nr_fired) < 2)
		KT_ASSERT(sleep_ns(NSEC_PER_MSEC, false) == 0);
	KT_ASSERT(fired[0] >= start + 2 * NSEC_PER_MSEC);
	KT_ASSERT(fired[2] >= start + 6 * NSEC_PER_MSEC && fired[1] == 0);
	KT_ASSERT(fired[0] <= fired[2]);
	KT_ASSERT(timers[0].when == 0 && timers[2].when == 0);
}

KTEST(sleep_is_never_short)
{
	u64 start = time_ns();

	KT_ASSERT(sleep_ns(10 * NSEC_PER_MSEC, false) == 0);
	KT_ASSERT(time_ns() - start >= 10 * NSEC_PER_MSEC);
}

/* --- messages --- */

static u32 called;

static void note_call(void *arg)
{
	set_bits((u32 *)arg, 1U << hart_id());
}

KTEST(every_hart_answers_a_call)
{
	for (unsigned i = 0; i < 200; i++) {
		called = 0;
		hart_call_all(note_call, &called);
		KT_ASSERT(called == (1U << nr_harts) - 1);
	}
}
