// SPDX-License-Identifier: MIT
/*
 * meminfo.c - /proc/meminfo, where the numbers of all floors meet, and the start of
 * the parts of mm/ that need a scheduler and a /proc.
 *
 * AnonPages and Mapped have no counters, because counting would cost every fault and every
 * unmapping, and the sums over all processes have a page twice that two of them share.
 * Whoever asks has the frames counted that somebody maps; free blocks are stepped over, so
 * that it costs what is in use.
 *
 * MemFree counts the harts' own lists too, which Linux's does not: what a program has given
 * back is free.
 *
 * MemAvailable is what could be had without swapping: free memory above the low
 * watermarks, and the page cache and reclaimable slabs but for the half that is likely
 * in use or a low watermark, whichever is less.
 */
#include "dev/blk.h"
#include "fs/procfs.h"
#include "mm/cache/pagecache.h"
#include "mm/kmem/slab.h"
#include "mm/phys/vmstat.h"
#include "mm/vm/mm.h"
#include "mm/vm/overcommit.h"
#include "proc/task.h"
#include "riscv/kmap.h"
#include "riscv/pgtable.h"
#include "uapi/errno.h"

#define KIB_OF(pages) ((unsigned long)(pages) << (PAGE_SHIFT - 10))

struct usage {
	unsigned long anon, mapped, locked;
};

static void count_mapped(struct usage *u)
{
	for (pfn_t pfn = min_pfn; pfn < max_pfn;) {
		struct page *p = pfn_to_page(pfn);

		if ((pfn % PAGEBLOCK_PAGES) == 0 && !pfn_valid(pfn)) {
			pfn += PAGEBLOCK_PAGES;
			continue;
		}
		if (page_test(p, PG_BUDDY)) {
			/* Its order may be another by now: no further than this page block. */
			pfn = MIN(pfn + (1UL << (READ_ONCE(p->order) & 15)),
				  ALIGN_DOWN(pfn, PAGEBLOCK_PAGES) + PAGEBLOCK_PAGES);
			continue;
		}
		if (page_maps(p) != 0)
			*(p->anon & PAGE_ANON ? &u->anon : &u->mapped) += 1;
		pfn++;
	}
}

static void sum_usage(struct usage *u)
{
	*u = (struct usage){ 0, 0, 0 };
	count_mapped(u);
	for (struct task *t = task_next_get(NULL); t != NULL; t = task_next_get(t)) {
		struct mm *mm = task_mm_get(t);

		if (mm == NULL)
			continue;
		if (t->leader == t)		/* threads share it */
			u->locked += READ_ONCE(mm->locked_vm);
		mm_put(mm);
	}
}

static unsigned long available(unsigned long cache, unsigned long reclaimable)
{
	long avail = nr_free_pages(), low = 0;
	struct zone *z;

	for_each_zone(z) {
		low += z->wmark[WMARK_LOW];
		avail -= z->wmark[WMARK_LOW];
	}
	avail += (long)(cache - MIN(cache / 2, (unsigned long)low));
	avail += (long)(reclaimable - MIN(reclaimable / 2, (unsigned long)low));
	return avail > 0 ? avail : 0;
}

static void line(struct seq *s, const char *name, unsigned long pages)
{
	seq_printf(s, "%-16s%8lu kB\n", name, KIB_OF(pages));
}

static int show_meminfo(struct seq *s, void *arg)
{
	unsigned long cache = pagecache_pages(), shmem = pagecache_shmem();
	unsigned long buffers = bdev_cached_pages();
	unsigned long srec = vm_state(NR_SLAB_RECLAIMABLE), sun = vm_state(NR_SLAB_UNRECLAIMABLE);
	unsigned long total = nr_total_pages(), free = nr_free_pages(), active, inactive;
	unsigned long stacks = vm_state(NR_KERNEL_STACK_KB) >> (PAGE_SHIFT - 10);
	unsigned long vm_used = vm_state(NR_VMALLOC), tables = vm_state(NR_PAGETABLE);
	struct usage u;

	(void)arg;
	sum_usage(&u);
	pagecache_lru_counts(&active, &inactive);
	line(s, "MemTotal:", total);
	line(s, "MemFree:", free);
	line(s, "MemAvailable:", available(cache - MIN(shmem, cache), srec));
	line(s, "Buffers:", buffers);
	line(s, "Cached:", cache - MIN(buffers, cache));
	line(s, "SwapCached:", 0);
	line(s, "Active:", active + u.anon);
	line(s, "Inactive:", inactive);
	line(s, "Active(anon):", u.anon);
	line(s, "Inactive(anon):", 0);
	line(s, "Active(file):", active);
	line(s, "Inactive(file):", inactive);
	line(s, "Unevictable:", u.locked);
	line(s, "Mlocked:", u.locked);
	line(s, "SwapTotal:", nr_swap_total());
	line(s, "SwapFree:", nr_swap_total());
	line(s, "Dirty:", pagecache_dirty());
	line(s, "Writeback:", pagecache_writeback());
	line(s, "AnonPages:", u.anon);
	line(s, "Mapped:", u.mapped);
	line(s, "Shmem:", shmem);
	line(s, "KReclaimable:", srec);
	line(s, "Slab:", srec + sun);
	line(s, "SReclaimable:", srec);
	line(s, "SUnreclaim:", sun);
	line(s, "KernelStack:", stacks);
	line(s, "PageTables:", tables);
	line(s, "CommitLimit:", commit_limit());
	line(s, "Committed_AS:", MAX(atomic_read(&vm_committed), 0L));
	line(s, "VmallocTotal:", (vmalloc_limit - VMALLOC_START) >> PAGE_SHIFT);
	line(s, "VmallocUsed:", vm_used);
	line(s, "VmallocChunk:", 0);
	line(s, "Percpu:", DIV_ROUND_UP(sizeof(vm_counts), PAGE_SIZE));
	return 0;
}

/* What Linux's /proc/vmstat has and mm/phys does not know. */
void vmstat_more(struct seq *s)
{
	struct usage u;

	sum_usage(&u);
	seq_printf(s, "nr_anon_pages %lu\nnr_mapped %lu\nnr_mlock %lu\n",
		   u.anon, u.mapped, u.locked);
	seq_printf(s, "nr_file_pages %lu\nnr_shmem %lu\nnr_dirty %lu\nnr_writeback %lu\n",
		   pagecache_pages(), pagecache_shmem(), pagecache_dirty(), pagecache_writeback());
}

void mm_late_init(void)
{
	proc_create("meminfo", show_meminfo, NULL, NULL);
	kmem_proc_init();
	phys_late_init();
}
