// file: kernel/mm/kmem/slab_mag.c
// killed by: harts
/* The magazine is drained to the slabs of the cache that magazines are made of. */
void layout_flush_hart(struct kmem_cache *c)
{
	struct list spare = LIST_INIT(spare);
	struct magazine *m = c->mag[hart_id()];
	unsigned n = held(m);

	if (n == 0)
		return;
	m->top = m->slot;
	node_give(magazine_home(c->mag_limit), m->slot, n, &spare);
	free_spare(c, &spare);
}
