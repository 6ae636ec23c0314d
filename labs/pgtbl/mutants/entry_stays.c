// file: kernel/mm/vm/zap.c
// killed by: unmap
/* The frame is let go, and the entry still maps it. */
static unsigned zap_run(struct zap *z, pte_t *pte, vaddr_t va, vaddr_t stop, unsigned left,
			int file_kind)
{
	for (; va < stop && left > 0; va += PAGE_SIZE, pte++) {
		pte_t e = pte_get(pte);

		if (pte_none(e))
			continue;
		left--;
		if (va < z->lo)
			z->lo = va;
		z->hi = va + PAGE_SIZE;
		if (likely(pte_present(e) && !pte_special(e)))
			zap_page(z, e, file_kind);
	}
	return left;
}
