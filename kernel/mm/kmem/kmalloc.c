// SPDX-License-Identifier: MIT
/*
 * kmalloc.c - memory of any size, from a family of caches.
 *
 * A request is rounded up to one of 13 sizes, each a slab cache.  The sizes are
 * powers of two and, where those are far apart for what the kernel asks most, 96
 * and 192: at worst half of a slot is wasted, on the average of small requests a
 * seventh.  Above 8 KiB whole blocks come from the buddy.
 *
 * With a constant size the cache is chosen by the compiler (slab.h).  Otherwise a
 * table of one byte per 8 bytes of size answers up to 256, and comparing the rest.
 *
 * kfree finds the cache through struct page and lives beside the slab's short way in
 * slab.c.
 */
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/slab_internal.h"
#include "mm/phys/fault_inject.h"

struct kmem_cache *kmalloc_caches[13];

static const struct {
	const char *name;
	u32 size;
} sizes[13] = {
	{ "kmalloc-8", 8 }, { "kmalloc-16", 16 }, { "kmalloc-32", 32 }, { "kmalloc-64", 64 },
	{ "kmalloc-96", 96 }, { "kmalloc-128", 128 }, { "kmalloc-192", 192 },
	{ "kmalloc-256", 256 }, { "kmalloc-512", 512 }, { "kmalloc-1k", 1024 },
	{ "kmalloc-2k", 2048 }, { "kmalloc-4k", 4096 }, { "kmalloc-8k", 8192 },
};

static u8 small_index[256 / 8 + 1];

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
		small_index[i] = kmalloc_index(i * 8);
}

void *kmalloc_large(size_t size, gfp_t gfp)
{
	unsigned order = 0;
	struct page *p;

	if (size > PAGE_SIZE << MAX_ORDER)
		return NULL;
	while (PAGE_SIZE << order < size)
		order++;
	debug_assert(!(gfp & (__GFP_MOVABLE | __GFP_DMA32)));
	p = alloc_pages(gfp | __GFP_COMP, order);
	return p == NULL ? NULL : page_address(p);
}

void *kmalloc_any(size_t size, gfp_t gfp)
{
	if (unlikely(size == 0))
		return NULL;
	if (likely(size <= 256))
		return kmem_cache_alloc(kmalloc_caches[small_index[(size + 7) / 8]], gfp);
	if (size <= KMALLOC_MAX_CACHE)
		return kmem_cache_alloc(kmalloc_caches[kmalloc_index(size)], gfp);
	return kmalloc_large(size, gfp);
}

void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return kmalloc_any(bytes, gfp | __GFP_ZERO);
}

size_t ksize(const void *p)
{
	struct page *page;

	if (p == NULL)
		return 0;
	page = page_head(virt_to_page(p));
	if (page->flags & PG_SLAB)
#ifdef CONFIG_SLOB
		return ((struct kmem_cache *const *)p)[-1]->object_size;
#else
		return page->cache->object_size;
#endif
	return PAGE_SIZE << (page->flags & PG_HEAD ? page->order : 0);
}

void *krealloc(void *p, size_t size, gfp_t gfp)
{
	size_t old = ksize(p);
	void *q;

	if (size == 0) {
		kfree(p);
		return NULL;
	}
	if (size <= old && (size > old / 2 || old <= 64))
		return p;
	q = kmalloc_any(size, gfp);
	if (q == NULL)
		return size <= old ? p : NULL;
	if (p != NULL) {
		memcpy(q, p, MIN(old, size));
		kfree(p);
	}
	return q;
}

char *kstrdup(const char *s, gfp_t gfp)
{
	size_t n = strlen(s) + 1;
	char *d = kmalloc(n, gfp);

	if (d != NULL)
		memcpy(d, s, n);
	return d;
}
