// file: kernel/mm/kmem/slab_mag.c
// killed by: lists
/* A slab whose last slot is taken stays on the list of partial ones. */
static unsigned node_take(struct kmem_cache *c, struct kmem_node *n, void **out, unsigned want)
{
	unsigned got = 0;
	struct page *p;

	spin_lock(&n->lock);
	while (got < want && (p = slab_pick(n)) != NULL) {
		while (got < want && p->inuse < p->objects)
			out[got++] = slab_take(c, p);
		if (p->inuse == p->objects)
			break;
	}
	n->inuse += got;
	spin_unlock(&n->lock);
	return got;
}
