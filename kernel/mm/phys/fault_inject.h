// SPDX-License-Identifier: MIT
/* fault_inject.h - make allocations fail on purpose; see fault_inject.c. */
#ifndef MM_FAULT_INJECT_H
#define MM_FAULT_INJECT_H

#include "lib/types.h"
#include "mm/phys/gfp.h"

enum fault_kind { FAULT_PAGE_ALLOC, FAULT_SLAB, NR_FAULT_KINDS };

/* False, as nearly always: allocation sites look no further. */
extern u32 fault_inject_on;
/* => fault_inject_on was seen true.  size in bytes. */
bool fault_inject_hit(enum fault_kind kind, size_t size, gfp_t gfp);

static __always_inline bool should_fail(enum fault_kind kind, size_t size, gfp_t gfp)
{
	return unlikely(READ_ONCE(fault_inject_on)) && fault_inject_hit(kind, size, gfp);
}

/* What /proc/fault-inject takes, such as "slab nth=5 times=1" or "off"; 0 or -errno. */
int fault_inject_set(const char *words);
void fault_inject_init(void);		/* /proc/fault-inject */

#endif
