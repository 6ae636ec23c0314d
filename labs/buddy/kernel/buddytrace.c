// SPDX-License-Identifier: MIT
/*
 * buddytrace.c - drives the page allocator for lab buddy's tests: /proc/buddytrace.
 *
 * Programs cannot ask for a block of order 7.  What is written to this file makes the
 * kernel do it, from a seed, and nothing here judges the result: the grader stops the
 * machine and reads the log, the live blocks, the free lists and the frames from outside.
 *
 *	arena KIND SEED STEPS	the buddy functions alone, on three blocks of MAX_ORDER,
 *				all other free memory out of sight meanwhile; KIND is
 *				own, steal, release or edge.  Every step's free lists are
 *				logged.
 *	trace SEED STEPS MAX	alloc_pages and free_pages of orders up to MAX; every
 *				frame of a live block holds a word made from the seed
 *	crowd SEED N		N single pages of mixed migrate types
 *	free			what trace and crowd left
 *	pairs ORDER N		alloc_pages and free_pages, N times
 *
 * The per-hart lists are off from the first write on.  One hart only.
 *
 * A record of the log, 8-byte words: step's kind, order, type, frame (offset into the arena:
 * block number << 10 | frame of it; NONE for NULL, STRAY for a frame from elsewhere), the
 * zone's nr_free, the types of the arena's six page blocks (4 bits each), area[0..10].nr_free,
 * how many free blocks follow; then each: order << 32 | list's type << 40 | frame; BROKEN if
 * the lists cannot be walked.
 */
#include "fs/procfs.h"
#include "lib/late_init.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/vmalloc.h"
#include "mm/phys/zone.h"
#include "uapi/errno.h"

#define BLOCKS		3
#define LOG_WORDS	65536
#define LIVE_MAX	1024
#define NONE		0xffffffffUL
#define STRAY		0xfffffffeUL
#define BROKEN		0xfffffffdUL

enum { BEGIN, ALLOC, FREE, RELEASE };

struct live {
	u64 pfn, order, type, id;
};

u64 *buddy_log, buddy_log_len, buddy_base[BLOCKS], buddy_zone;
struct live *buddy_live;
u64 buddy_nr_live;

static u64 mix(u64 state, u64 value)
{
	u64 z = state + 0x9e3779b97f4a7c15UL + value;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9UL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebUL;
	return z ^ z >> 31;
}

static void put_log(u64 word)
{
	if (buddy_log_len < LOG_WORDS)
		buddy_log[buddy_log_len++] = word;
}

/* --- the arena --- */

/* What is hidden while the arena is in use. */
static struct list hidden[MAX_ORDER + 1][NR_MIGRATETYPES];
static u64 hidden_nr[MAX_ORDER + 1], hidden_free;
static u8 hidden_types[BLOCKS * 2];

static u64 offset_of(const struct page *p)
{
	pfn_t pfn;

	if (p == NULL)
		return NONE;
	if (p < pfn_to_page(min_pfn) || p >= pfn_to_page(max_pfn))
		return STRAY;
	pfn = page_to_pfn(p);
	for (unsigned i = 0; i < BLOCKS; i++)
		if (pfn >= buddy_base[i] && pfn < buddy_base[i] + MAX_ORDER_PAGES)
			return (u64)i << MAX_ORDER | (pfn - buddy_base[i]);
	return STRAY;
}

static struct page *at_offset(u64 offset)
{
	return pfn_to_page(buddy_base[offset >> MAX_ORDER] + (offset & (MAX_ORDER_PAGES - 1)));
}

static pfn_t page_block(unsigned i)
{
	return buddy_base[i / 2] + i % 2 * PAGEBLOCK_PAGES;
}

/* false: a list leads astray */
static bool log_lists(struct zone *z)
{
	u64 *count;
	u64 n = 0;

	put_log(0);
	count = &buddy_log[buddy_log_len - 1];
	for (unsigned o = 0; o <= MAX_ORDER; o++)
		for (unsigned t = 0; t < NR_MIGRATETYPES; t++) {
			struct list *head = &z->area[o].list[t], *l = head->next;

			for (; l != head; l = l->next) {
				struct page *p = list_entry(l, struct page, link);
				u64 at = offset_of(p);

				if (at >= BROKEN || n > BLOCKS * MAX_ORDER_PAGES ||
				    (l->next != head && offset_of(list_entry(l->next, struct page, link)) >= BROKEN)) {
					*count = BROKEN;
					return false;
				}
				put_log((u64)o << 32 | (u64)t << 40 | at);
				n++;
			}
		}
	*count = n;
	return true;
}

static bool record(struct zone *z, u64 kind, u64 order, u64 type, u64 frame)
{
	u64 types = 0;

	put_log(kind);
	put_log(order);
	put_log(type);
	put_log(frame);
	put_log(z->nr_free);
	for (unsigned i = 0; i < BLOCKS * 2; i++)
		types |= (u64)(pageblock_type(page_block(i)) & 15) << 4 * i;
	put_log(types);
	for (unsigned o = 0; o <= MAX_ORDER; o++)
		put_log(z->area[o].nr_free);
	return log_lists(z) && buddy_log_len + 8192 < LOG_WORDS;
}

/* => zone->lock held; the largest blocks of movable memory */
static bool arena_enter(struct zone *z)
{
	for (unsigned i = 0; i < BLOCKS; i++) {
		struct list *l = &z->area[MAX_ORDER].list[MIGRATE_MOVABLE];
		struct page *p;

		if (list_empty(l)) {
			while (i-- > 0)
				buddy_put(z, pfn_to_page(buddy_base[i]), MAX_ORDER, MIGRATE_MOVABLE);
			return false;
		}
		p = list_first(l, struct page, link);
		buddy_take(z, p, MAX_ORDER);
		buddy_base[i] = page_to_pfn(p);
	}
	for (unsigned i = 0; i < BLOCKS * 2; i++)
		hidden_types[i] = pageblock_type(page_block(i));
	for (unsigned o = 0; o <= MAX_ORDER; o++) {
		for (unsigned t = 0; t < NR_MIGRATETYPES; t++) {
			list_init(&hidden[o][t]);
			list_splice_tail_init(&z->area[o].list[t], &hidden[o][t]);
		}
		hidden_nr[o] = z->area[o].nr_free;
		z->area[o].nr_free = 0;
	}
	hidden_free = z->nr_free;
	z->nr_free = 0;
	return true;
}

/* Whatever was done to the arena, its blocks are whole again. */
static void arena_leave(struct zone *z)
{
	for (unsigned o = 0; o <= MAX_ORDER; o++) {
		for (unsigned t = 0; t < NR_MIGRATETYPES; t++) {
			list_init(&z->area[o].list[t]);
			list_splice_tail_init(&hidden[o][t], &z->area[o].list[t]);
		}
		z->area[o].nr_free = hidden_nr[o];
	}
	z->nr_free = hidden_free;
	for (unsigned i = 0; i < BLOCKS * 2; i++)
		set_pageblock_type(page_block(i), hidden_types[i]);
	for (unsigned i = 0; i < BLOCKS; i++) {
		struct page *p = pfn_to_page(buddy_base[i]);

		for (unsigned k = 0; k < MAX_ORDER_PAGES; k++)
			p[k].flags_private = z->where;
		buddy_put(z, p, MAX_ORDER, MIGRATE_MOVABLE);
	}
}

static const u8 some_orders[16] = { 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9 };

static struct { u64 at, order; } mine[256];

static bool free_one(struct zone *z, unsigned *n, unsigned k, bool own)
{
	u64 at = mine[k].at, order = mine[k].order;
	struct page *p = at_offset(at);
	enum migratetype mt = own ? MIGRATE_MOVABLE : pageblock_type(page_to_pfn(p));

	mine[k] = mine[--*n];
	buddy_free(z, p, order, mt);
	return record(z, FREE, order, mt, at);
}

/* Blocks come and go; with own all are of one type.  Otherwise they are of three types, and
 * the arena is kept fuller, so that there is something to steal and little to steal it from. */
static void arena_blocks(struct zone *z, u64 r, unsigned steps, bool own)
{
	unsigned n = 0;

	for (unsigned i = 0; i < BLOCKS; i++)
		buddy_free(z, pfn_to_page(buddy_base[i]), MAX_ORDER, MIGRATE_MOVABLE);
	if (!record(z, BEGIN, 0, 0, 0))
		return;
	for (unsigned k = 0; k < steps; k++) {
		unsigned frees = own ? 3 : z->nr_free > 600 ? 1 : 4;	/* of eight steps */

		r = mix(r, k);
		if (n > 0 && (n == ARRAY_SIZE(mine) || (r & 7) < frees)) {
			if (!free_one(z, &n, (r >> 16) % n, own))
				return;
		} else {
			unsigned order = some_orders[r >> 8 & 15];
			enum migratetype mt = own ? MIGRATE_MOVABLE : (r >> 40) % NR_MIGRATETYPES;
			struct page *p = own ? buddy_alloc(z, order, mt) : zone_rmqueue(z, order, mt);
			u64 at = offset_of(p);

			if (!record(z, ALLOC, order, mt, at) || at == STRAY)
				return;
			if (at == NONE)
				continue;
			mine[n].at = at;
			mine[n++].order = order;
		}
	}
	while (n > 0)
		if (!free_one(z, &n, n - 1, own))
			return;
}

/* Ranges of any length join the allocator, until all is free. => zone->lock released in between */
static void arena_ranges(struct zone *z, u64 r)
{
	for (unsigned i = 0; i < BLOCKS; i++) {
		for (u64 from = 0; from < MAX_ORDER_PAGES;) {
			u64 n;

			r = mix(r, from);
			n = 1 + (r & 15 ? r >> 8 & 63 : r >> 8 & 511);
			n = MIN(n, MAX_ORDER_PAGES - from);
			spin_unlock(&z->lock);
			zone_release_range(z, buddy_base[i] + from, buddy_base[i] + from + n);
			spin_lock(&z->lock);
			if (!record(z, RELEASE, n, 0, (u64)i << MAX_ORDER | from))
				return;
			from += n;
		}
	}
}

/* As at a zone's end: the second half of block 0 is a free block of another node, that of block
 * 1 was never given to the allocator and still has an order written on it.  The first halves
 * are freed in pieces of order 4, in any order. */
static void arena_edge(struct zone *z, u64 r)
{
	struct page *other = at_offset(PAGEBLOCK_PAGES);
	u32 node = z->where ^ 1U << PG_NODE_SHIFT;
	u8 piece[64];

	for (unsigned k = 0; k < PAGEBLOCK_PAGES; k++) {
		other[k].flags_private = node;
		at_offset(1UL << MAX_ORDER)[PAGEBLOCK_PAGES + k].flags = z->where | PG_RESERVED;
	}
	other->flags_private = (u64)PAGEBLOCK_ORDER << 32 | node | PG_BUDDY;
	list_init(&other->link);
	at_offset(1UL << MAX_ORDER)[PAGEBLOCK_PAGES].order = PAGEBLOCK_ORDER;
	for (unsigned k = 0; k < 64; k++)
		piece[k] = k;
	if (!record(z, BEGIN, 0, 0, 0))
		return;
	for (unsigned k = 64; k-- > 0;) {
		unsigned which;
		u64 at;

		r = mix(r, k);
		which = r % (k + 1);
		at = (u64)(piece[which] & 1) << MAX_ORDER | (u64)piece[which] >> 1 << 4;
		piece[which] = piece[k];
		buddy_free(z, at_offset(at), 4, MIGRATE_MOVABLE);
		if (!record(z, FREE, 4, MIGRATE_MOVABLE, at))
			return;
	}
}

static int arena(const char *kind, u64 seed, unsigned steps)
{
	struct zone *z = first_zone[0][0].zone;
	unsigned long flags = spin_lock_irqsave(&z->lock);
	int err = -ENOMEM;

	buddy_log_len = 0;
	if (arena_enter(z)) {
		err = 0;
		if (strcmp(kind, "release") == 0)
			arena_ranges(z, seed);
		else if (strcmp(kind, "edge") == 0)
			arena_edge(z, seed);
		else
			arena_blocks(z, seed, steps, strcmp(kind, "own") == 0);
		arena_leave(z);
	}
	spin_unlock_irqrestore(&z->lock, flags);
	return err;
}

/* --- the whole machine --- */

static const gfp_t gfp_of[NR_MIGRATETYPES] = {
	[MIGRATE_UNMOVABLE] = GFP_KERNEL,
	[MIGRATE_MOVABLE] = GFP_USER | __GFP_MOVABLE,
	[MIGRATE_RECLAIMABLE] = GFP_KERNEL | __GFP_RECLAIMABLE,
};

static bool get_one(u64 id, unsigned order, unsigned type, u64 seed)
{
	struct page *p = alloc_pages(gfp_of[type] | __GFP_NOWARN, order);
	struct live *l = &buddy_live[buddy_nr_live];

	if (p == NULL)
		return false;
	*l = (struct live){ page_to_pfn(p), order, type, id };
	buddy_nr_live++;
	for (u64 i = 0; i < 1UL << order; i++)
		*(u64 *)page_address(p + i) = mix(seed, id << 16 | i);
	return true;
}

static void give_one(u64 k)
{
	struct live l = buddy_live[k];

	buddy_live[k] = buddy_live[--buddy_nr_live];
	free_pages(pfn_to_page(l.pfn), l.order);
}

static int trace(u64 seed, unsigned steps, unsigned max)
{
	u64 r = seed;

	for (unsigned k = 0; k < steps; k++) {
		r = mix(r, k);
		if (buddy_nr_live > 0 && (buddy_nr_live == 300 || (r & 7) < 3))
			give_one((r >> 16) % buddy_nr_live);
		else if (!get_one(k, MIN(some_orders[r >> 8 & 15], max), (r >> 40) % NR_MIGRATETYPES, seed))
			return -ENOMEM;
	}
	return 0;
}

static int crowd(u64 seed, unsigned n)
{
	u64 r = seed;

	for (unsigned k = 0; k < n; k++) {
		r = mix(r, k);
		if (!get_one(k, 0, (r >> 8) % NR_MIGRATETYPES, seed))
			return -ENOMEM;
	}
	return 0;
}

static int pairs(unsigned order, unsigned n)
{
	for (unsigned k = 0; k < n; k++) {
		struct page *p = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);

		if (p == NULL)
			return -ENOMEM;
		free_pages(p, order);
	}
	return 0;
}

/* --- /proc/buddytrace --- */

static int show(struct seq *s, void *arg)
{
	(void)arg;
	seq_printf(s, "%lu words of log, %lu live blocks\n", (unsigned long)buddy_log_len,
		   (unsigned long)buddy_nr_live);
	return 0;
}

/* The next word of *at, cut off there. */
static char *word(char **at)
{
	char *w = *at, *end;

	while (*w == ' ')
		w++;
	for (end = w; *end != '\0' && *end != ' ' && *end != '\n'; end++)
		;
	*at = end + (*end != '\0');
	*end = '\0';
	return w;
}

static int command(const char *buf, size_t n, void *arg)
{
	char text[128], *at = text, *cmd, *kind = NULL;
	u64 a, b, c;

	(void)arg;
	if (n >= sizeof(text) || (buddy_log == NULL && (buddy_log = vmalloc(LOG_WORDS * 8)) == NULL) ||
	    (buddy_live == NULL && (buddy_live = vmalloc(LIVE_MAX * sizeof(*buddy_live))) == NULL))
		return -ENOMEM;
	memcpy(text, buf, n);
	text[n] = '\0';
	pcp_enable(false);
	buddy_zone = (u64)first_zone[0][0].zone;
	cmd = word(&at);
	if (strcmp(cmd, "arena") == 0)
		kind = word(&at);
	a = simple_strtoul(word(&at), NULL, 0);
	b = simple_strtoul(word(&at), NULL, 0);
	c = simple_strtoul(word(&at), NULL, 0);
	if (kind != NULL)
		return arena(kind, a, b);
	if (strcmp(cmd, "trace") == 0)
		return trace(a, b, c);
	if (strcmp(cmd, "crowd") == 0)
		return crowd(a, MIN(b, LIVE_MAX - buddy_nr_live));
	if (strcmp(cmd, "pairs") == 0)
		return pairs(a, b);
	if (strcmp(cmd, "free") != 0)
		return -EINVAL;
	while (buddy_nr_live > 0)
		give_one(buddy_nr_live - 1);
	return 0;
}

static void buddytrace_init(void)
{
	proc_create("buddytrace", show, command, NULL);
}
LATE_INIT(buddytrace_init);
