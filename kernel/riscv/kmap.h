// SPDX-License-Identifier: MIT
/* kmap.h - building the kernel's own page tables: for boot, pgtable.h has the rest. */
#ifndef RISCV_KMAP_H
#define RISCV_KMAP_H

#include "lib/types.h"
#include "riscv/pgtable.h"

extern vaddr_t vmalloc_limit;		/* end of vmalloc's addresses that have tables */

/* Replace the early tables: the image with its real protections, all RAM that
 * memblock knows at PAGE_OFFSET, the roots of vmalloc and vmemmap. => once */
void kmap_init(void);
/* From now on tables come from alloc_page, not from memblock. */
void kmap_use_page_allocator(void);
/* Print the virtual memory map with this machine's numbers. */
void kmap_show(void);
/* Give the boot-only part of the image back. => pid 1's thread, all harts up */
void kmap_free_init(void);
/* Change the protection of mapped kernel addresses, and flush. => 0 or -EINVAL (a hole) */
int kmap_protect(vaddr_t va, size_t size, u64 flags);
void asid_probe(void);

/* Calls fn for every leaf of the kernel half: the W^X test. */
void kmap_walk(void (*fn)(vaddr_t va, size_t span, pte_t pte, void *arg), void *arg);

/* Physical address of a direct-map or a kernel-image address. */
paddr_t image_or_direct_pa(const void *va);

#endif
