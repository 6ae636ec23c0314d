// SPDX-License-Identifier: MIT
/*
 * tlb.c - address-space identifiers, switching, and flushing.
 *
 * A TLB entry carries the identifier (ASID) of the space it belongs to, so that a
 * switch need not flush.  Identifiers are few (at most 2^16) and are given out by
 * generations: when they run out the generation advances, every hart flushes at its
 * next switch, and a space gets a new number when it next runs.  A space that runs on
 * some hart just then must keep its number, since that hart's satp has it and its
 * threads elsewhere flush by it: the number is reserved in the new generation.
 *
 * A flush goes to the harts in mm->harts, those that have run the space since their
 * entries of it were last known to be gone.  A hart that runs it now gets an SBI
 * remote fence; one that has moved on is only marked in mm->tlb_stale and flushes
 * when it comes back.  The two sides cannot miss each other:
 *
 *	flusher				switcher
 *	set my bit in tlb_stale		active[hart] = mm
 *	fence				fence
 *	active[hart] == mm? -> SBI	my bit in tlb_stale? -> flush here
 *
 *   L1  mm->harts has the bit of every hart whose TLB may hold an entry of mm.
 *   L2  active[h] is the space whose root satp of hart h holds; active_asid[h] its number
 *       with generation, or 0 since a new generation has begun: then reserved_asid[h].
 *   L3  a number names one space only, on all harts whose hart_generation is the newest.
 *
 * "asids=N" on the command line leaves only N of them, so that generations pass quickly.
 *
 * Kernel mappings are global entries; a flush of them goes to all harts.
 *
 * Instructions are fetched without looking at what harts and devices store: each hart
 * needs a fence.i after the stores (icache_flush) before a page is first executed.
 * PG_ICACHE notes that this was done since the page was last written, so it costs once a
 * page and not once a mapping.  Who writes code into his own memory has to see to it
 * himself, but may make it executable afterwards (mprotect flushes, for his space alone:
 * harts that run it now at once, the others when they switch to it).
 */
#include "lib/fdt.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/phys/vmstat.h"
#include "mm/vm/mm.h"
#include "riscv/csr.h"
#include "riscv/gang.h"
#include "riscv/hart.h"
#include "riscv/kmap.h"
#include "riscv/pgtable.h"
#include "riscv/sbi.h"
#include "riscv/sections.h"
#include "sync/spinlock.h"

#define FIRST_GENERATION (1UL << SATP_ASID_BITS)
#define FLUSH_BY_PAGE_MAX 2	/* more pages than this: the whole space at once */

static spinlock_t asid_lock = SPINLOCK_INIT("asid");
static u64 generation = FIRST_GENERATION;	/* asid_lock to change */
static u64 next_asid = 1;			/* asid_lock; 0 is the boot table's */
static u64 nr_asids = 1;			/* 1: the hart has none */
static bool few_asids;			/* not two a hart: all share 0, each switch flushes */
static u64 hart_generation[NR_HARTS];		/* own hart only */
static struct mm *active[NR_HARTS];
static u64 active_asid[NR_HARTS];		/* own hart; asid_lock to take it away */
static u64 reserved_asid[NR_HARTS];		/* asid_lock */

static void flush_asid(unsigned asid)
{
	__asm__ volatile("sfence.vma zero, %0" :: "r"((unsigned long)asid) : "memory");
}

static void flush_addr_asid(vaddr_t va, unsigned asid)
{
	__asm__ volatile("sfence.vma %0, %1" :: "r"(va), "r"((unsigned long)asid) : "memory");
}

static void flush_all(void)
{
	__asm__ volatile("sfence.vma" ::: "memory");
}

static void fence_i(void)
{
	__asm__ volatile("fence.i" ::: "memory");
}

static unsigned asid_of(const struct mm *mm)
{
	return mm->asid & (FIRST_GENERATION - 1);
}

/* How many identifier bits stick in satp. */
void asid_probe(void)
{
	unsigned long satp = csr_read(satp), got;
	char arg[8];

	csr_write(satp, satp | 0xffffUL << SATP_ASID_SHIFT);
	got = csr_read(satp) >> SATP_ASID_SHIFT & 0xffff;
	csr_write(satp, satp);
	flush_all();
	nr_asids = got + 1;
	if (boot_arg("asids", arg, sizeof(arg)))
		nr_asids = CLAMP(simple_strtoul(arg, NULL, 0), 1UL, nr_asids);
	few_asids = nr_asids < 2 * NR_HARTS;
	printk("tlb: %lu address-space identifiers\n", nr_asids);
}

static bool is_current(u64 asid)
{
	return (asid ^ READ_ONCE(generation)) >> SATP_ASID_BITS == 0;
}

/* What runs keeps its number. => asid_lock held */
static void new_generation(void)
{
	WRITE_ONCE(generation, generation + FIRST_GENERATION);
	for (unsigned h = 0; h < NR_HARTS; h++) {
		u64 asid = __atomic_exchange_n(&active_asid[h], 0, __ATOMIC_SEQ_CST);

		if (asid != 0)
			reserved_asid[h] = asid;
	}
	next_asid = 1;
}

/* Did a hart run it when the generation changed?  It is known there by its new name now.
 * => asid_lock held */
static bool keep_reserved(u64 asid, u64 renewed)
{
	bool kept = false;

	for (unsigned h = 0; h < NR_HARTS; h++)
		if (reserved_asid[h] == asid) {
			reserved_asid[h] = renewed;
			kept = true;
		}
	return kept;
}

static bool is_reserved(u64 number)
{
	for (unsigned h = 0; h < NR_HARTS; h++)
		if (reserved_asid[h] != 0 && (reserved_asid[h] & (FIRST_GENERATION - 1)) == number)
			return true;
	return false;
}

/* => asid_lock held */
static u64 new_asid(struct mm *mm)
{
	u64 renewed = generation | (mm->asid & (FIRST_GENERATION - 1));

	if (mm->asid != 0 && keep_reserved(mm->asid, renewed))
		return renewed;
	__atomic_store_n(&mm->harts, 0, __ATOMIC_RELAXED);
	if (few_asids)
		return generation;
	do {
		if (next_asid >= nr_asids)
			new_generation();
	} while (is_reserved(next_asid++));
	return generation | (next_asid - 1);
}

/* A number for mm, which hart is about to run. => preemption off */
static __noinline u64 asid_assign(struct mm *mm, unsigned hart)
{
	unsigned long flags = spin_lock_irqsave(&asid_lock);
	u64 asid = mm->asid;

	if (!is_current(asid)) {
		asid = new_asid(mm);
		WRITE_ONCE(mm->asid, asid);
	}
	__atomic_store_n(&active_asid[hart], asid, __ATOMIC_SEQ_CST);
	spin_unlock_irqrestore(&asid_lock, flags);
	return asid;
}

void mm_switch(struct mm *next)
{
	unsigned hart = hart_id();
	u32 bit = 1U << hart;
	u64 asid, was;

	if (active[hart] == next)
		return;
	asid = READ_ONCE(next->asid);
	was = READ_ONCE(active_asid[hart]);
	if (unlikely(was == 0 || !is_current(asid) ||
		     !__atomic_compare_exchange_n(&active_asid[hart], &was, asid, false,
						  __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)))
		asid = asid_assign(next, hart);
	WRITE_ONCE(active[hart], next);
	if (!(READ_ONCE(next->harts) & bit))
		set_bits(&next->harts, bit);
	smp_mb();
	csr_write(satp, SATP_MODE_SV39 | (asid & (FIRST_GENERATION - 1)) << SATP_ASID_SHIFT |
				image_or_direct_pa(next->root) >> PAGE_SHIFT);
	if (unlikely(asid >> SATP_ASID_BITS != hart_generation[hart] || few_asids)) {
		hart_generation[hart] = asid >> SATP_ASID_BITS;
		flush_all();
	}
	if (unlikely(READ_ONCE(next->tlb_stale) & bit)) {
		clear_bits(&next->tlb_stale, bit);
		flush_asid(asid & (FIRST_GENERATION - 1));
		fence_i();
	}
}

/* Others flush when they next switch to mm. => those that run it just now, as the firmware
 * wants them, which would not notice; preemption off */
static unsigned long flush_at_switch(struct mm *mm, u32 others)
{
	unsigned long now = 0;

	set_bits(&mm->tlb_stale, others);
	smp_mb();
	for (unsigned h = 0; h < nr_harts; h++)
		if (others & 1U << h && READ_ONCE(active[h]) == mm)
			now |= 1UL << hart_to_sbi[h];
	return now;
}

/* The other harts' share of a flush. => preemption off */
static void flush_others(struct mm *mm, vaddr_t start, size_t size)
{
	u32 others = READ_ONCE(mm->harts) & ~(1U << hart_id());
	unsigned long now;

	if (likely(others == 0))
		return;
	now = flush_at_switch(mm, others);
	if (now != 0 && gang_on)
		gang_flush_others();
	else if (now != 0)
		sbi_remote_sfence_asid(now, start, size, asid_of(mm));
}

void tlb_flush_range(struct mm *mm, vaddr_t start, vaddr_t end)
{
	unsigned hart;

	preempt_disable();
	smp_mb();	/* the cleared entries before the look at mm->harts */
	hart = hart_id();
	if (READ_ONCE(mm->harts) & 1U << hart) {
		if (active[hart] != mm)
			set_bits(&mm->tlb_stale, 1U << hart);
		else if (end - start <= FLUSH_BY_PAGE_MAX * PAGE_SIZE)
			for (vaddr_t va = start; va < end; va += PAGE_SIZE)
				flush_addr_asid(va, asid_of(mm));
		else
			flush_asid(asid_of(mm));
	}
	flush_others(mm, start, end - start <= FLUSH_BY_PAGE_MAX * PAGE_SIZE ? end - start : ~0UL);
	preempt_enable();
}

void tlb_flush_page(struct mm *mm, vaddr_t va)
{
	tlb_flush_range(mm, va, va + PAGE_SIZE);
}

void tlb_flush_mm(struct mm *mm)
{
	tlb_flush_range(mm, 0, USER_TOP);
}

void tlb_flush_local_page(vaddr_t va)
{
	__asm__ volatile("sfence.vma %0" :: "r"(va) : "memory");
}

/* All harts but this one, as the firmware wants them. => preemption off */
static unsigned long other_harts(void)
{
	unsigned long mask = 0;

	for (unsigned h = 0; h < nr_harts; h++)
		if (h != hart_id())
			mask |= 1UL << hart_to_sbi[h];
	return mask;
}

void icache_flush(void)
{
	unsigned long mask;

	preempt_disable();
	mask = other_harts();
	count_vm_event(ICACHE_FLUSH);
	smp_mb();	/* the instructions are in memory before anyone fetches anew */
	fence_i();
	if (mask != 0 && gang_on)
		gang_flush_others();
	else if (mask != 0)
		sbi_remote_fence_i(mask);
	preempt_enable();
}

void icache_flush_mm(struct mm *mm)
{
	unsigned long now;

	preempt_disable();
	count_vm_event(ICACHE_FLUSH);
	smp_mb();
	fence_i();
	now = flush_at_switch(mm, (u32)((1UL << nr_harts) - 1) & ~(1U << hart_id()));
	if (now != 0 && gang_on)
		gang_flush_others();
	else if (now != 0)
		sbi_remote_fence_i(now);
	preempt_enable();
}

void tlb_flush_kernel(vaddr_t start, vaddr_t end)
{
	unsigned long mask;

	preempt_disable();
	mask = other_harts();
	if (end - start <= FLUSH_BY_PAGE_MAX * PAGE_SIZE)
		for (vaddr_t va = start; va < end; va += PAGE_SIZE)
			tlb_flush_local_page(va);
	else
		flush_all();
	if (mask != 0 && gang_on)
		gang_flush_others();
	else if (mask != 0)
		sbi_remote_sfence(mask, start, end - start);
	preempt_enable();
}
