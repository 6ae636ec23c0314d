// SPDX-License-Identifier: MIT
/*
 * kmap.c - the kernel half of every address space.
 *
 * kernel_root's upper 256 entries are filled here once and never change again:
 * every process's root table is made with a copy of them, and none has ever to be
 * brought up to date.  What changes later changes in the tables below the root.
 *
 *   image     4 KiB leaves: text R-X, rodata R--, data and bss RW-; the boot-only
 *             part likewise, until kmap_free_init takes it away
 *   direct    all RAM, RW-, largest leaves that fit; the image's text and rodata
 *             read-only here too, so that no frame is writable and executable
 *   vmalloc   one level-1 table for each GiB in use.  64 tables would be 256 KiB,
 *             so a small machine gets four GiB of addresses for each GiB of RAM,
 *             at least 4, at most the 64 of the plan (vmalloc_limit)
 *   vmemmap   a level-1 table for each GiB of the struct page array that RAM needs
 *
 * Locks: map_lock, for the moment in which a new table is hung in.  Callers own the
 * addresses they map, so leaves need no lock.
 */
#include "riscv/kmap.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/memblock.h"
#include "mm/phys/page.h"
#include "riscv/csr.h"
#include "riscv/sections.h"
#include "sync/spinlock.h"
#include "uapi/errno.h"

#define ROOT_INDEX(va)	PT_INDEX(va, 2)
#define LEAF_FLAGS	(PTE_V | PTE_G | PTE_A | PTE_D)

pte_t kernel_root[PTES_PER_TABLE] __aligned(4096);
static pte_t image_l1[PTES_PER_TABLE] __aligned(4096);
static pte_t image_l0[PTES_PER_TABLE] __aligned(4096);	/* 2 MiB: the image fits */

vaddr_t vmalloc_limit;
static bool page_allocator_ready;
static spinlock_t map_lock = SPINLOCK_INIT("kmap");

paddr_t image_or_direct_pa(const void *va)
{
	return (vaddr_t)va >= KERNEL_BASE ? image_pa(va) : __pa(va);
}

void kmap_use_page_allocator(void)
{
	page_allocator_ready = true;
}

static pte_t *table_alloc(void)
{
	pte_t *t;

	if (page_allocator_ready)
		return get_zeroed_page(GFP_KERNEL);
	t = (pte_t *)memblock_alloc(PAGE_SIZE, PAGE_SIZE);
	if (t == NULL)
		return NULL;
	t = __va(t);
	memset(t, 0, PAGE_SIZE);
	return t;
}

static void table_discard(pte_t *t)
{
	if (page_allocator_ready)
		put_free_page(t);	/* before that nobody races */
}

/* The entry of the level below va's root entry that leads to or is va's leaf at the
 * wanted level; missing tables are made. NULL: no memory. */
static pte_t *entry_for(vaddr_t va, int level)
{
	pte_t *table = kernel_root;

	for (int l = PT_LEVELS - 1; l > level; l--) {
		pte_t *e = &table[PT_INDEX(va, l)];

		if (!pte_present(pte_get(e))) {
			pte_t *new = table_alloc();
			unsigned long flags;

			if (new == NULL)
				return NULL;
			flags = spin_lock_irqsave(&map_lock);
			if (!pte_present(pte_get(e))) {
				/* The new table is zero before it can be found. */
				__atomic_store_n(&e->v, pte_make(__pa(new) >> PAGE_SHIFT, PTE_V).v,
						 __ATOMIC_RELEASE);
				new = NULL;
			}
			spin_unlock_irqrestore(&map_lock, flags);
			if (new != NULL)
				table_discard(new);
		}
		assert(pte_table(pte_get(e)));
		table = pte_to_table(pte_get(e));
	}
	return &table[PT_INDEX(va, level)];
}

/* The largest leaf that may start at va and pa with size bytes to go. */
static int best_level(vaddr_t va, paddr_t pa, size_t size)
{
	for (int l = PT_LEVELS - 1; l > 0; l--)
		if (IS_ALIGNED(va | pa, PT_SPAN(l)) && size >= PT_SPAN(l))
			return l;
	return 0;
}

int kmap_range(vaddr_t va, paddr_t pa, size_t size, u64 flags, bool small)
{
	vaddr_t start = va;

	assert(IS_ALIGNED(va | pa | size, PAGE_SIZE) && va + size - 1 >= va);
	while (size > 0) {
		int level = small ? 0 : best_level(va, pa, size);
		pte_t *e = entry_for(va, level);

		if (e == NULL) {
			kunmap_range(start, va - start);
			return -ENOMEM;
		}
		if (pte_present(pte_get(e)))
			panic("kmap_range: %016lx is mapped already (pte %016lx)", va,
			      pte_get(e).v);
		pte_set(e, pte_make(pa >> PAGE_SHIFT, flags | LEAF_FLAGS));
		va += PT_SPAN(level);
		pa += PT_SPAN(level);
		size -= PT_SPAN(level);
	}
	return 0;
}

int kmap_page(vaddr_t va, pfn_t pfn, u64 flags)
{
	return kmap_range(va, (paddr_t)pfn << PAGE_SHIFT, PAGE_SIZE, flags, true);
}

pte_t *kmap_lookup(vaddr_t va, int *level)
{
	pte_t *table = kernel_root;

	for (int l = PT_LEVELS - 1; l >= 0; l--) {
		pte_t *e = &table[PT_INDEX(va, l)], v = pte_get(e);

		if (!pte_present(v))
			return NULL;
		if (pte_leaf(v)) {
			*level = l;
			return e;
		}
		table = pte_to_table(v);
	}
	return NULL;
}

/* Replace a large leaf by a table of the next smaller ones that says the same. */
static void split_leaf(pte_t *e, int level)
{
	pte_t old = pte_get(e), *table = table_alloc();

	if (table == NULL)
		panic("split of a %d-level kernel leaf: no memory for the table", level);
	for (unsigned i = 0; i < PTES_PER_TABLE; i++)
		table[i] = pte_make(pte_pfn(old) + i * (PT_SPAN(level - 1) >> PAGE_SHIFT),
				    pte_flags(old));
	__atomic_store_n(&e->v, pte_make(__pa(table) >> PAGE_SHIFT, PTE_V).v, __ATOMIC_RELEASE);
}

/* The smallest leaf for which [va, end) is whole, splitting as needed; NULL and the
 * span to skip where nothing is mapped. */
static pte_t *leaf_within(vaddr_t va, vaddr_t end, size_t *span)
{
	for (;;) {
		int level = 0;
		pte_t *e = kmap_lookup(va, &level);

		*span = e != NULL ? PT_SPAN(level) : PAGE_SIZE;
		if (e == NULL || level == 0 ||
		    (IS_ALIGNED(va, PT_SPAN(level)) && end - va >= PT_SPAN(level)))
			return e;
		split_leaf(e, level);
	}
}

void kunmap_range(vaddr_t va, size_t size)
{
	vaddr_t end = va + size;

	while (va < end) {
		size_t span;
		pte_t *e = leaf_within(va, end, &span);

		if (e != NULL)
			pte_set(e, (pte_t){ 0 });
		va += span;
	}
}

int kmap_protect(vaddr_t va, size_t size, u64 flags)
{
	vaddr_t end = va + size;

	while (va < end) {
		size_t span;
		pte_t *e = leaf_within(va, end, &span);

		if (e == NULL)
			return -EINVAL;
		pte_set(e, pte_make(pte_pfn(pte_get(e)), flags | LEAF_FLAGS));
		va += span;
	}
	tlb_flush_kernel(end - size, end);
	return 0;
}

/* --- boot --- */

static __init void image_map(const char *from, const char *to, u64 flags)
{
	for (vaddr_t va = (vaddr_t)from; va < (vaddr_t)to; va += PAGE_SIZE) {
		assert(va - KERNEL_BASE < sizeof(image_l0) / sizeof(pte_t) * PAGE_SIZE);
		image_l0[PT_INDEX(va, 0)] = pte_make(image_pa(va) >> PAGE_SHIFT,
						     flags | LEAF_FLAGS);
	}
}

static __init void direct_map(paddr_t start, paddr_t end, u64 flags)
{
	if (start < end && kmap_range((vaddr_t)__va(start), start, end - start, flags, false) != 0)
		panic("too little RAM for the direct map's page tables");
}

/* One RAM range, which may contain the image's read-only part. */
static __init void direct_map_range(paddr_t start, paddr_t end)
{
	paddr_t ro = CLAMP(image_pa(text_start), start, end);
	paddr_t ro_end = CLAMP(image_pa(rodata_end), start, end);

	direct_map(start, ro, PTE_R | PTE_W);
	direct_map(ro, ro_end, PTE_R);
	direct_map(ro_end, end, PTE_R | PTE_W);
}

static __init void root_tables(vaddr_t start, size_t size)
{
	for (vaddr_t va = ALIGN_DOWN(start, GIB(1)); va < start + size; va += GIB(1)) {
		pte_t *e = &kernel_root[ROOT_INDEX(va)];
		pte_t *t;

		if (pte_present(*e))
			continue;
		t = table_alloc();
		if (t == NULL)
			panic("too little RAM for the kernel's page tables");
		*e = pte_make(__pa(t) >> PAGE_SHIFT, PTE_V);
	}
}

__init void kmap_init(void)
{
	paddr_t start, end;
	unsigned node;
	u64 ram = memblock_total_ram();

	kernel_root[ROOT_INDEX(KERNEL_BASE)] = pte_make(image_pa(image_l1) >> PAGE_SHIFT, PTE_V);
	image_l1[PT_INDEX(KERNEL_BASE, 1)] = pte_make(image_pa(image_l0) >> PAGE_SHIFT, PTE_V);
	image_map(image_start, init_data_start, PTE_R | PTE_X);
	image_map(init_data_start, init_end, PTE_R | PTE_W);
	image_map(text_start, text_end, PTE_R | PTE_X);
	image_map(rodata_start, rodata_end, PTE_R);
	image_map(data_start, image_end, PTE_R | PTE_W);

	for (unsigned i = 0; memblock_ram_range(i, &start, &end, &node); i++)
		direct_map_range(PAGE_ALIGN(start), end & PAGE_MASK);

	vmalloc_limit = VMALLOC_START + CLAMP(ALIGN_UP(4 * ram, GIB(1)), GIB(4), VMALLOC_SIZE);
	root_tables(VMALLOC_START, vmalloc_limit - VMALLOC_START);
	for (unsigned i = 0; memblock_ram_range(i, &start, &end, &node); i++)
		root_tables((vaddr_t)pfn_to_page(start >> PAGE_SHIFT),
			    ((end - start) >> PAGE_SHIFT) * sizeof(struct page));

	csr_write(satp, SATP_MODE_SV39 | image_pa(kernel_root) >> PAGE_SHIFT);
	__asm__ volatile("sfence.vma" ::: "memory");
}

__init void kmap_show(void)
{
	paddr_t last = memblock_end();

	printk("virtual memory map (Sv39):\n");
	printk("  user     %016lx .. %016lx\n", PAGE_SIZE, USER_TOP - 1);
	printk("  direct   %016lx .. %016lx  all RAM, up to physical %lx\n", PAGE_OFFSET,
	       PAGE_OFFSET + last - 1, last - 1);
	printk("  vmalloc  %016lx .. %016lx  %lu GiB of %lu\n", VMALLOC_START, vmalloc_limit - 1,
	       (vmalloc_limit - VMALLOC_START) >> 30, VMALLOC_SIZE >> 30);
	printk("  vmemmap  %016lx .. %016lx  %zu bytes a frame\n", VMEMMAP_START,
	       (vaddr_t)pfn_to_page(last >> PAGE_SHIFT) - 1, sizeof(struct page));
	printk("  image    %016lx .. %016lx\n", (vaddr_t)image_start, (vaddr_t)image_end - 1);
	printk("    boot   %016lx .. %016lx  returned after boot\n", (vaddr_t)image_start,
	       (vaddr_t)init_end - 1);
	printk("    text   %016lx .. %016lx  R-X\n", (vaddr_t)text_start, (vaddr_t)text_end - 1);
	printk("    rodata %016lx .. %016lx  R--\n", (vaddr_t)rodata_start,
	       (vaddr_t)rodata_end - 1);
	printk("    data   %016lx .. %016lx  RW-\n", (vaddr_t)data_start, (vaddr_t)image_end - 1);
}

void kmap_free_init(void)
{
	kunmap_range((vaddr_t)image_start, init_end - image_start);
	tlb_flush_kernel((vaddr_t)image_start, (vaddr_t)init_end);
	free_boot_range(image_pa(image_start), image_pa(init_end), "boot-only code and data");
}

/* --- looking at it --- */

static void walk_table(pte_t *table, int level, vaddr_t base,
		       void (*fn)(vaddr_t va, size_t span, pte_t pte, void *arg), void *arg)
{
	for (unsigned i = level == PT_LEVELS - 1 ? PTES_PER_TABLE / 2 : 0; i < PTES_PER_TABLE; i++) {
		pte_t e = pte_get(&table[i]);
		vaddr_t va = base + i * PT_SPAN(level);

		if (level == PT_LEVELS - 1)	/* sign-extend bit 38 */
			va |= PAGE_OFFSET;
		if (!pte_present(e))
			continue;
		if (pte_leaf(e))
			fn(va, PT_SPAN(level), e, arg);
		else
			walk_table(pte_to_table(e), level - 1, va, fn, arg);
	}
}

void kmap_walk(void (*fn)(vaddr_t va, size_t span, pte_t pte, void *arg), void *arg)
{
	walk_table(kernel_root, PT_LEVELS - 1, 0, fn, arg);
}
