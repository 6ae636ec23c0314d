// file: kernel/mm/kmem/slab_mag.c
// killed by: constructor
/* The constructor runs again whenever a slot leaves its slab. */
static unsigned node_take(struct kmem_cache *c, struct kmem_node *n, void **out, unsigned want)
{
	unsigned got = 0;
	struct page *p;

	spin_lock(&n->lock);
	while (got < want && (p = slab_pick(n)) != NULL) {
		while (got < want && p->inuse < p->objects)
			{
			out[got] = slab_take(c, p);
			slot_birth(c, out[got++]);
		}
		if (p->inuse == p->objects)
			list_move(&p->link, &n->full);
	}
	n->inuse += got;
	spin_unlock(&n->lock);
	return got;
}
