// SPDX-License-Identifier: MIT
/*
 * proc_phys.c - the page allocator seen from user space.
 *
 * /proc/buddyinfo, pagetypeinfo, zoneinfo, vmstat, kpagecount and kpageflags, line for
 * line in Linux's formats, so that programs written for Linux read them.
 *
 * Locks: a zone's lists are counted under its lock, one zone and order at a time; the
 * other numbers are read as they come.
 */
#include "fs/procfs.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/phys/vmstat.h"
#include "mm/phys/zone.h"
#include "uapi/errno.h"

static const char *const type_names[NR_MIGRATETYPES] = { "Unmovable", "Movable", "Reclaimable" };

static int show_buddyinfo(struct seq *s, void *arg)
{
	struct zone *z;

	(void)arg;
	for_each_zone(z) {
		seq_printf(s, "Node %d, zone %8s ", (int)z->node, z->name);
		for (unsigned o = 0; o <= MAX_ORDER; o++)
			seq_printf(s, "%6lu ", (unsigned long)READ_ONCE(z->area[o].nr_free));
		seq_putc(s, '\n');
	}
	return 0;
}

static unsigned long count_blocks(struct zone *z, unsigned order, unsigned mt)
{
	unsigned long n = 0, flags = spin_lock_irqsave(&z->lock);
	struct page *p;

	list_for_each(p, &z->area[order].list[mt], link)
		n++;
	spin_unlock_irqrestore(&z->lock, flags);
	return n;
}

static int show_pagetypeinfo(struct seq *s, void *arg)
{
	struct zone *z;

	(void)arg;
	seq_printf(s, "Page block order: %d\nPages per block:  %lu\n\n", PAGEBLOCK_ORDER,
		   PAGEBLOCK_PAGES);
	seq_printf(s, "%-43s ", "Free pages count per migrate type at order");
	for (unsigned o = 0; o <= MAX_ORDER; o++)
		seq_printf(s, "%6u ", o);
	seq_putc(s, '\n');
	for_each_zone(z)
		for (unsigned t = 0; t < NR_MIGRATETYPES; t++) {
			seq_printf(s, "Node %4d, zone %8s, type %12s ", (int)z->node, z->name,
				   type_names[t]);
			for (unsigned o = 0; o <= MAX_ORDER; o++)
				seq_printf(s, "%6lu ", count_blocks(z, o, t));
			seq_putc(s, '\n');
		}
	seq_printf(s, "\n%-23s", "Number of blocks type ");
	for (unsigned t = 0; t < NR_MIGRATETYPES; t++)
		seq_printf(s, "%12s ", type_names[t]);
	seq_putc(s, '\n');
	for_each_zone(z) {
		unsigned long n[NR_MIGRATETYPES] = { 0 };

		for (pfn_t b = z->start; b < z->end; b += PAGEBLOCK_PAGES)
			if (pfn_valid(b) && page_zone(pfn_to_page(b)) == z)
				n[pageblock_type(b)]++;
		seq_printf(s, "Node %d, zone %8s ", (int)z->node, z->name);
		for (unsigned t = 0; t < NR_MIGRATETYPES; t++)
			seq_printf(s, "%12lu ", n[t]);
		seq_putc(s, '\n');
	}
	return 0;
}

static const char *const state_names[NR_VM_STATES] = {
	[NR_SLAB_RECLAIMABLE] = "nr_slab_reclaimable",
	[NR_SLAB_UNRECLAIMABLE] = "nr_slab_unreclaimable",
	[NR_KERNEL_STACK_KB] = "nr_kernel_stack",
	[NR_PAGETABLE] = "nr_page_table_pages", [NR_VMALLOC] = "nr_vmalloc",
};

/* What the watermarks are compared with: not the harts' own lists, which stand below. */
static u64 zone_watermark_pages(const struct zone *z)
{
	return READ_ONCE(z->nr_free) + READ_ONCE(z->deferred_free);
}

static int show_zoneinfo(struct seq *s, void *arg)
{
	u32 nodes_done = 0;
	struct zone *z;

	(void)arg;
	for_each_zone(z) {
		seq_printf(s, "Node %d, zone %8s", (int)z->node, z->name);
		if (!(nodes_done & BIT(z->node))) {
			nodes_done |= BIT(z->node);
			seq_puts(s, "\n  per-node stats");
			for (unsigned i = 0; i < NR_VM_STATES; i++)
				seq_printf(s, "\n      %-12s %ld", state_names[i],
					   (long)node_state(z->node, i));
		}
		seq_printf(s, "\n  pages free     %lu\n        boost    0\n        min      %lu"
			   "\n        low      %lu\n        high     %lu\n        spanned  %lu"
			   "\n        present  %lu\n        managed  %lu\n        cma      0",
			   (unsigned long)zone_watermark_pages(z), (unsigned long)z->wmark[WMARK_MIN],
			   (unsigned long)z->wmark[WMARK_LOW], (unsigned long)z->wmark[WMARK_HIGH],
			   z->end - z->start, (unsigned long)z->present, (unsigned long)z->managed);
		seq_puts(s, "\n        protection: (");
		for (unsigned i = 0; i < NR_ZONES; i++)
			seq_printf(s, "%s%lu", i ? ", " : "", (unsigned long)z->lowmem_reserve[i]);
		seq_printf(s, ")\n      nr_free_pages %lu", (unsigned long)zone_watermark_pages(z));
		seq_printf(s, "\n      nr_deferred  %lu", (unsigned long)READ_ONCE(z->deferred_free));
		seq_puts(s, "\n  pagesets");
		for (unsigned h = 0; h < nr_harts; h++) {
			u32 n = 0;

			for (unsigned t = 0; t < NR_MIGRATETYPES; t++)
				n += pcp_count(&z->pcp[h].mt[t]);
			seq_printf(s, "\n    cpu: %u\n              count: %u\n              high:  %u"
				   "\n              batch: %u\n  vm stats threshold: %u",
				   h, n, z->pcp_high, z->pcp_batch, STATE_FOLD);
		}
		seq_printf(s, "\n  node_unreclaimable:  0\n  start_pfn:           %lu\n", z->start);
	}
	return 0;
}

static const char *const event_names[NR_VM_EVENTS] = {
	[PGFAULT] = "pgfault", [PGMAJFAULT] = "pgmajfault",
	[PGPGIN] = "pgpgin", [PGPGOUT] = "pgpgout", [PGSTEAL_DIRECT] = "pgsteal_direct",
	[ALLOCSTALL] = "allocstall", [ALLOC_FAIL] = "alloc_fail", [DROP_SLAB] = "drop_slab",
	[DEFERRED_GROW] = "deferred_grow", [PCP_REFILL] = "pcp_refill", [PCP_DRAIN] = "pcp_drain",
	[SLAB_REFILL] = "slab_refill", [SLAB_FLUSH] = "slab_flush", [KSTACK_HIT] = "kstack_hit",
	[KSTACK_MISS] = "kstack_miss", [VMAP_PURGE] = "vmap_purge", [COW_COPY] = "cow_copy",
	[ICACHE_FLUSH] = "icache_flush",
	[PGLAZYFREE] = "pglazyfree", [PGLAZYFREED] = "pglazyfreed",
};

static int show_vmstat(struct seq *s, void *arg)
{
	static const char *const zone_lower[NR_ZONES] = { "dma32", "normal", "movable" };
	u64 allocs[NR_ZONES] = { 0 }, frees = 0, steals = 0, fallbacks = 0;
	struct zone *z;

	(void)arg;
	for_each_zone(z) {
		for (unsigned h = 0; h < NR_HARTS; h++) {
			const struct pcp *pcp = &z->pcp[h];
			u64 taken = READ_ONCE(pcp->taken), held = 0;

			for (unsigned t = 0; t < NR_MIGRATETYPES; t++) {
				u64 state = READ_ONCE(pcp->mt[t].state);

				taken += state >> 32;
				held += (u32)state;
			}
			allocs[z->id] += taken;
			frees += taken + held + pcp->drained - pcp->refilled;
		}
		allocs[z->id] += READ_ONCE(z->block_allocs);
		frees += READ_ONCE(z->block_frees);
		steals += z->steals;
		fallbacks += z->fallbacks;
	}
	seq_printf(s, "nr_free_pages %lu\n", nr_free_pages());
	for (unsigned i = 0; i < NR_VM_STATES; i++)
		seq_printf(s, "%s %ld\n", state_names[i], (long)vm_state(i));
	vmstat_more(s);
	for (unsigned i = 0; i < NR_ZONES; i++)
		seq_printf(s, "pgalloc_%s %lu\n", zone_lower[i], (unsigned long)allocs[i]);
	seq_printf(s, "pgfree %lu\npgblock_steal %lu\npgalloc_fallback %lu\n", (unsigned long)frees,
		   (unsigned long)steals, (unsigned long)fallbacks);
	for (unsigned i = 0; i < NR_VM_EVENTS; i++)
		seq_printf(s, "%s %lu\n", event_names[i], (unsigned long)vm_event(i));
	return 0;
}

/* Linux's numbers for the bits of /proc/kpageflags (kernel-page-flags.h). */
enum {
	KPF_LOCKED = 0, KPF_ERROR = 1, KPF_REFERENCED = 2, KPF_UPTODATE = 3, KPF_DIRTY = 4,
	KPF_LRU = 5, KPF_ACTIVE = 6, KPF_SLAB = 7, KPF_WRITEBACK = 8, KPF_BUDDY = 10, KPF_MMAP = 11,
	KPF_ANON = 12, KPF_SWAPCACHE = 13, KPF_SWAPBACKED = 14, KPF_COMPOUND_HEAD = 15,
	KPF_COMPOUND_TAIL = 16, KPF_UNEVICTABLE = 18, KPF_NOPAGE = 20, KPF_ZERO_PAGE = 24, KPF_PGTABLE = 26,
	KPF_RESERVED = 32, KPF_MLOCKED = 33,
};

static const struct { u32 ours; u8 kpf; } flag_map[] = {
	{ PG_LOCKED, KPF_LOCKED }, { PG_ERROR, KPF_ERROR }, { PG_REFERENCED, KPF_REFERENCED },
	{ PG_UPTODATE, KPF_UPTODATE }, { PG_DIRTY, KPF_DIRTY }, { PG_LRU, KPF_LRU },
	{ PG_ACTIVE, KPF_ACTIVE }, { PG_SLAB, KPF_SLAB }, { PG_WRITEBACK, KPF_WRITEBACK },
	{ PG_SWAPCACHE, KPF_SWAPCACHE }, { PG_ZERO, KPF_ZERO_PAGE },
	{ PG_SWAPBACKED, KPF_SWAPBACKED }, { PG_HEAD, KPF_COMPOUND_HEAD },
	{ PG_TAIL, KPF_COMPOUND_TAIL }, { PG_PGTABLE, KPF_PGTABLE }, { PG_RESERVED, KPF_RESERVED },
	{ PG_MLOCKED, KPF_MLOCKED }, { PG_MLOCKED, KPF_UNEVICTABLE },
};

/* Does the frame lie in a free block?  Only the block's head is marked, and without the
 * lock it may be another block by now. */
static bool in_free_block(pfn_t pfn)
{
	for (unsigned o = 0; o <= MAX_ORDER; o++) {
		struct page *head = pfn_to_page(ALIGN_DOWN(pfn, 1UL << o));

		if (page_test(head, PG_BUDDY))
			return READ_ONCE(head->order) >= o;
	}
	return false;
}

static u64 kpage_flags(pfn_t pfn)
{
	struct page *p = pfn_to_page(pfn);
	u64 k = 0;

	if (!pfn_valid(pfn))
		return BIT(KPF_NOPAGE);
	for (unsigned i = 0; i < ARRAY_SIZE(flag_map); i++)
		if (p->flags & flag_map[i].ours)
			k |= BIT(flag_map[i].kpf);
	if (p->flags & PG_SLAB)			/* there PG_ACTIVE means frozen */
		return k & ~BIT(KPF_ACTIVE);
	if (page_refs(p) == 0 && !(p->flags & PG_RESERVED) && in_free_block(pfn))
		k |= BIT(KPF_BUDDY);
	if (page_maps(p) > 0)
		k |= BIT(KPF_MMAP);
	if (page_refs(p) > 0 && !(p->flags & (PG_RESERVED | PG_PGTABLE | PG_TAIL | PG_HEAD)) &&
	    page_maps(p) > 0 && (p->anon & PAGE_ANON))
		k |= BIT(KPF_ANON);
	return k;
}

static u64 kpage_count(pfn_t pfn)
{
	return pfn_valid(pfn) ? page_maps(pfn_to_page(pfn)) : 0;
}

/* One u64 a frame from frame 0 on; whole words only, as Linux. */
static ssize_t read_words(void *buf, size_t n, u64 pos, u64 (*word)(pfn_t pfn))
{
	u64 *out = buf;
	pfn_t pfn = pos / sizeof(u64);
	size_t i;

	if (pos % sizeof(u64) != 0 || n % sizeof(u64) != 0)
		return -EINVAL;
	for (i = 0; i < n / sizeof(u64) && pfn < max_pfn; i++)
		out[i] = word(pfn++);
	return i * sizeof(u64);
}

static ssize_t read_kpagecount(void *buf, size_t n, u64 pos)
{
	return read_words(buf, n, pos, kpage_count);
}

static ssize_t read_kpageflags(void *buf, size_t n, u64 pos)
{
	return read_words(buf, n, pos, kpage_flags);
}

void phys_proc_init(void)
{
	proc_create("buddyinfo", show_buddyinfo, NULL, NULL);
	proc_create("pagetypeinfo", show_pagetypeinfo, NULL, NULL);
	proc_create("zoneinfo", show_zoneinfo, NULL, NULL);
	proc_create("vmstat", show_vmstat, NULL, NULL);
	proc_create_raw("kpagecount", read_kpagecount);
	proc_create_raw("kpageflags", read_kpageflags);
}
