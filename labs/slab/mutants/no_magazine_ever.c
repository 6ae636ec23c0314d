// file: kernel/mm/kmem/slab_mag.c
// killed by: cost
/* No hart gets a magazine: every allocation takes the node's lock. */
static struct magazine *magazine_make(struct kmem_cache *c)
{
	struct kmem_cache *home = magazine_home(c->mag_limit);
	struct magazine *m;
	void *slot;

	if (c->mag_limit > 0 || home == NULL || take_slots(home, &slot, 1) == 0)
		return &no_magazine;
	__atomic_fetch_add(&home->hidden, 1, __ATOMIC_RELAXED);
	m = slot_to_obj(home, slot);
	m->top = m->slot;
	m->end = m->slot + c->mag_limit;
	c->mag[hart_id()] = m;
	return m;
}
