// file: kernel/mm/kmem/slab_mag.c
// killed by: every_size
/* Slot numbers are bytes also in slabs of more than 256 objects. */
static inline void *slab_take(const struct kmem_cache *c, struct page *p)
{
	unsigned i, top = p->objects - p->inuse - 1;

	if (nibbles(c)) {
		i = p->index & 15;
		p->index >>= 4;
	} else {
		i = ((u8 *)index_at(p))[top];
	}
	p->inuse++;
	return (char *)slab_base(c, p) + (size_t)i * c->size;
}
