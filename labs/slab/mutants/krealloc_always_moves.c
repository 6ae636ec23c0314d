// file: kernel/mm/kmem/kmalloc.c
// killed by: krealloc
/* Every change of size allocates and copies. */
void *krealloc(void *p, size_t size, gfp_t gfp)
{
	size_t old = ksize(p);
	void *q;

	if (size == 0) {
		kfree(p);
		return NULL;
	}
	q = kmalloc_any(size, gfp);
	if (q == NULL)
		return size <= old ? p : NULL;
	if (p != NULL) {
		memcpy(q, p, MIN(old, size));
		kfree(p);
	}
	return q;
}
