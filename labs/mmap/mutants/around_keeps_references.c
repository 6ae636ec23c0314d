// file: kernel/mm/vm/filefault.c
// killed by: counted
/* Pages around that are mapped already keep the reference that was taken to look at them. */
static int map_around(struct vma *v, vaddr_t va, pte_t *pte, struct page *p0)
{
	struct address_space *m = vma_mapping(v);
	u64 bits = vm_prot(v->flags) & ~PTE_W;
	vaddr_t first = MAX(v->start, ALIGN_DOWN(va, AROUND * PAGE_SIZE));
	vaddr_t last = MIN(v->end, ALIGN_DOWN(va, AROUND * PAGE_SIZE) + AROUND * PAGE_SIZE);
	unsigned n = (last - first) >> PAGE_SHIFT, self = (va - first) >> PAGE_SHIFT;
	struct page *around[AROUND], *table = pt_page(pte);
	int kind = FK_SPURIOUS;
	s64 mapped = 0;

	if (v->flags & VM_RAND_READ) {
		n = 1;
		self = 0;
		around[0] = NULL;
	} else {
		filemap_present(m, vma_index(v, first), n, around);
	}
	if (around[self] != NULL)
		put_page(around[self]);
	around[self] = p0;
	pte -= self;
	ptl_lock(table);
	for (unsigned i = 0; i < n; i++, pte++) {
		struct page *p = around[i];

		if (p == NULL)
			continue;
		if (likely(pte_none(pte_get(pte)) && READ_ONCE(p->mapping) == m)) {
			map_file_page(table, pte, p, i == self ? bits | PTE_A : bits);
			mapped++;
			around[i] = NULL;
			if (i == self)
				kind = FK_FILE;
		} else if (i == self && p->mapping != m) {
			kind = -EAGAIN;
		}
	}
	ptl_unlock(table);
	for (unsigned i = 0; i < n; i++)
		if (unlikely(around[i] != NULL) && i == self)
			put_page(around[i]);
	rss_add(v->mm, vma_file_kind(v), mapped);
	return kind;
}
