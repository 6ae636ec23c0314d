// file: kernel/mm/kmem/slab_mag.c
// killed by: places
/* A full magazine gives half of its slots home and then forgets the other half. */
void layout_free_slow(struct kmem_cache *c, void *slot)
{
	struct list spare = LIST_INIT(spare);
	unsigned long flags = irq_save();
	struct magazine *m = c->mag[hart_id()];

	if (limit(m) == 0)
		m = magazine_make(c);
	if (limit(m) == 0) {
		node_give(c, &slot, 1, &spare);
	} else {
		if (m->top == m->end) {
			unsigned cold = (limit(m) + 1) / 2;

			count_vm_event(SLAB_FLUSH);
			node_give(c, m->slot, cold, &spare);
			m->top = m->slot;
		}
		*m->top++ = slot;
	}
	irq_restore(flags);
	free_spare(c, &spare);
}
