// SPDX-License-Identifier: MIT
/* vmap_internal.h - the areas of vmalloc.c, for /proc/vmallocinfo and tests. */
#ifndef MM_VMAP_INTERNAL_H
#define MM_VMAP_INTERNAL_H

#include "lib/list.h"
#include "lib/rbtree.h"
#include "sync/spinlock.h"

enum { AREA_ALLOC, AREA_IO, AREA_STACK, AREA_DEAD, AREA_END };

/* Locks: (v) vmap_lock  (c) constant */
struct vm_area {
	struct rb_node node;		/* (v) by address, augmented by max_hole */
	vaddr_t start, end;		/* (c) the guard page included */
	size_t hole, max_hole;		/* (v) before this area; the largest of the subtree */
	u32 kind;			/* (v) */
	vaddr_t caller;			/* (c) */
	paddr_t phys;			/* (c) AREA_IO */
	struct list dead_link;		/* (v) */
};

extern struct rb_root vmap_areas;	/* (v) */
extern spinlock_t vmap_lock;
/* The area, guard included, that holds addr. => vmap_lock held */
struct vm_area *vmap_find(vaddr_t addr);
/* The first area that ends after addr, or NULL. => vmap_lock held */
struct vm_area *vmap_next(vaddr_t addr);

#endif
