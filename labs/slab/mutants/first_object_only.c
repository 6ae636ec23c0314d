// file: kernel/mm/kmem/slab_mag.c
// killed by: constructor
/* Only the first object of a new slab is constructed. */
static struct page *slab_make(struct kmem_cache *c, gfp_t gfp)
{
	struct page *p = slab_page_alloc(c, gfp);
	char *base;

	if (p == NULL)
		return NULL;
	if (nibbles(c)) {
		for (unsigned i = p->objects; i-- > 0;)
			p->index = p->index << 4 | i;
	} else {
		/* Two harts may take the same colour, but neither one that there is not. */
		unsigned colour = READ_ONCE(c->colour_next);

		p->index = (u64)colour * c->colour_step;
		WRITE_ONCE(c->colour_next, colour + 1 < c->colours ? colour + 1 : 0);
		for (unsigned i = 0; i < p->objects; i++)	/* slot 0 on top */
			if (c->objects <= 256)
				((u8 *)index_at(p))[i] = p->objects - 1 - i;
			else
				((u16 *)index_at(p))[i] = p->objects - 1 - i;
	}
	base = slab_base(c, p);
#ifndef SLAB_DEBUG
	if (c->ctor != NULL)
#endif
		for (unsigned i = 0; i < 1; i++)
			slot_birth(c, base + (size_t)i * c->size);
	return p;
}
