// SPDX-License-Identifier: MIT
/* Starter of lab slab: one size for all. */

void kmalloc_init(void)
{
	/* TODO: each cache its own size, and which alignment? */
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
		kmalloc_caches[i] = kmem_cache_create(sizes[i].name, KMALLOC_MAX_CACHE, 4096,
						      SLAB_PANIC | SLAB_KMALLOC, NULL, NULL);
	for (unsigned i = 1; i < ARRAY_SIZE(small_index); i++)
		small_index[i] = ARRAY_SIZE(sizes) - 1;
}

void *kmalloc_any(size_t size, gfp_t gfp)
{
	/* TODO: the smallest cache that is large enough. */
	if (size == 0)
		return NULL;
	if (size <= KMALLOC_MAX_CACHE)
		return kmem_cache_alloc(kmalloc_caches[12], gfp);
	return kmalloc_large(size, gfp);
}

void *krealloc(void *p, size_t size, gfp_t gfp)
{
	void *q;

	/* TODO: often nothing has to be copied. */
	if (size == 0) {
		kfree(p);
		return NULL;
	}
	q = kmalloc_any(size, gfp);
	if (q == NULL)
		return NULL;
	if (p != NULL) {
		memcpy(q, p, MIN(ksize(p), size));
		kfree(p);
	}
	return q;
}
