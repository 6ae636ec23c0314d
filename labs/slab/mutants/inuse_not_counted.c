// file: kernel/mm/kmem/slab_mag.c
// killed by: lists
/* The slots that come home are not taken off node->inuse. */
static void node_give(struct kmem_cache *c, void **slots, unsigned nr, struct list *spare)
{
	struct kmem_node *n = NULL;

	for (unsigned i = 0; i < nr; i++) {
		struct page *p = page_head(virt_to_page(slots[i]));
		struct kmem_node *home = &c->node[page_node_id(p)];

		if (home != n) {
			if (n != NULL)
				spin_unlock(&n->lock);
			n = home;
			spin_lock(&n->lock);
		}
		if (p->inuse == p->objects)
			list_move(&p->link, &n->partial);
		slab_give(c, p, slots[i]);
		if (p->inuse != 0)
			continue;
		if (n->nr_empty < SLAB_MAX_EMPTY) {
			n->nr_empty++;
			list_move(&p->link, &n->empty);
		} else {
			n->nr_slabs--;
			list_move(&p->link, spare);
		}
	}
	if (n != NULL)
		spin_unlock(&n->lock);
}
