// SPDX-License-Identifier: MIT
/*
 * gfp.h - asking for page frames.
 *
 * A request says from which zone at the highest, how movable the use is, what the
 * allocator may do to find memory (sleep, write to disk, call the file system),
 * how urgent it is, and whether the frame must be zero.
 */
#ifndef MM_GFP_H
#define MM_GFP_H

#include "lib/types.h"

typedef u32 gfp_t;
struct page;

#define __GFP_DMA32	0x0001u		/* below 4 GiB */
#define __GFP_MOVABLE	0x0002u		/* the owner can be found and told to move */
#define __GFP_RECLAIMABLE 0x0004u	/* a shrinker can give it back */
#define __GFP_HIGH	0x0008u		/* urgent: may use part of the reserve */
#define __GFP_WAIT	0x0010u		/* may sleep */
#define __GFP_IO	0x0020u		/* may start disk I/O */
#define __GFP_FS	0x0040u		/* may call into a file system */
#define __GFP_NOWARN	0x0080u
#define __GFP_NOFAIL	0x0100u		/* the caller cannot do without: wait for ever.  => with
				 * __GFP_WAIT; at most MAX_ORDER, and better one page */
#define __GFP_ZERO	0x0200u
#define __GFP_MEMALLOC	0x0400u		/* the reclaimer's own needs: whole reserve */
#define __GFP_COMP	0x0800u		/* a block handled through its first page */
#define __GFP_HARDWALL	0x1000u		/* for user space (which as yet has no limits of its own) */

#define GFP_ATOMIC	(__GFP_HIGH)
#define GFP_NOIO	(__GFP_WAIT)
#define GFP_NOFS	(__GFP_WAIT | __GFP_IO)
#define GFP_KERNEL	(__GFP_WAIT | __GFP_IO | __GFP_FS)
#define GFP_USER	(GFP_KERNEL | __GFP_HARDWALL)
#define GFP_HIGHUSER	(GFP_USER)
#define GFP_HIGHUSER_MOVABLE (GFP_USER | __GFP_MOVABLE)
#define GFP_DMA32	(__GFP_DMA32)

#define MAX_ORDER	10		/* largest block: 4 MiB */

/* A block of 2^order frames, refcount 1, or NULL.
 * => sleeps only with __GFP_WAIT. */
struct page *alloc_pages(gfp_t gfp, unsigned order);
struct page *alloc_pages_node(int node, gfp_t gfp, unsigned order);	/* or the next nearest */
static inline struct page *alloc_page(gfp_t gfp) { return alloc_pages(gfp, 0); }
/* Give back a block whose last reference is the caller's. */
void free_pages(struct page *page, unsigned order);
static inline void free_page(struct page *page) { free_pages(page, 0); }
/* Give back n order-0 pages whose refcount has just dropped to zero. */
void free_pages_bulk(struct page **pages, unsigned n);

/* The same by direct-map address: */
void *get_free_page(gfp_t gfp);
void *get_zeroed_page(gfp_t gfp);
void put_free_page(void *addr);

/* Where a later floor acts; see page_alloc.c's slow path. */
unsigned long reclaim_pages(gfp_t gfp, unsigned order);		/* frames freed */
bool compact_zone_for(gfp_t gfp, unsigned order);		/* true: try again */
bool out_of_memory(gfp_t gfp, unsigned order);			/* true: try again */

unsigned long nr_free_pages(void);	/* all zones, per-hart lists included */
unsigned long nr_total_pages(void);	/* all frames the allocator manages */

#endif
