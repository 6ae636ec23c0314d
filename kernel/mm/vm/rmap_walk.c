// SPDX-License-Identifier: MIT
/*
 * rmap_walk.c - what the reverse map is for: look at, clean, remove a page's PTEs.
 *
 * Every walk has the same shape.  From the page to its areas (rmap.c); in each
 * area the one address where the page can be; at that address the entry, under
 * page_table_lock and ptl because no mmap_lock is held (T2); and only if the entry
 * really maps this frame is it touched: an area may hold a copy there, or nothing.
 *
 * Locks: as in rmap.c.  The walks that reclaim makes only try for i_mmap_lock: the
 * holder may be waiting for the memory that reclaim is to find.
 */
#include "fs/vfs.h"
#include "mm/phys/vmstat.h"
#include "mm/vm/pgwalk.h"
#include "mm/vm/rmap.h"
#include "mm/vm/zap.h"
#include "uapi/errno.h"

struct walk {
	struct page *page;
	/* One entry that maps page, its ptl held. false: stop the walk. */
	bool (*entry)(struct walk *w, struct vma *v, vaddr_t va, pte_t *pte);
	bool shared_only;		/* private areas are of no interest */
	unsigned seen;			/* entry's own */
	int err;
};

/* The entry in area v, if it maps the page. false: stop */
static bool visit(struct walk *w, struct vma *v)
{
	u64 index = w->page->index;
	vaddr_t va = v->start + ((index - v->pgoff) << PAGE_SHIFT);
	bool go_on = true;
	pte_t *pte, e;

	if (index < v->pgoff || va >= v->end || (w->shared_only && !(v->flags & VM_SHARED)))
		return true;
	pte = pt_find_lock(v->mm, va);
	if (pte == NULL)
		return true;
	e = pte_get(pte);
	if (pte_present(e) && !pte_special(e) && pte_page(e) == w->page)
		go_on = w->entry(w, v, va, pte);
	ptl_unlock(pt_page(pte));
	return go_on;
}

static void walk_anon(struct walk *w)
{
	struct anon_vma *av = anon_vma_pin(w->page);
	struct vma *v;

	if (av == NULL)
		return;
	spin_lock(&av->lock);
	list_for_each(v, &av->vmas, anon_link)
		if (!visit(w, v))
			break;
	spin_unlock(&av->lock);
	anon_vma_unpin(av);
}

/* => i_mmap_lock read-held */
static void walk_file(struct walk *w, struct address_space *m)
{
	struct vma *v = NULL;
	u64 index = w->page->index;

	while ((v = i_mmap_next(v, m, index, index)) != NULL)
		if (!visit(w, v))
			break;
}

/* All entries of the page. => false: busy, nothing was done */
static bool walk_page(struct walk *w, bool may_wait)
{
	struct address_space *m;

	if (w->page->anon & PAGE_ANON) {
		walk_anon(w);
		return true;
	}
	m = READ_ONCE(w->page->mapping);
	if (m == NULL)
		return true;
	if (may_wait)
		down_read(&m->i_mmap_lock);
	else if (!down_read_trylock(&m->i_mmap_lock))
		return false;
	walk_file(w, m);
	up_read(&m->i_mmap_lock);
	return true;
}

/* --- page_mkclean --- */

static bool mkclean_entry(struct walk *w, struct vma *v, vaddr_t va, pte_t *pte)
{
	u64 old;

	if (!(pte_get(pte).v & (PTE_W | PTE_D)))
		return true;
	old = pte_clear_bits(pte, PTE_W | PTE_D);
	tlb_flush_page(v->mm, va);	/* the next store must fault */
	if (old & PTE_D)
		w->seen++;
	return true;
}

bool page_mkclean(struct page *page)
{
	struct walk w = { .page = page, .entry = mkclean_entry, .shared_only = true };

	walk_page(&w, true);
	return w.seen != 0;
}

/* --- page_referenced --- */

static bool referenced_entry(struct walk *w, struct vma *v, vaddr_t va, pte_t *pte)
{
	(void)v;
	(void)va;
	/* No flush: a TLB that still holds the entry will not set A again for a while, so a
	 * page in use may look unused once.  That is cheaper than a fence a page. */
	if (pte_young(pte_get(pte)) && (pte_clear_bits(pte, PTE_A) & PTE_A))
		w->seen++;
	return true;
}

unsigned page_referenced(struct page *page)
{
	struct walk w = { .page = page, .entry = referenced_entry };

	return walk_page(&w, false) ? w.seen : 1;
}

/* --- try_to_unmap --- */

static bool unmap_entry(struct walk *w, struct vma *v, vaddr_t va, pte_t *pte)
{
	pte_t e;

	if (v->flags & VM_LOCKED) {
		w->err = -EBUSY;
		return false;
	}
	e = pte_xchg(pte, (pte_t){ 0 });
	pt_page(pte)->index--;
	tlb_flush_page(v->mm, va);
	if (pte_dirty(e))
		mark_page_dirty(w->page);
	atomic_add(&v->mm->counters[vma_file_kind(v)], -1);
	page_unmap(w->page);		/* not the last: the caller holds one */
	return page_maps(w->page) != 0;
}

int try_to_unmap(struct page *page)
{
	struct walk w = { .page = page, .entry = unmap_entry };

	if (page->anon & PAGE_ANON)	/* nowhere to put it before there is swap */
		return -EBUSY;
	if (!walk_page(&w, false) || w.err != 0)
		return -EBUSY;
	return page_maps(page) == 0 ? 0 : -EBUSY;
}

/* --- MADV_FREE --- */

/* The TLBs forget the entry before the last look at D: a store that is under way sets it
 * in the entry or finds the entry gone and waits for ptl. */
static bool lazyfree_entry(struct walk *w, struct vma *v, vaddr_t va, pte_t *pte)
{
	pte_t e;

	if ((v->flags & VM_LOCKED) || page_refs(w->page) != 2)
		return false;
	e = pte_xchg(pte, (pte_t){ 0 });
	tlb_flush_page(v->mm, va);
	if (pte_dirty(e)) {
		pte_set(pte, e);
		w->err = -EEXIST;
		return false;
	}
	pt_page(pte)->index--;
	atomic_add(&v->mm->counters[MM_ANONPAGES], -1);
	w->page->anon = 0;
	page_unmap(w->page);		/* not the last: the caller holds one */
	w->err = 0;
	return false;
}

int drop_lazyfree(struct page *page)
{
	struct walk w = { .page = page, .entry = lazyfree_entry, .err = -EBUSY };

	walk_anon(&w);
	if (w.err == 0)
		count_vm_event(PGLAZYFREED);
	return w.err;
}

/* --- counting, for /proc/PID/check --- */

static bool count_entry(struct walk *w, struct vma *v, vaddr_t va, pte_t *pte)
{
	(void)v;
	(void)va;
	(void)pte;
	w->seen++;
	return true;
}

unsigned rmap_count(struct page *page)
{
	struct walk w = { .page = page, .entry = count_entry };

	walk_page(&w, true);
	return w.seen;
}

/* --- truncation --- */

/* The entries of [va, stop), all of one table that exists. */
static void unmap_run(struct zap *z, struct vma *v, pte_t *pte, vaddr_t va, vaddr_t stop,
		      bool even_cows)
{
	for (; va < stop; va += PAGE_SIZE, pte++) {
		pte_t e = pte_get(pte);

		if (!pte_present(e) || pte_special(e))
			continue;
		if (even_cows || !(pte_page(e)->anon & PAGE_ANON))
			zap_entry(z, v, pte, va);
	}
}

static void unmap_from_area(struct vma *v, vaddr_t va, vaddr_t end, bool even_cows)
{
	struct zap z;

	zap_begin_foreign(&z, v->mm);
	while (va < end) {
		vaddr_t stop = MIN((va | (PT_SPAN(1) - 1)) + 1, end);
		pte_t *pte = pt_find_lock(v->mm, va);

		if (pte != NULL) {
			unmap_run(&z, v, pte, va, stop, even_cows);
			ptl_unlock(pt_page(pte));
		}
		va = stop;
	}
	zap_end(&z);
}

void unmap_mapping_range(struct address_space *m, u64 first, u64 last, bool even_cows)
{
	struct vma *v = NULL;

	down_read(&m->i_mmap_lock);
	while ((v = i_mmap_next(v, m, first, last)) != NULL) {
		u64 lo = MAX(first, v->pgoff), hi = MIN(last, v->pgoff + vma_pages(v) - 1);

		unmap_from_area(v, v->start + ((lo - v->pgoff) << PAGE_SHIFT),
				v->start + ((hi - v->pgoff + 1) << PAGE_SHIFT), even_cows);
	}
	up_read(&m->i_mmap_lock);
}
