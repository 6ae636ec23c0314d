// file: kernel/mm/kmem/slab_mag.c
// killed by: every_size
/* A slab is always one page, however much is left over. */
bool layout_setup(struct kmem_cache *c)
{
	unsigned best = MAX_ORDER + 1, head;
	size_t best_waste = ~0UL, left;

	for (unsigned o = 0; o <= MAX_ORDER; o++) {
		unsigned n = MIN(fit(c, o, &head), 4096U);
		size_t waste = (PAGE_SIZE << o) - (size_t)n * c->size;

		if (n == 0)
			continue;
		waste = waste * 1024 / (PAGE_SIZE << o);
		if (waste < best_waste) {
			best = o;
			best_waste = waste;
		}
		if (n > 0)
			break;
	}
	if (best > MAX_ORDER)
		return false;
	c->order = best;
	c->objects = MIN(fit(c, best, &head), 4096U);
	c->head = head;
	left = (PAGE_SIZE << best) - head - (size_t)c->objects * c->size;
	c->colour_step = MAX(c->align, 64U);
	c->colours = nibbles(c) ? 1 : left / c->colour_step + 1;
	c->mag_limit = c->size <= 256 ? 30 : c->size <= 1024 ? 14 : 6;	/* a power of two */
	for (unsigned h = 0; h < NR_HARTS; h++)
		c->mag[h] = &no_magazine;
	return true;
}
