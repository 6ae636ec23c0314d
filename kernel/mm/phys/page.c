// SPDX-License-Identifier: MIT
/*
 * page.c - which frame numbers stand for RAM.
 *
 * The page lock, and waiting for a page, are in mm/cache/page_wait.c.
 */
#include "mm/phys/zone.h"

bool pfn_valid(pfn_t pfn)
{
	if (pfn < min_pfn || pfn >= max_pfn)
		return false;
	/* Acquire: who sees the type sees the frames (I1 of page_init.c). */
	return smp_load_acquire(&pageblock_types[pfn >> PAGEBLOCK_ORDER]) != PAGEBLOCK_NONE;
}
