// SPDX-License-Identifier: MIT
/*
 * pgtable.c - the pages that page tables are made of.
 *
 * A table page is all zero when it is made and all zero when its last entry has
 * gone, so the freed ones are kept, a short list a hart, and handed out again
 * without being cleared: fork, exec and exit would otherwise clear a table for
 * every 2 MiB they touch.  Root tables have lists of their own: their upper half
 * always holds the kernel's entries, which never change, so
 * a kept root is ready as it is.
 *
 * Invariants:
 *   Q1  a page on a list has refcount 1, PG_PGTABLE, index 0;
 *   Q2  its user entries are all zero (T3).
 *
 * Locks: each list has a lock word, since under pressure any hart empties all of
 * them.  Which list a task picks is a matter of speed, not of correctness: it may
 * have moved to another hart meanwhile.
 * Failure: NULL; the page allocator has tried all it can.
 * Rejected: a slab cache with a constructor keeps the zeroes too, but a table
 * must be exactly one frame and have a struct page of its own for its lock.
 */
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/vmstat.h"
#include "mm/vm/pgwalk.h"

#define QUICK_TABLES	32		/* a hart: the tables of 64 MiB */
#define QUICK_ROOTS	8

struct quicklist {
	u32 locked;
	u32 n;
	struct page *page[QUICK_TABLES];
} __aligned(64);

static struct quicklist tables[NR_HARTS], roots[NR_HARTS];

static struct page *pop(struct quicklist *q)
{
	struct page *p = NULL;

	bit_lock(&q->locked);
	if (likely(q->n > 0))
		p = q->page[--q->n];
	bit_unlock(&q->locked);
	return p;
}

static bool push(struct quicklist *q, unsigned limit, struct page *p)
{
	bool room;

	bit_lock(&q->locked);
	room = q->n < limit;
	if (room)
		q->page[q->n++] = p;
	bit_unlock(&q->locked);
	return room;
}

static struct page *fresh_table(void)
{
	struct page *p = alloc_page(GFP_KERNEL | __GFP_ZERO);

	if (p != NULL) {
		page_set(p, PG_PGTABLE);
		mod_page_state(p, NR_PAGETABLE, 1);
		p->ptl = 0;
		p->index = 0;
	}
	return p;
}

static void return_table(struct page *p)
{
	page_clear(p, PG_PGTABLE);
	mod_page_state(p, NR_PAGETABLE, -1);
	p->pt_mm = NULL;
	p->index = 0;
	put_page(p);
}

static struct page *table_alloc(struct mm *mm)
{
	struct page *p = pop(&tables[hart_id()]);

	if (unlikely(p == NULL)) {
		p = fresh_table();
		if (p == NULL)
			return NULL;
	}
	p->pt_mm = mm;
	return p;
}

static void table_free(struct page *p)
{
	if (unlikely(p->index != 0))
		panic("table_free: %lu entries left in %lx of mm %p", (unsigned long)p->index,
		      page_to_phys(p), p->pt_mm);
	if (!push(&tables[hart_id()], QUICK_TABLES, p))
		return_table(p);
}

pte_t *pt_root_alloc(struct mm *mm)
{
	struct page *p = pop(&roots[hart_id()]);
	const unsigned half = PTES_PER_TABLE / 2;

	if (unlikely(p == NULL)) {
		p = fresh_table();
		if (p == NULL)
			return NULL;
		memcpy((pte_t *)page_address(p) + half, kernel_root + half, half * sizeof(pte_t));
	}
	p->pt_mm = mm;
	return page_address(p);
}

/* Where there was memory for an upper table but none for the leaf below it, the upper one
 * has stayed, empty. */
static __noinline void free_empty_uppers(pte_t *root)
{
	for (unsigned i = 0; i < PTES_PER_TABLE / 2; i++) {
		pte_t e = pte_get(&root[i]);

		if (!pte_present(e) || pte_page(e)->index != 0)
			continue;
		pte_set(&root[i], (pte_t){ 0 });
		virt_to_page(root)->index--;
		table_free(pte_page(e));
	}
}

void pt_root_free(pte_t *root)
{
	struct page *p = virt_to_page(root);

	if (unlikely(p->index != 0))
		free_empty_uppers(root);
	if (unlikely(p->index != 0))
		panic("pt_root_free: %lu entries left", (unsigned long)p->index);
	if (!push(&roots[hart_id()], QUICK_ROOTS, p))
		return_table(p);
}

/* Hang a new table below the empty entry e. => false: no memory */
static __noinline bool install_table(struct mm *mm, pte_t *e)
{
	struct page *p = table_alloc(mm);

	if (p == NULL)
		return false;
	spin_lock(&mm->page_table_lock);
	if (likely(!pte_present(pte_get(e)))) {
		/* The walker on another hart must not see the entry before the zeroes. */
		smp_store_release(&e->v, pte_make(page_to_pfn(p), PTE_V).v);
		pt_page(e)->index++;
		atomic_add(&mm->pgtables, 1);
		p = NULL;
	}
	spin_unlock(&mm->page_table_lock);
	if (unlikely(p != NULL))	/* another thread was first */
		table_free(p);
	return true;
}

pte_t *pt_walk_alloc(struct mm *mm, vaddr_t va)
{
	pte_t *e = &mm->root[PT_INDEX(va, 2)];

	if (unlikely(!pte_present(pte_get(e))) && !install_table(mm, e))
		return NULL;
	e = &pte_to_table(pte_get(e))[PT_INDEX(va, 1)];
	if (unlikely(!pte_present(pte_get(e))) && !install_table(mm, e))
		return NULL;
	return &pte_to_table(pte_get(e))[PT_INDEX(va, 0)];
}

/* Unhang the table below e if it is empty; the table, or NULL.
 * => page_table_lock held */
static struct page *detach_if_empty(struct mm *mm, pte_t *e)
{
	struct page *p;

	if (!pte_present(pte_get(e)))
		return NULL;
	p = pte_page(pte_get(e));
	if (p->index != 0)
		return NULL;
	/* The reverse map takes ptl under page_table_lock: once we have had both, it
	 * neither holds this table nor finds it again. */
	ptl_lock(p);
	pte_set(e, (pte_t){ 0 });
	ptl_unlock(p);
	pt_page(e)->index--;
	atomic_add(&mm->pgtables, -1);
	return p;
}

void pt_free_empty(struct mm *mm, vaddr_t va, struct list *freed)
{
	pte_t *e2 = &mm->root[PT_INDEX(va, 2)];
	struct page *leaf, *upper = NULL;

	if (!pte_present(pte_get(e2)))
		return;
	spin_lock(&mm->page_table_lock);
	leaf = detach_if_empty(mm, &pte_to_table(pte_get(e2))[PT_INDEX(va, 1)]);
	if (leaf != NULL)
		upper = detach_if_empty(mm, e2);
	spin_unlock(&mm->page_table_lock);
	if (freed != NULL) {
		if (leaf != NULL)
			list_add_tail(&leaf->link, freed);
		if (upper != NULL)
			list_add_tail(&upper->link, freed);
		return;
	}
	if (leaf != NULL)
		table_free(leaf);
	if (upper != NULL)
		table_free(upper);
}

void pt_free_list(struct list *freed)
{
	struct page *p, *next;

	list_for_each_safe(p, next, freed, link)
		table_free(p);
	list_init(freed);
}

static unsigned long drain(struct quicklist *q)
{
	unsigned long n = 0;
	struct page *p;

	while ((p = pop(q)) != NULL) {
		return_table(p);
		n++;
	}
	return n;
}

unsigned long pt_shrink(void)
{
	unsigned long n = 0;

	for (unsigned i = 0; i < NR_HARTS; i++)
		n += drain(&tables[i]) + drain(&roots[i]);
	return n;
}
