// SPDX-License-Identifier: MIT
/*
 * fault_inject.c - allocations that fail because somebody said so.
 *
 * The paths that handle "no memory" hardly ever run by themselves.  Here they are
 * made to run, one after the other: the page allocator and the slab allocator ask
 * should_fail() before they look for memory, and the answer comes from a rule set
 * through /proc/fault-inject, or from task->fail_nth, which counts this one task's
 * allocations down and fails the one that reaches zero.
 *
 * A rule (one for pages, one for slabs), written as "KIND KEY=VALUE ...":
 *
 *   page_alloc nth=5 times=1          the fifth allocation from now
 *   slab probability=10 min=64 max=512 task=12   a tenth of those sizes, in task 12
 *   page_alloc chain times=1          the first whose call chain has not failed yet
 *   off                               no rule, no fail_nth; the counts stay to be read
 *   forget                            every call chain is new again
 *   task=PID fail_nth=N               the Nth allocation of a task (0: none)
 *
 * nth counts matching allocations and fails every one that is a multiple of it, times
 * limits how often.  The random numbers come from a fixed seed (seed=N), so that a
 * failing run can be repeated.  __GFP_NOFAIL is respected: it never fails.
 *
 * A program that allocates a hundred thousand times does so from some hundred call
 * chains.  "chain" lets each of them fail once, so that counting up to the last one
 * takes as many runs as there are ways to come here, not as there are allocations.  The
 * chains that have failed are kept as 64-bit hashes.
 *
 * "failslab=N" and "fail_page_alloc=N" in bootargs make the Nth allocation after
 * phys_late_init() fail, once.
 *
 * While no rule exists fault_inject_on is 0 and costs a load and a branch.
 *
 * Locks: inject_lock, a leaf, guards the rules and the chains.
 */
#include "lib/fdt.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/phys/fault_inject.h"
#include "mm/phys/zone.h"
#include "uapi/errno.h"
#ifdef __KERNEL__
#include "fs/procfs.h"
#include "mm/kmem/vmalloc.h"
#include "riscv/trap.h"
#endif

#define CHAIN_DEPTH	20
#define MAX_CHAINS	8192u			/* 64 KiB, once the first is asked for */
#define MOST_CHAINS	(MAX_CHAINS / 8 * 7)

struct rule {
	bool on;
	bool chain;			/* only what comes a way that has not failed yet */
	u64 nth, count;			/* fail when count reaches a multiple of nth; 0: random */
	u32 probability;		/* percent */
	s64 times;			/* failures left; negative: no limit */
	size_t min, max;		/* sizes in bytes */
	int task;			/* pid; 0: any */
	u64 hits, seen;
};

u32 fault_inject_on;
static struct rule rules[NR_FAULT_KINDS];
static spinlock_t inject_lock = SPINLOCK_INIT("fault_inject");
static u64 seed = 88172645463325252UL;
static u64 nth_hits;
static u64 *chains;			/* hashes, open addressing; 0: free */
static u32 nr_chains;

static u32 random_percent(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % 100;
}

/* How we came here, as a number that is not 0; kind: pages and slabs are told apart. */
static u64 chain_hash(enum fault_kind kind)
{
	u64 h = 14695981039346656037UL + kind;
#ifdef __KERNEL__
	vaddr_t pc[CHAIN_DEPTH];
	unsigned n = save_backtrace(pc, CHAIN_DEPTH, 2);

	for (unsigned i = 0; i < n; i++)
		h = (h ^ pc[i]) * 1099511628211UL;
#endif
	return h | 1;
}

/* => inject_lock held; true: it is new, and now known */
static bool chain_is_new(u64 hash)
{
	u32 i = (hash >> 32) % MAX_CHAINS;

	if (chains == NULL || nr_chains >= MOST_CHAINS)
		return false;
	for (; chains[i] != 0; i = (i + 1) % MAX_CHAINS)
		if (chains[i] == hash)
			return false;
	chains[i] = hash;
	nr_chains++;
	return true;
}

static bool rule_hit(struct rule *r, size_t size, u64 chain)
{
	if (!r->on || r->times == 0 || size < r->min || size > r->max ||
	    (r->task != 0 && r->task != current->pid))
		return false;
	r->seen++;
	if (r->chain ? !chain_is_new(chain) : r->nth != 0 ? ++r->count % r->nth != 0 :
	    random_percent() >= r->probability)
		return false;
	if (r->times > 0)
		r->times--;
	r->hits++;
	return true;
}

bool fault_inject_hit(enum fault_kind kind, size_t size, gfp_t gfp)
{
	unsigned long flags;
	u64 chain;
	bool hit;

	if (gfp & __GFP_NOFAIL)
		return false;
	if (current->fail_nth > 0 && --current->fail_nth == 0) {
		nth_hits++;
		return true;
	}
	chain = READ_ONCE(rules[kind].chain) ? chain_hash(kind) : 0;
	flags = spin_lock_irqsave(&inject_lock);
	hit = rule_hit(&rules[kind], size, chain);
	spin_unlock_irqrestore(&inject_lock, flags);
	return hit;
}

#ifdef __KERNEL__
static const char *const kind_names[NR_FAULT_KINDS] = { "page_alloc", "slab" };

static int show(struct seq *s, void *arg)
{
	(void)arg;
	for (unsigned k = 0; k < NR_FAULT_KINDS; k++) {
		unsigned long flags = spin_lock_irqsave(&inject_lock);
		struct rule r = rules[k];

		spin_unlock_irqrestore(&inject_lock, flags);

		seq_printf(s, "%-10s %s nth=%lu probability=%u times=%ld min=%lu max=%lu task=%d "
			   "seen=%lu failed=%lu\n", kind_names[k], r.on ? "on " : "off",
			   (unsigned long)r.nth, r.probability, (long)r.times, (unsigned long)r.min,
			   (unsigned long)r.max, r.task, (unsigned long)r.seen, (unsigned long)r.hits);
	}
	seq_printf(s, "fail_nth   hits=%lu\nchains     %u\n", (unsigned long)nth_hits, nr_chains);
	return 0;
}

/* The next "key=value" or bare word of *p; false at the end. */
static bool next_word(const char **p, char *key, size_t size, unsigned long *val)
{
	size_t n = 0;

	while (**p == ' ' || **p == '\n' || **p == '\t')
		(*p)++;
	if (**p == '\0')
		return false;
	for (; **p != '\0' && **p != ' ' && **p != '\n' && **p != '\t' && **p != '='; (*p)++)
		if (n + 1 < size)
			key[n++] = **p;
	key[n] = '\0';
	*val = 0;
	if (**p == '=') {
		char *end;

		*val = memparse(*p + 1, &end);
		*p = end;
		while (**p != '\0' && **p != ' ' && **p != '\n' && **p != '\t')
			(*p)++;
	}
	return true;
}

static int set_fail_nth(int pid, int n)
{
	struct task *t = pid == 0 ? current : task_find_get(pid);

	if (t == NULL)
		return -ESRCH;
	t->fail_nth = n;
	if (pid != 0)
		task_put(t);
	return 0;
}

/* Every chain is new again, and there is room to note them. */
static int forget_chains(void)
{
	u64 *room = chains == NULL ? vzalloc(MAX_CHAINS * sizeof(*chains)) : NULL;
	unsigned long flags = spin_lock_irqsave(&inject_lock);

	if (chains == NULL) {
		chains = room;
		room = NULL;
	}
	nr_chains = 0;
	if (chains != NULL)
		memset(chains, 0, MAX_CHAINS * sizeof(*chains));
	spin_unlock_irqrestore(&inject_lock, flags);
	vfree(room);			/* somebody else was first */
	return chains == NULL ? -ENOMEM : 0;
}

/* What was written, word by word. */
struct request {
	struct rule rule;
	int kind;			/* enum fault_kind; negative: none named */
	bool have_nth;			/* fail_nth= */
	unsigned long nth;
};

/* False: no such word. */
static bool take_word(struct request *q, const char *key, unsigned long v)
{
	struct rule *r = &q->rule;

	if (strcmp(key, "page_alloc") == 0)
		q->kind = FAULT_PAGE_ALLOC;
	else if (strcmp(key, "slab") == 0)
		q->kind = FAULT_SLAB;
	else if (strcmp(key, "chain") == 0)
		r->chain = true;
	else if (strcmp(key, "nth") == 0)
		r->nth = v;
	else if (strcmp(key, "probability") == 0)
		r->probability = v;
	else if (strcmp(key, "times") == 0)
		r->times = v;
	else if (strcmp(key, "min") == 0)
		r->min = v;
	else if (strcmp(key, "max") == 0)
		r->max = v;
	else if (strcmp(key, "task") == 0)
		r->task = v;
	else if (strcmp(key, "seed") == 0)
		seed = v | 1;
	else if (strcmp(key, "fail_nth") != 0)
		return false;
	else {
		q->have_nth = true;
		q->nth = v;
	}
	return true;
}

static int set_rule(const struct request *q)
{
	const struct rule *r = &q->rule;
	int err = r->chain && chains == NULL ? forget_chains() : 0;
	unsigned long flags;

	if (q->kind < 0 || (r->nth == 0 && r->probability == 0 && !r->chain))
		return -EINVAL;
	if (err < 0)
		return err;
	if (r->chain && READ_ONCE(nr_chains) >= MOST_CHAINS)
		return -ENOSPC;			/* nothing would fail any more */
	flags = spin_lock_irqsave(&inject_lock);
	rules[q->kind] = *r;
	spin_unlock_irqrestore(&inject_lock, flags);
	return 0;
}

/* Nothing fails any more; what the rules did can still be read. */
static void rules_off(void)
{
	unsigned long flags = spin_lock_irqsave(&inject_lock);
#ifdef __KERNEL__
	struct task *t;
#endif

	WRITE_ONCE(fault_inject_on, 0);
	for (unsigned k = 0; k < NR_FAULT_KINDS; k++)
		rules[k].on = false;
	spin_unlock_irqrestore(&inject_lock, flags);
#ifdef __KERNEL__
	for (t = task_next_get(NULL); t != NULL; t = task_next_get(t))
		t->fail_nth = 0;
#endif
}

int fault_inject_set(const char *p)
{
	struct request q = { .rule = { .on = true, .times = -1, .max = ~0UL }, .kind = -1 };
	char key[16];
	unsigned long v;
	int err;

	while (next_word(&p, key, sizeof(key), &v)) {
		if (strcmp(key, "forget") == 0)
			return forget_chains();
		if (strcmp(key, "off") == 0) {
			rules_off();
			return 0;
		}
		if (!take_word(&q, key, v))
			return -EINVAL;
	}
	err = q.have_nth ? set_fail_nth(q.rule.task, q.nth) : set_rule(&q);
	if (err == 0)
		WRITE_ONCE(fault_inject_on, 1);
	return err;
}

static int write(const char *buf, size_t len, void *arg)
{
	(void)arg;
	(void)len;
	return fault_inject_set(buf);
}

static void rule_from_boot(enum fault_kind kind, const char *name)
{
	char arg[16];

	if (!boot_arg(name, arg, sizeof(arg)))
		return;
	rules[kind] = (struct rule){ .on = true, .times = 1, .max = ~0UL,
				     .nth = simple_strtoul(arg, NULL, 0) };
	if (rules[kind].nth != 0)
		fault_inject_on = 1;
}

void fault_inject_init(void)
{
	rule_from_boot(FAULT_SLAB, "failslab");
	rule_from_boot(FAULT_PAGE_ALLOC, "fail_page_alloc");
	proc_create("fault-inject", show, write, NULL);
}
#endif
