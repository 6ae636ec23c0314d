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
 * Numbers: batch 16, high 64.  A lock round trip with refill is some 250 instructions;
 * over 16 pages it is lost in the noise, and 8 harts hold back at most 8 x 3 x 64
 * pages, of which in practice a third.  Both are the same on every machine size, so
 * the cost per page is too.
 *
 *   H1  a page on a list has PG_PCP, count 0, and its list's type in its flags;
 *   H2  the low half of state is the length of the list.
 *
 * Locks: interrupts off on the owning hart; zone->lock inside, for a batch.  Another
 * hart's lists are drained by asking that hart (drain_all_pages).
 */
#include "lib/printk.h"
#include "mm/phys/zone.h"

#define PCP_BATCH	16
#define PCP_HIGH	64

struct pcp_list *pcp_first[NR_HARTS][8];
struct pcp_list *pcp_home[NR_HARTS][64];
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

/* The short way asks this table alone: the list of the first zone of the zonelist. */
void pcp_setup_first(void)
{
	for (unsigned h = 0; h < NR_HARTS; h++) {
		struct node *n = &nodes[hart_to_node[h] < nr_nodes ? hart_to_node[h] : 0];

		for (unsigned g = 0; g < 8; g++) {
			struct zone *z = n->zonelist[gfp_zone(g)][0];

			pcp_first[h][g] = &pcp_none;
			if (z != NULL && gfp_migratetype(g) < NR_MIGRATETYPES)
				pcp_first[h][g] = &z->pcp[h].mt[gfp_migratetype(g)];
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

/* The largest order with 2^order <= n. => n > 0 */
static inline unsigned order_below(unsigned n)
{
	unsigned o = 0;

	while (n >>= 1)
		o++;
	return o;
}

unsigned pcp_refill(struct zone *z, struct pcp_list *l, enum migratetype mt)
{
	struct pcp *pcp = &z->pcp[hart_id()];
	unsigned want = MAX(z->pcp_batch, 1U), got = 0;

	pcp->taken += l->state >> 32;
	l->state = (u32)l->state;
	spin_lock(&z->lock);
	while (got < want) {
		struct page *p = NULL;
		unsigned o, top = order_below(want - got);

		/* Use up small blocks before cutting large ones. */
		for (o = 0; o < top; o++) {
			if (list_empty(&z->area[o].list[mt]))
				continue;
			p = list_first(&z->area[o].list[mt], struct page, link);
			buddy_take(z, p, o);
			break;
		}
		if (p == NULL)
			p = zone_rmqueue(z, o, mt);
		if (p == NULL && o > 0)		/* only smaller blocks, of other types */
			p = zone_rmqueue(z, o = 0, mt);
		if (p == NULL)
			break;
		carve(z, l, p, 1U << o, mt);
		got += 1U << o;
	}
	spin_unlock(&z->lock);
	pcp->refilled += got;
	return got;
}

void pcp_drain(struct zone *z, struct pcp_list *l, unsigned n)
{
	n = MIN(n, pcp_count(l));
	if (n == 0)
		return;
	z->pcp[hart_id()].drained += n;
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

void pcp_overflow(struct page *p)
{
	struct zone *z = page_zone(p);

	pcp_drain(z, &z->pcp[hart_id()].mt[p->flags >> PG_MT_SHIFT & 3], z->pcp_batch);
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

static void drain_ipi(void *arg)
{
	(void)arg;
	drain_local_pages();
}

void drain_all_pages(void)
{
	drain_local_pages();
#ifdef __KERNEL__
	if (nr_harts > 1)
		hart_call_others(drain_ipi, NULL);
#else
	unsigned self = host_hart;

	for (host_hart = 0; host_hart < NR_HARTS; host_hart++)
		drain_ipi(NULL);
	host_hart = self;
#endif
}

void pcp_enable(bool on)
{
	struct zone *z;

	for_each_zone(z) {
		z->pcp_high = on ? PCP_HIGH : 0;
		z->pcp_batch = on ? PCP_BATCH : 1;
		for (unsigned h = 0; h < NR_HARTS; h++)
			for (unsigned t = 0; t < NR_MIGRATETYPES; t++)
				z->pcp[h].mt[t].high = z->pcp_high;
	}
	if (!on)
		drain_all_pages();
}
