// file: kernel/mm/vm/cow.c
// killed by: write_protected
/* Only the child's entry loses W: the parent goes on writing to the shared frame. */

/* n entries of one table, of which at most left exist. *anon and *file count them.
 * => both tables' ptl; returns how many were copied; true in *changed if one lost W */
static unsigned share_run(pte_t *src, pte_t *dst, size_t n, unsigned left, s64 *anon, s64 *file,
			  bool *changed)
{
	unsigned copied = 0;

	for (; n > 0 && left > 0; n--, src++, dst++) {
		pte_t e = pte_get(src);
		struct page *p;

		if (pte_none(e))
			continue;
		left--;
		if (likely(!pte_special(e))) {
			p = pte_page(e);
			page_map(p);
			if (p->anon & PAGE_ANON)
				++*anon;
			else
				++*file;
			if (pte_writable(e)) {		/* C1 */
				e.v &= ~PTE_W;
				*changed = true;
			}
		}
		pte_set(dst, e);
		copied++;
	}
	return copied;
}
