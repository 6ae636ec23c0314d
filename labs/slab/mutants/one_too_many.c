// file: kernel/mm/kmem/slab_mag.c
// killed by: density
/* The index is not subtracted from the room for objects: the last ones lie behind the block. */
static unsigned fit(const struct kmem_cache *c, unsigned order, unsigned *head)
{
	size_t bytes = PAGE_SIZE << order;
	unsigned n = bytes / c->size;

	*head = 0;
	if (n <= NIBBLE_MAX)
		return n;
	for (; n > NIBBLE_MAX; n--) {
		*head = ALIGN_UP(n * (n <= 256 ? 1 : 2), c->align);
		if ((size_t)n * c->size <= bytes)
			return n;
	}
	*head = 0;
	return n;
}
