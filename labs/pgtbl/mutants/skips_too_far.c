// file: kernel/mm/vm/pgwalk.c
// killed by: tables_go
/* Where a leaf table is missing the walk goes on behind the whole GiB. */
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
		     at = span_end(at, pte_present(e) ? 1 : 2), middle++) {
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
