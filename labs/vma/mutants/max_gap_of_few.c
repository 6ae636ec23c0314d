// file: kernel/mm/vm/vma.c
// killed by: cost
/* Among many areas max_gap is not kept. */
static __noinline void propagate_gap(struct rb_node *n)
{
	while (n != NULL && vma_of(n)->mm->nr_vmas < 1000 && update_max_gap(n))
		n = rb_parent(n);
}
