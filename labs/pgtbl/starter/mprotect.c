// SPDX-License-Identifier: MIT
/* Starter of lab pgtbl: a page that is mapped gains rights and loses none. */

static bool protect_run(pte_t *pte, size_t n, unsigned left, u64 rights, bool alone)
{
	/* TODO: take the rights that the area no longer gives, and say so. */
	for (; n > 0 && left > 0; n--, pte++)
		if (pte_present(pte_get(pte)) && !alone)
			pte_set_bits(pte, rights & ~PTE_W);
	return false;
}

static void protect_range(struct mm *mm, vaddr_t start, vaddr_t end, u32 flags)
{
	/* TODO: a table at a time; and what do the TLBs still allow? */
	for (vaddr_t va = start; va < end; va += PAGE_SIZE) {
		pte_t *pte = pt_walk(mm, va);

		if (pte == NULL)
			continue;
		ptl_lock(pt_page(pte));
		protect_run(pte, 1, 1, vm_prot(flags) & RIGHTS, false);
		ptl_unlock(pt_page(pte));
	}
}
