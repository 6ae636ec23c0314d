// file: kernel/mm/kmem/slab_mag.c
// killed by: magazines
/* A cache goes and its magazines stay. */
void layout_release(struct kmem_cache *c)
{
	struct kmem_cache *home = magazine_home(c->mag_limit);

	for (unsigned h = 0; h < NR_HARTS; h++) {
		struct list spare = LIST_INIT(spare);
		unsigned long flags;
		void *slot;

		if (c->mag[h] == &no_magazine)
			continue;
		slot = obj_to_slot(home, c->mag[h]);
#ifdef SLAB_DEBUG
		slab_debug_birth(home, slot);	/* never was an object: make it look free */
#endif
		flags = irq_save();
		(void)slot;
		irq_restore(flags);
		free_spare(home, &spare);
		c->mag[h] = &no_magazine;
	}
}
