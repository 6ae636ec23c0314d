// SPDX-License-Identifier: MIT
/*
 * page.h - struct page, one for every physical frame.
 *
 * 48 bytes, 1.2% of RAM: two words of state and counts, a link pair, an owner and
 * an index.  What a frame is now decides what the unions hold.  The array is
 * virtually mapped at VMEMMAP_START and backed only where RAM exists, so that
 * page <-> frame number <-> address is arithmetic.
 *
 * Locks: (z) zone->lock  (a) atomic  (o) whoever owns the frame
 *        (l) the LRU's lock  (m) mapping->lock
 *
 *   P1  PG_BUDDY marks the head of a free block; implies refcount == 0.
 *   P2  refcount == 0 means free or being freed, but for PG_RESERVED frames and the rest of
 *       a block, whose first frame counts for it.  Every user of a frame holds one: the
 *       page cache one, every PTE one, every temporary user one.
 *   P3  mapcount counts user PTEs that map the frame; mapcount <= refcount.
 *       A PTE's two counts are taken and given back by one atomic operation.
 *   P4  the LRU list holds no reference: whoever takes the last one away takes the page off
 *       the list too (lru_remove), before the frame is free.
 *   P5  in the page cache: mapping->pages maps index to this page.
 *   P6  the zero frame is never counted (its PTEs are PTE_SPECIAL).
 *
 * Debug builds assert P2 wherever a count changes and P3 where a mapping does;
 * buddy_check() tests P1.
 */
#ifndef MM_PAGE_H
#define MM_PAGE_H

#include "lib/atomic.h"
#include "lib/list.h"
#include "lib/printk.h"
#include "riscv/pgtable.h"

struct address_space;
struct anon_vma;
struct kmem_cache;

struct page {
	union {
		struct {
			u32 flags;	/* (a) PG_* below; node and zone in the top byte */
			union {
				u32 order;	/* (z) of a free block, or of a block's head */
				u32 private;	/* (o) */
				u32 ptl;	/* page table: its entries' lock */
				struct {	/* slab: */
					u16 inuse;	/* objects handed out */
					u16 objects;	/* objects it holds */
				};
			};
		};
		u64 flags_private;	/* (z) both at once, for the allocator */
	};
	u64 counts;			/* (a) refcount in the low, mapcount in the high half */
	union {
		struct list link;	/* (z) free list, (l) LRU, (o) any list of the owner */
		struct {		/* slab whose free list lies in the objects: */
			void *freelist;
			struct page *slab_next;
		};
	};
	union {
		struct address_space *mapping;	/* (m) page cache; NULL if none */
		unsigned long anon;	/* anon_vma | PAGE_ANON */
		struct kmem_cache *cache;	/* slab */
		struct page *head;	/* PG_TAIL: first page of the block */
		struct mm *pt_mm;	/* page table: whose */
	};
	u64 index;			/* page cache: in pages; anonymous: linear index;
					 * page table: entries in use */
};

_Static_assert(sizeof(struct page) == 48, "struct page is sized by design");

#define PAGE_ANON	1UL

/* flags */
#define PG_BUDDY	BIT(0)	/* (z) head of a free block */
#define PG_PCP		BIT(1)	/* (o) free, on a per-hart list */
#define PG_RESERVED	BIT(2)	/* never given to the allocator */
#define PG_SLAB		BIT(3)
#define PG_HEAD		BIT(4)	/* first of a __GFP_COMP block */
#define PG_TAIL		BIT(5)	/* another of it */
#define PG_PGTABLE	BIT(6)
#define PG_LOCKED	BIT(7)	/* (a) page lock: I/O or truncation under way */
#define PG_UPTODATE	BIT(8)	/* (a) contents are valid */
#define PG_DIRTY	BIT(9)	/* (a) newer than the disk */
#define PG_WRITEBACK	BIT(10)	/* (a) on its way to the disk */
#define PG_REFERENCED	BIT(11)	/* (a) used since last looked at */
#define PG_ACTIVE	BIT(12)	/* (l) on the active list */
#define PG_LRU		BIT(13)	/* (l) on an LRU list */
#define PG_MLOCKED	BIT(14)	/* of a locked area; nothing sets it before there is swap */
#define PG_SWAPBACKED	BIT(15)	/* anonymous or tmpfs */
#define PG_SWAPCACHE	BIT(16)	/* in the swap cache; likewise */
#define PG_ERROR	BIT(17)	/* (a) the last I/O failed */
#define PG_WAITERS	BIT(18)	/* (a) someone sleeps for PG_LOCKED or PG_WRITEBACK */
#define PG_READAHEAD	BIT(19)	/* (a) reaching this page starts the next read-ahead */
#define PG_ZERO		BIT(20)	/* the frame of zeros that is mapped for reading */
#define PG_LOGGED	BIT(21)	/* (o) held in memory by the file system's journal */
#define PG_ICACHE	BIT(22)	/* (a) no hart can fetch older instructions than it holds */

#define PG_ZONE_SHIFT	24	/* 2 bits */
#define PG_NODE_SHIFT	26	/* 2 bits */

#define vmemmap ((struct page *)VMEMMAP_START)

/* Constant-time conversions.  => the frame is RAM (pfn_valid). */
#ifdef __KERNEL__
static __always_inline struct page *pfn_to_page(pfn_t pfn) { return vmemmap + pfn; }
static __always_inline pfn_t page_to_pfn(const struct page *p) { return p - vmemmap; }
#else
extern struct page *host_mem_map;	/* host tests bring an array of their own */
extern char *host_ram;			/* ... and the memory, so that page_address works */
static inline struct page *pfn_to_page(pfn_t pfn) { return host_mem_map + pfn; }
static inline pfn_t page_to_pfn(const struct page *p) { return p - host_mem_map; }
#undef __va
#undef __pa
#define __va(pa) ((void *)(host_ram + (pa)))
#define __pa(va) ((paddr_t)((char *)(va) - host_ram))
#endif
static __always_inline paddr_t page_to_phys(const struct page *p) { return page_to_pfn(p) << PAGE_SHIFT; }
static __always_inline void *page_address(const struct page *p) { return __va(page_to_phys(p)); }
static __always_inline struct page *virt_to_page(const void *va) { return pfn_to_page(__pa(va) >> PAGE_SHIFT); }
static __always_inline struct page *pte_page(pte_t e) { return pfn_to_page(pte_pfn(e)); }
bool pfn_valid(pfn_t pfn);

/* Flags */
static __always_inline bool page_test(const struct page *p, u32 f) { return READ_ONCE(p->flags) & f; }
static __always_inline void page_set(struct page *p, u32 f) { set_bits(&p->flags, f); }
static __always_inline void page_clear(struct page *p, u32 f) { clear_bits(&p->flags, f); }
/* Set, and say whether it was set before. */
static inline bool page_test_and_set(struct page *p, u32 f)
{
	return __atomic_fetch_or(&p->flags, f, __ATOMIC_SEQ_CST) & f;
}
static inline bool page_test_and_clear(struct page *p, u32 f)
{
	return __atomic_fetch_and(&p->flags, ~f, __ATOMIC_SEQ_CST) & f;
}
static inline unsigned page_zone_id(const struct page *p) { return p->flags >> PG_ZONE_SHIFT & 3; }
static inline unsigned page_node_id(const struct page *p) { return p->flags >> PG_NODE_SHIFT & 3; }

/* Counts */
#define PAGE_MAP_ONE	(1UL << 32)
static __always_inline u32 page_refs(const struct page *p) { return (u32)READ_ONCE(p->counts); }
static __always_inline u32 page_maps(const struct page *p) { return READ_ONCE(p->counts) >> 32; }

/* The block's first page, for any page of a __GFP_COMP block. */
static inline struct page *page_head(struct page *p)
{
	return unlikely(p->flags & PG_TAIL) ? p->head : p;
}

/* One more user.  => the caller already has one, or a lock that keeps one alive. */
static __always_inline void get_page(struct page *p)
{
	u64 old = __atomic_fetch_add(&p->counts, 1, __ATOMIC_RELAXED);

	debug_assert((u32)old != 0);			/* P2 */
	(void)old;
}
/* One more user unless the frame is free or being freed. */
static inline bool get_page_unless_zero(struct page *p)
{
	u64 old = READ_ONCE(p->counts);

	while ((u32)old != 0)
		if (__atomic_compare_exchange_n(&p->counts, &old, old + 1, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	return false;
}
void put_page_last(struct page *p);	/* the count is zero: give the frame back */
/* Take a page off its LRU list (mm/cache); called for a PG_LRU page whose count is zero. */
void lru_remove(struct page *p);
static __always_inline void put_page(struct page *p)
{
	u32 old = fetch_add_full(&p->counts, -1UL);

	debug_assert(old != 0);				/* P2 */
	if (old == 1)
		put_page_last(p);
}
/* A PTE that maps the frame comes: reference and mapcount at once. */
static __always_inline void page_map(struct page *p)
{
	u64 old = __atomic_fetch_add(&p->counts, PAGE_MAP_ONE + 1, __ATOMIC_RELAXED);

	debug_assert((u32)old != 0 && old >> 32 <= (u32)old);	/* P2, P3 */
	(void)old;
}
/* A PTE has gone; returns the new counts (low half 0: give it to put_page_last). */
static __always_inline u64 page_unmap(struct page *p)
{
	u64 left = fetch_add_full(&p->counts, -(PAGE_MAP_ONE + 1)) - (PAGE_MAP_ONE + 1);

	debug_assert((u32)left != ~0U && left >> 32 <= (u32)left);	/* P2, P3 */
	return left;
}

/* The page lock sleeps; it serialises I/O, truncation and migration of one page. */
void lock_page(struct page *p);
bool trylock_page(struct page *p);
void unlock_page(struct page *p);
void wait_on_page(struct page *p, u32 flag);	/* until PG_LOCKED or PG_WRITEBACK is clear */
void end_page_writeback(struct page *p);	/* clears PG_WRITEBACK, wakes waiters */

#endif
