// file: kernel/mm/kmem/slab_mag.c
// killed by: harts
/* Only the first hart has magazines. */
static struct magazine *magazine_make(struct kmem_cache *c)
{
	struct kmem_cache *home = magazine_home(c->mag_limit);
	struct magazine *m;
	void *slot;

	if (hart_id() != 0 || home == NULL ||
	    take_slots(home, &slot, 1) == 0)
		return &no_magazine;
	__atomic_fetch_add(&home->hidden, 1, __ATOMIC_RELAXED);
	m = slot_to_obj(home, slot);
	m->top = m->slot;
	m->end = m->slot + c->mag_limit;
	c->mag[hart_id()] = m;
	return m;
}

void *layout_alloc_slow(struct kmem_cache *c, gfp_t gfp)
{
	/* No free slot in the cache that magazines come from: give it a slab now.  Perhaps
	 * nobody else ever will, and this hart would never get a magazine. */
	if (!(hart_id() != 0) && unlikely(!have_magazine(c)) &&
	    stock(magazine_home(c->mag_limit), gfp))
		have_magazine(c);
	for (;;) {
		void *slot = take_one(c);

		if (slot != NULL)
			return slot;
		if (!stock(c, gfp))
			return take_one(c);	/* what is free elsewhere, or was given back */
	}
}
