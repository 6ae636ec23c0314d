// SPDX-License-Identifier: MIT
/* Starter of lab slab: every object has a block of pages to itself, and nobody keeps any. */

bool layout_setup(struct kmem_cache *c)
{
	/* TODO: choose order, objects, head, colours and mag_limit so that little is wasted. */
	while (c->order < MAX_ORDER && PAGE_SIZE << c->order < c->size)
		c->order++;
	if (PAGE_SIZE << c->order < c->size)
		return false;
	c->objects = 1;
	c->head = 0;
	c->colours = 1;
	c->colour_step = MAX(c->align, 64U);
	c->mag_limit = 6;
	for (unsigned h = 0; h < NR_HARTS; h++)
		c->mag[h] = &no_magazine;
	return true;
}

void *layout_alloc_slow(struct kmem_cache *c, gfp_t gfp)
{
	struct page *p = slab_page_alloc(c, gfp);
	struct kmem_node *n;
	unsigned long flags;

	/* TODO: a slot of this hart's magazine, which is filled from the node's slabs; a new
	 * slab when those are used up. */
	if (p == NULL)
		return NULL;
	slot_birth(c, slab_base(c, p));
	p->inuse = 1;
	n = &c->node[page_node_id(p)];
	flags = spin_lock_irqsave(&n->lock);
	list_add(&p->link, &n->full);
	n->nr_slabs++;
	n->inuse++;
	spin_unlock_irqrestore(&n->lock, flags);
	return slab_base(c, p);
}

void layout_free_slow(struct kmem_cache *c, void *slot)
{
	struct page *p = page_head(virt_to_page(slot));
	struct kmem_node *n = &c->node[page_node_id(p)];
	unsigned long flags = spin_lock_irqsave(&n->lock);

	/* TODO: into this hart's magazine; a full one gives half of its slots home. */
	list_del(&p->link);
	n->nr_slabs--;
	n->inuse--;
	spin_unlock_irqrestore(&n->lock, flags);
	p->inuse = 0;
	slab_page_free(c, p);
}

void layout_flush_hart(struct kmem_cache *c)
{
	/* TODO: this hart's slots go home. */
	(void)c;
}

unsigned long layout_shrink(struct kmem_cache *c)
{
	/* TODO: empty slabs go back to the page allocator; here none is ever kept. */
	(void)c;
	return 0;
}

void layout_release(struct kmem_cache *c)
{
	/* TODO: the cache goes: its magazines do too. */
	(void)c;
}
