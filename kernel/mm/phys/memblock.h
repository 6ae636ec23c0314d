// SPDX-License-Identifier: MIT
/* memblock.h - boot memory: which physical ranges exist, which are taken, before any
 * struct page does. */
#ifndef MM_MEMBLOCK_H
#define MM_MEMBLOCK_H

#include "lib/types.h"

enum memblock_fit { MEMBLOCK_FIRST_FIT, MEMBLOCK_BEST_FIT, MEMBLOCK_WORST_FIT };

/* RAM [base, base+size) of a node exists. => -ENOSPC when the table is full,
 * -EINVAL for an empty or wrapping range. */
int memblock_add(paddr_t base, u64 size, unsigned node);
/* [base, base+size) is in use; may overlap earlier reservations or no RAM at all. */
int memblock_reserve(paddr_t base, u64 size);
/* Allocate; 0 when there is none.  => align is a power of two. */
paddr_t memblock_alloc(u64 size, u64 align);
paddr_t memblock_alloc_node(u64 size, u64 align, unsigned node);
void memblock_free(paddr_t base, u64 size);
void memblock_set_policy(enum memblock_fit fit);
/* The ith maximal free range in address order; false past the end. */
bool memblock_free_range(unsigned i, paddr_t *start, paddr_t *end, unsigned *node);
/* The ith RAM range. */
bool memblock_ram_range(unsigned i, paddr_t *start, paddr_t *end, unsigned *node);
u64 memblock_total_ram(void);
paddr_t memblock_end(void);		/* one past the highest RAM byte */

/* --- hand-over (page_init.c) --- */
/* Build vmemmap, nodes, zones; give every free range to the buddy. => once, at boot. */
void mem_init(void);
/* Return [start, end) (page-aligned kernel image parts) to the allocator. */
void free_boot_range(paddr_t start, paddr_t end, const char *what);

#endif
