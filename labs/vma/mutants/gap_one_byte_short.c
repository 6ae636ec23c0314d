// file: kernel/mm/vm/vma.c
// killed by: gap
/* A hole that fits exactly is not taken. */
vaddr_t vma_gap_below(const struct vma *v, size_t len, vaddr_t low, vaddr_t high)
{
	vaddr_t bottom = v->start - hole_below(v), top = v->start;

	if (v->flags & VM_GROWSDOWN)
		top = top - bottom > STACK_GUARD ? top - STACK_GUARD : bottom;
	top = MIN(top, high);
	bottom = MAX(bottom, low);
	return top > bottom && top - bottom > len ? top - len : 0;
}
