// file: kernel/mm/kmem/kmalloc.c
// killed by: kmalloc_sizes
/* A size that is no multiple of eight is looked up with its remainder cut off. */
void *kmalloc_any(size_t size, gfp_t gfp)
{
	if (unlikely(size == 0))
		return NULL;
	if (likely(size <= 256))
		return kmem_cache_alloc(kmalloc_caches[small_index[MAX(size / 8, 1UL)]], gfp);
	if (size <= KMALLOC_MAX_CACHE)
		return kmem_cache_alloc(kmalloc_caches[kmalloc_index(size)], gfp);
	return kmalloc_large(size, gfp);
}
