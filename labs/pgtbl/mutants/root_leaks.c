// file: kernel/mm/vm/pgtable.c
// killed by: exits
/* The root of an address space that ends is not given back. */
void pt_root_free(pte_t *root)
{
	struct page *p = virt_to_page(root);

	if (unlikely(p->index != 0))
		free_empty_uppers(root);
	if (unlikely(p->index != 0))
		panic("pt_root_free: %lu entries left", (unsigned long)p->index);
}
