// SPDX-License-Identifier: MIT
/*
 * page.c - which frame numbers stand for RAM.
 *
 * The page lock, and waiting for a page, are in mm/cache/page_wait.c.
 */
#include "mm/phys/zone.h"

bool pfn_valid(pfn_t pfn)
{
	return pfn >= min_pfn && pfn < max_pfn && pageblock_type(pfn) != PAGEBLOCK_NONE;
}
