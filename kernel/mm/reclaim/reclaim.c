// SPDX-License-Identifier: MIT
/*
 * reclaim.c - what page_alloc.c's slow path calls when memory is short.
 *
 * What is given back today: clean file pages, unmapped first if nobody used them lately, and
 * pages that MADV_FREE gave away (the scan is mm/cache/lru.c's); then inodes that nobody
 * uses, slabs that hold no object, spare kernel stacks and page tables.  The three functions
 * below are the only doors from the allocator to this floor; swap, compaction and the OOM
 * killer come in through them.
 *
 * => called with task->memalloc > 0, so an allocation made here never comes back here.
 */
#include "mm/cache/pagecache.h"
#include "mm/kmem/slab.h"
#include "mm/kmem/vmalloc.h"
#include "mm/phys/gfp.h"
#include "mm/phys/vmstat.h"
#include "mm/vm/mm.h"

#define RECLAIM_BATCH	64UL

unsigned long reclaim_pages(gfp_t gfp, unsigned order)
{
	unsigned long want = MAX(RECLAIM_BATCH, 2UL << order), freed;

	freed = pagecache_shrink(want, gfp);
	count_vm_events(PGSTEAL_DIRECT, freed);
	if (freed < want) {
		freed += kstack_shrink();
		vmalloc_purge();
		freed += kmem_shrink_all() + pt_shrink();
	}
	return freed;
}

/* Nothing is moved yet: a block of the wanted order appears by freeing alone. */
bool compact_zone_for(gfp_t gfp, unsigned order)
{
	(void)gfp;
	(void)order;
	return false;
}

/* Nobody is killed yet: the request fails, its caller returns -ENOMEM. */
bool out_of_memory(gfp_t gfp, unsigned order)
{
	(void)gfp;
	(void)order;
	return false;
}
