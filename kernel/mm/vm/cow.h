// SPDX-License-Identifier: MIT
/* cow.h - copy on write: see cow.c. */
#ifndef MM_COW_H
#define MM_COW_H

#include "mm/vm/vma.h"

/* fork: share what the parent's area v maps with child. *changed: the parent must flush.
 * => parent's mmap_lock write-held; the child's area is known to the reverse map.
 * => 0 or -ENOMEM with a part copied */
int cow_copy_area(struct mm *child, struct vma *v, bool *changed);
/* A write to the read-only entry of a private area. => fault.h's results */
int cow_break(struct vma *v, vaddr_t va, pte_t *pte, pte_t seen);

#endif
