// file: kernel/mm/vm/vma.c
// killed by: gap
/* A new area is put right below a stack. */
vaddr_t vma_gap_below(const struct vma *v, size_t len, vaddr_t low, vaddr_t high)
{
	vaddr_t bottom = v->start - hole_below(v), top = v->start;

	top = MIN(top, high);
	bottom = MAX(bottom, low);
	return top > bottom && top - bottom >= len ? top - len : 0;
}
