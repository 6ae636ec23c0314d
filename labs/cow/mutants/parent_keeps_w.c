// file: kernel/mm/vm/cow.c
// killed by: write_protected
/* Only the child's entry loses W: the parent goes on writing to the shared frame. */
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
			e.v &= ~PTE_W;
			*changed = true;
		}
		pte_set(dst, e);
		copied++;
	}
	return copied;
}
