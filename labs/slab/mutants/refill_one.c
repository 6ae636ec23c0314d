// file: kernel/mm/kmem/slab_mag.c
// killed by: cost
/* An empty magazine is filled with one slot. */
static void refill(struct kmem_cache *c, struct magazine *m)
{
	unsigned got = take_slots(c, m->slot, 1);

	for (unsigned i = 0; i < got / 2; i++) {
		void *t = m->slot[i];

		m->slot[i] = m->slot[got - 1 - i];
		m->slot[got - 1 - i] = t;
	}
	m->top = m->slot + got;
	count_vm_event(SLAB_REFILL);
}
