// file: kernel/mm/kmem/slab_mag.c
// killed by: shrink
/* Empty slabs leave the list and are not given back. */
unsigned long layout_shrink(struct kmem_cache *c)
{
	unsigned long frames = 0;

	for (unsigned i = 0; i < nr_nodes; i++) {
		struct kmem_node *n = &c->node[i];
		struct list spare = LIST_INIT(spare);
		unsigned long flags = spin_lock_irqsave(&n->lock);

		n->nr_slabs -= n->nr_empty;
		n->nr_empty = 0;
		list_splice_tail_init(&n->empty, &spare);
		spin_unlock_irqrestore(&n->lock, flags);
		frames += 1UL << c->order;
	}
	return frames;
}
