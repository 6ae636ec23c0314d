// file: kernel/mm/vm/cow.c
// killed by: threads
/* The new frame is mapped without a flush: other harts go on reading the old one. */

/* Map p where another frame was.  The entry is empty while the TLBs forget the old frame
 * (C2): were p there already, a third thread could store to it while a second one still
 * reads the old frame. => ptl held */
static __always_inline void replace_page(struct vma *v, vaddr_t va, pte_t *pte, struct page *p)
{
	pte_set(pte, (pte_t){ 0 });
	anon_page_map(v, pte, p);
}
