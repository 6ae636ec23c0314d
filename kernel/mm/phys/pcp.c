// SPDX-License-Identifier: MIT
/*
 * pcp.c - each hart's own short lists of free pages.
 *
 * Problem: most requests are for one page, and eight harts on one zone lock wait for
 * each other.  Idea: a hart keeps a few free pages of every zone and migrate type for
 * itself; with interrupts off nobody else can touch them, so the common allocation
 * takes no lock and no atomic instruction.  The zone is asked once in a batch.
 *
 * A page freed last is likely still in the cache, so it is handed out first: pages
 * come and go at the hot end (the front).  When a list passes pcp_high, a batch goes
 * back from the cold end.  A refill cuts whole blocks, so that a batch costs one
 * lock and few list operations, and its frames are neighbours.
 *
 * Numbers: high 128, batch 64.  A refill costs some 600 instructions besides the cutting,
 * 8 a page.  All harts together may hold back 3/16 of a zone (three lists each), in practice
 * a third of that: a zone of less than 8 MiB a hart gets shorter lists, on all others the
 * cost per page is the same.  Memory that is short takes everything back (drain_all_pages).
 *
 *   H1  a page on a list has PG_PCP, count 0, and its list's type in its flags;
 *   H2  the low half of state is the length of the list.
 *
 * Locks: interrupts off on the owning hart; zone->lock inside, for a batch.  Another
 * hart's lists are drained by asking that hart (drain_all_pages).
 */
#include "lib/printk.h"
#include "mm/phys/vmstat.h"
#include "mm/phys/zone.h"

#define PCP_HIGH	128
#define PCP_BATCH	(PCP_HIGH / 2)
#define PCP_LEAST	8

struct pcp_list *pcp_first[NR_HARTS][NR_GFP_KINDS];
struct first_zone first_zone[NR_HARTS][NR_GFP_KINDS];
struct pcp_list *pcp_home[NR_HARTS][NR_PCP_HOMES];
static struct pcp_list pcp_none = { LIST_INIT(pcp_none.list), 0, 0, 0 };

void pcp_init(struct zone *z)
{
	for (unsigned h = 0; h < NR_HARTS; h++) {
		struct pcp *pcp = &z->pcp[h];

		for (unsigned t = 0; t < NR_MIGRATETYPES; t++) {
			list_init(&pcp->mt[t].list);
			pcp->mt[t].state = 0;
			pcp->mt[t].high = PCP_HIGH;
			pcp_home[h][(z->where | t << PG_MT_SHIFT) >> PG_ZONE_SHIFT] = &pcp->mt[t];
		}
		pcp->taken = pcp->refilled = pcp->drained = 0;
	}
	z->pcp_batch = PCP_BATCH;
	z->pcp_high = PCP_HIGH;
}

static void set_high(struct zone *z, u32 high)
{
	z->pcp_high = high;
	z->pcp_batch = high == 0 ? 1 : high / 2;
	for (unsigned h = 0; h < NR_HARTS; h++)
		for (unsigned t = 0; t < NR_MIGRATETYPES; t++)
			z->pcp[h].mt[t].high = high;
}

void pcp_setup_size(struct zone *z)
{
	set_high(z, CLAMP(z->present / (16 * READ_ONCE(nr_harts)), (u64)PCP_LEAST, (u64)PCP_HIGH));
}

void pcp_setup_sizes(void)
{
	struct zone *z;

	for_each_zone(z)
		pcp_setup_size(z);
}

/* The short way asks these tables alone.  => zone lists and watermarks are made */
void pcp_setup_first(void)
{
	for (unsigned h = 0; h < NR_HARTS; h++) {
		struct node *n = &nodes[hart_to_node[h] < nr_nodes ? hart_to_node[h] : 0];

		for (unsigned g = 0; g < NR_GFP_KINDS; g++) {
			struct zone *z = n->zonelist[gfp_zone(g)][0];

			pcp_first[h][g] = &pcp_none;
			first_zone[h][g].zone = NULL;
			if (z == NULL || gfp_migratetype(g) >= NR_MIGRATETYPES)
				continue;
			pcp_first[h][g] = &z->pcp[h].mt[gfp_migratetype(g)];
			first_zone[h][g].mark = z->wmark[WMARK_LOW] + z->lowmem_reserve[gfp_zone(g)];
			first_zone[h][g].zone = z;
		}
	}
}

/* Cut a block that is on no list into single pages at the cold end of l. */
static void carve(struct zone *z, struct pcp_list *l, struct page *p, unsigned n,
		  enum migratetype mt)
{
	u32 flags = z->where | PG_PCP | (u32)mt << PG_MT_SHIFT;
	struct list *prev = l->list.prev;

	l->state += n;
	for (struct page *end = p + n; p < end; p++) {
		p->flags = flags;
		p->link.prev = prev;
		prev->next = &p->link;
		prev = &p->link;
	}
	prev->next = &l->list;
	l->list.prev = prev;
}

unsigned pcp_refill(struct zone *z, struct pcp_list *l, enum migratetype mt, u64 mark)
{
	struct pcp *pcp = &z->pcp[hart_id()];
	unsigned want, got = 0, top = 0;

	pcp->taken += l->state >> 32;
	l->state = (u32)l->state;
	spin_lock(&z->lock);
	want = z->nr_free <= mark ? 0 : MIN(MAX(z->pcp_batch, 1U), z->nr_free - mark);
	while (2U << top <= want)
		top++;
	while (got < want) {
		struct page *p;
		unsigned o = 0;

		/* Use up small blocks before cutting large ones. */
		while (o < top && list_empty(&z->area[o].list[mt]))
			o++;
		if (!list_empty(&z->area[o].list[mt])) {
			p = list_first(&z->area[o].list[mt], struct page, link);
			buddy_take(z, p, o);
		} else {
			p = zone_rmqueue(z, o, mt);
			if (p == NULL && o > 0)		/* only smaller ones, of other types */
				p = zone_rmqueue(z, o = 0, mt);
			if (p == NULL)
				break;
		}
		carve(z, l, p, 1U << o, mt);
		got += 1U << o;
		while (top > 0 && 1U << top > want - got)
			top--;
	}
	spin_unlock(&z->lock);
	pcp->refilled += got;
	count_vm_event(PCP_REFILL);
	return got;
}

void pcp_drain(struct zone *z, struct pcp_list *l, unsigned n)
{
	n = MIN(n, pcp_count(l));
	if (n == 0)
		return;
	z->pcp[hart_id()].drained += n;
	count_vm_event(PCP_DRAIN);
	l->state -= n;
	spin_lock(&z->lock);
	while (n-- > 0) {
		struct page *p = list_last(&l->list, struct page, link);

		list_del(&p->link);
		p->flags = z->where;
		buddy_free(z, p, 0, pageblock_type(page_to_pfn(p)));
	}
	spin_unlock(&z->lock);
}

void pcp_overflow(struct page *p, unsigned long flags)
{
	struct zone *z = page_zone(p);
	struct pcp_list *l = list_entry(p->link.prev, struct pcp_list, list);

	if (likely(l->high != 0)) {
		pcp_drain(z, l, z->pcp_batch);
	} else {
		struct list *next = p->link.next;

		l->list.next = next;
		next->prev = &l->list;
		l->state--;
		spin_lock(&z->lock);
		z->block_frees++;
		p->flags = z->where;
		buddy_free(z, p, 0, pageblock_type(page_to_pfn(p)));
		spin_unlock(&z->lock);
	}
	irq_restore(flags);
}

void drain_local_pages(void)
{
	unsigned long flags = irq_save();
	struct zone *z;

	for_each_zone(z)
		for (unsigned t = 0; t < NR_MIGRATETYPES; t++)
			pcp_drain(z, &z->pcp[hart_id()].mt[t], ~0U);
	irq_restore(flags);
}

static void drain_this_hart(void *arg)
{
	(void)arg;
	drain_local_pages();
}

void drain_all_pages(void)
{
	hart_call_all(drain_this_hart, NULL);
}

void pcp_enable(bool on)
{
	struct zone *z;

	if (on) {
		pcp_setup_sizes();
		return;
	}
	for_each_zone(z)
		set_high(z, 0);
	drain_all_pages();
}
