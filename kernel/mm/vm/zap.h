// SPDX-License-Identifier: MIT
/* zap.h - taking mappings away: see zap.c. */
#ifndef MM_ZAP_H
#define MM_ZAP_H

#include "mm/vm/vma.h"

#define ZAP_BATCH 64

/* One removal under way: what has gone from the tables but perhaps not from the TLBs. */
struct zap {
	struct mm *mm;
	vaddr_t lo, hi;			/* removed addresses lie in [lo, hi); lo >= hi: none */
	bool early;			/* frames may be let go before the flush: Z2 */
	bool dying;			/* the mm goes: Z3, no flush, no counters */
	bool tables;			/* free tables that become empty */
	unsigned n;
	s64 rss[NR_MM_COUNTERS];
	struct list freed;		/* table pages */
	struct page *page[ZAP_BATCH];	/* early: counts zero; else: still counted */
};

void zap_begin(struct zap *z, struct mm *mm, bool tables);
void zap_begin_dying(struct zap *z, struct mm *mm);
/* Remove what is mapped in [start, end), a part of area v. */
void zap_range(struct zap *z, struct vma *v, vaddr_t start, vaddr_t end);
/* For the reverse map, which removes what it chooses: in another's mm; tables stay. */
void zap_begin_foreign(struct zap *z, struct mm *mm);
/* Remove one entry, which is present and not special. => its ptl held */
void zap_entry(struct zap *z, struct vma *v, pte_t *pte, vaddr_t va);
/* Flush, then give back frames and tables. */
void zap_end(struct zap *z);

#endif
