// file: kernel/mm/vm/mprotect.c
// killed by: frames
/* mprotect to writable sets W at once, also where the frame is shared with a child. */
static bool protect_run(pte_t *pte, size_t n, unsigned left, u64 rights, bool alone)
{
	bool lost = false;

	for (; n > 0 && left > 0; n--, pte++) {
		pte_t e = pte_get(pte);
		u64 keep, add, take;

		if (pte_none(e))
			continue;
		left--;
		if (unlikely(!pte_present(e)))
			continue;
		keep = rights;
		add = keep & ~e.v;
		take = e.v & RIGHTS & ~keep;
		if ((add | take) == 0)
			continue;
		lost |= take != 0;
		if (alone) {
			pte_set(pte, (pte_t){ (e.v | add) & ~take });
		} else {		/* another hart may be setting A or D */
			pte_set_bits(pte, add);
			pte_clear_bits(pte, take);
		}
	}
	return lost;
}
