// file: kernel/mm/kmem/slab_mag.c
// killed by: places
/* Taking a slot leaves its number in the index word: the next one gets it again. */
static inline void *slab_take(const struct kmem_cache *c, struct page *p)
{
	unsigned i, top = p->objects - p->inuse - 1;

	if (nibbles(c)) {
		i = p->index & 15;
	} else {
		i = c->objects <= 256 ? ((u8 *)index_at(p))[top] : ((u16 *)index_at(p))[top];
	}
	p->inuse++;
	return (char *)slab_base(c, p) + (size_t)i * c->size;
}
