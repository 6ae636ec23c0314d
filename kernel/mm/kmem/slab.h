// SPDX-License-Identifier: MIT
/*
 * slab.h - caches of equal objects, and kmalloc on top of them.
 */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include "mm/phys/gfp.h"

struct kmem_cache;

#define SLAB_HWALIGN	0x1u	/* objects start on cache lines */
#define SLAB_RECLAIMABLE 0x2u	/* a shrinker exists for them */
#define SLAB_PANIC	0x4u	/* the kernel cannot do without this cache */

/* => name is kept, not copied.  size 1 .. 2 MiB; align 0 or a power of two.
 * => ctor is called once for an object when its slab is made; the object keeps its
 *    constructed state from free to the next alloc; dtor when the slab goes.  dtor takes no
 *    lock and neither sleeps nor allocates: it may run in an interrupt.
 * => NULL: no memory, or wrong arguments. */
struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align, u32 flags,
				     void (*ctor)(void *obj), void (*dtor)(void *obj));
/* => gfp has no zone bits: an object may lie anywhere.  Sleeps only with __GFP_WAIT; any
 *    context without.  NULL: no memory. */
void *kmem_cache_alloc(struct kmem_cache *c, gfp_t gfp);
void *kmem_cache_zalloc(struct kmem_cache *c, gfp_t gfp);	/* => c has no ctor */
void kmem_cache_free(struct kmem_cache *c, void *obj);		/* => obj of c, or NULL */
/* 0, or -EBUSY with a report while objects live. */
int kmem_cache_destroy(struct kmem_cache *c);
/* Give empty slabs back to the page allocator; frames freed. */
unsigned long kmem_cache_shrink(struct kmem_cache *c);
size_t kmem_cache_size(const struct kmem_cache *c);

#define KMALLOC_MAX_CACHE 8192
void *kmalloc_large(size_t size, gfp_t gfp);
/* Sizes 8 16 32 64 96 128 192 256 512 1024 2048 4096 8192; above that whole blocks. */
extern struct kmem_cache *kmalloc_caches[13];
void *kmalloc_any(size_t size, gfp_t gfp);

static __always_inline int kmalloc_index(size_t size)
{
	return size <= 8 ? 0 : size <= 16 ? 1 : size <= 32 ? 2 : size <= 64 ? 3 :
	       size <= 96 ? 4 : size <= 128 ? 5 : size <= 192 ? 6 : size <= 256 ? 7 :
	       size <= 512 ? 8 : size <= 1024 ? 9 : size <= 2048 ? 10 : size <= 4096 ? 11 : 12;
}

/* => gfp has no zone bits.  Sleeps only with __GFP_WAIT; any context without.  NULL: no memory,
 *    or size 0. */
static __always_inline void *kmalloc(size_t size, gfp_t gfp)
{
	if (__builtin_constant_p(size) && size != 0 && size <= KMALLOC_MAX_CACHE)
		return kmem_cache_alloc(kmalloc_caches[kmalloc_index(size)], gfp);
	return kmalloc_any(size, gfp);
}
static __always_inline void *kzalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp | __GFP_ZERO);
}
void *kcalloc(size_t n, size_t size, gfp_t gfp);	/* NULL on overflow too */
void *krealloc(void *p, size_t size, gfp_t gfp);	/* p lives on failure */
void kfree(void *p);				/* => any context; NULL is nothing */
size_t ksize(const void *p);
char *kstrdup(const char *s, gfp_t gfp);

/* Every hart's free slots go back to their slabs. => may sleep */
void kmem_flush_all(void);
/* Objects handed out; exact after kmem_flush_all when nobody allocates. */
u64 kmem_cache_live(struct kmem_cache *c);
/* Give back the empty slabs of every cache; frames freed. => may sleep */
unsigned long kmem_shrink_all(void);
void slab_init(void);
void kmem_proc_init(void);

#endif
