// file: kernel/mm/kmem/slab_mag.c
// killed by: places
/* The slot's number is found from the block's start and not from that of the first slot. */
static inline void slab_give(const struct kmem_cache *c, struct page *p, void *slot)
{
	unsigned i = (u32)((char *)slot - (char *)page_address(p)) / c->size;
	unsigned top = p->objects - p->inuse;

	debug_assert(p->inuse > 0 && i < p->objects);
	if (nibbles(c))
		p->index = p->index << 4 | i;
	else if (c->objects <= 256)
		((u8 *)index_at(p))[top] = i;
	else
		((u16 *)index_at(p))[top] = i;
	p->inuse--;
}
