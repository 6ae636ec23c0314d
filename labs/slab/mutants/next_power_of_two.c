// file: kernel/mm/kmem/kmalloc.c
// killed by: kmalloc_sizes
/* The sizes 96 and 192 are never used. */
void kmalloc_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		/* A power of two is aligned to itself, so that a kmalloc'ed page is a page. */
		size_t align = sizes[i].size & (sizes[i].size - 1) ? 0 : MIN(sizes[i].size, 4096U);

#ifdef CONFIG_SLOB
		align = 0;
#endif
		kmalloc_caches[i] = kmem_cache_create(sizes[i].name, sizes[i].size, align,
						      SLAB_PANIC | SLAB_KMALLOC, NULL, NULL);
	}
	for (unsigned i = 1; i < ARRAY_SIZE(small_index); i++)
		small_index[i] = kmalloc_index(i * 8) == 4 ? 5 : kmalloc_index(i * 8) == 6 ? 7 : kmalloc_index(i * 8);
}
