// file: kernel/mm/kmem/slab_mag.c
// killed by: shrink
/* The slots go home at a flush and stay in the magazine too. */
void layout_flush_hart(struct kmem_cache *c)
{
	struct list spare = LIST_INIT(spare);
	struct magazine *m = c->mag[hart_id()];
	unsigned n = held(m);

	if (n == 0)
		return;
	node_give(c, m->slot, n, &spare);
	free_spare(c, &spare);
}
