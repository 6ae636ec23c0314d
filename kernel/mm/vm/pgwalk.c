// SPDX-License-Identifier: MIT
/*
 * pgwalk.c - walking the user tables over a range, and from the reverse map.
 *
 * A range operation must cost what exists, not what is addressed: a sparse
 * mapping of 64 GiB has 16.8 million pages and perhaps three tables.  pt_next
 * therefore steps over a whole GiB where the root has nothing and over 2 MiB
 * where the middle table has nothing, and gives its caller the run of leaf
 * entries of one table at a time, which is also the unit that ptl locks.
 *
 * Invariants and locks: T1 to T3 in pgwalk.h.
 */
#include "mm/vm/pgwalk.h"

/* The first address above va that entry at this level does not map. */
static inline vaddr_t span_end(vaddr_t va, int level)
{
	return (va | (PT_SPAN(level) - 1)) + 1;
}

pte_t *pt_next(struct mm *mm, vaddr_t *va, vaddr_t end, vaddr_t *stop)
{
	vaddr_t at = *va;

	while (at < end) {
		pte_t e = pte_get(&mm->root[PT_INDEX(at, 2)]);
		vaddr_t middle_end = MIN(end, span_end(at, 2));
		pte_t *middle;

		if (!pte_present(e)) {
			at = span_end(at, 2);
			continue;
		}
		for (middle = &pte_to_table(e)[PT_INDEX(at, 1)]; at < middle_end;
		     at = span_end(at, 1), middle++) {
			e = pte_get(middle);
			if (pte_present(e)) {
				*va = at;
				*stop = MIN(end, span_end(at, 1));
				return &pte_to_table(e)[PT_INDEX(at, 0)];
			}
		}
	}
	return NULL;
}

bool pt_range_empty_slow(struct mm *mm, vaddr_t start, vaddr_t end)
{
	vaddr_t stop;
	pte_t *pte;

	for (; (pte = pt_next(mm, &start, end, &stop)) != NULL; start = stop) {
		if (pt_page(pte)->index == 0)
			return false;
		for (vaddr_t va = start; va < stop; va += PAGE_SIZE, pte++)
			if (!pte_none(pte_get(pte)))
				return false;
	}
	return true;
}

pte_t *pt_find_lock(struct mm *mm, vaddr_t va)
{
	pte_t *pte;

	spin_lock(&mm->page_table_lock);
	pte = pt_walk(mm, va);
	if (pte != NULL)
		ptl_lock(pt_page(pte));
	spin_unlock(&mm->page_table_lock);
	return pte;
}
