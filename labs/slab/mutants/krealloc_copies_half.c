// file: kernel/mm/kmem/kmalloc.c
// killed by: krealloc
/* Only half of what the old piece held is copied. */
void *krealloc(void *p, size_t size, gfp_t gfp)
{
	size_t old = ksize(p);
	void *q;

	if (size == 0) {
		kfree(p);
		return NULL;
	}
	if (size <= old && (size > old / 2 || old <= 64))
		return p;
	q = kmalloc_any(size, gfp);
	if (q == NULL)
		return size <= old ? p : NULL;
	if (p != NULL) {
		memcpy(q, p, MIN(old, size) / 2);
		kfree(p);
	}
	return q;
}
