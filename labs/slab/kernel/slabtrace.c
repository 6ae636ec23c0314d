// SPDX-License-Identifier: MIT
/*
 * slabtrace.c - drives slab caches and kmalloc for lab slab's tests: /proc/slabtrace.
 *
 * What is written to this file makes the kernel allocate and free objects, from a seed.
 * Nothing here judges the result: the grader stops the machine and reads the caches, their
 * slabs and magazines, and the objects themselves, from outside.
 *
 *	create I SIZE ALIGN CTOR	cache I (0 to 7); CTOR 1: with constructor and destructor
 *	trace I SEED STEPS		objects of cache I come and go
 *	kmalloc SEED STEPS MAX		memory of up to MAX bytes comes and goes
 *	krealloc SEED STEPS		one piece of memory changes its size
 *	elsewhere I SEED N		another hart allocates N objects
 *	free				all that is live
 *	shrink I, destroy I		slabtrace_result is what the function returned
 *	pairs I N, rows I N, kpairs SIZE N	for the cost: alloc and free; 256 in a row
 *
 * A live object is filled from its id: byte k of the object is byte k % 8 of the word
 * mix(seed, id << 16 | k / 8), but for the first 16 bytes where there is a constructor: it
 * writes MARK ^ address and counts itself in the second word.
 */
#include "fs/procfs.h"
#include "lib/late_init.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/slab_internal.h"
#include "mm/kmem/vmalloc.h"
#include "uapi/errno.h"

#define CACHES		8
#define LIVE_MAX	2048
#define MARK		0x636f6e7374727563UL

struct live {
	u64 addr, size, id, cache;	/* cache: its number, or CACHES for kmalloc */
};

struct kmem_cache *slabtrace_cache[CACHES];
struct live *slabtrace_live;
u64 slabtrace_nr_live, slabtrace_seed, slabtrace_made[CACHES], slabtrace_gone[CACHES];
long slabtrace_result;
static bool constructed[CACHES];

static u64 mix(u64 state, u64 value)
{
	u64 z = state + 0x9e3779b97f4a7c15UL + value;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9UL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebUL;
	return z ^ z >> 31;
}

/* A constructor knows its object alone: a function a cache tells which. */
static void made(unsigned i, void *obj)
{
	((u64 *)obj)[0] = MARK ^ (u64)obj;
	((u64 *)obj)[1] = 1;
	slabtrace_made[i]++;
}
static void gone(unsigned i, void *obj)
{
	((u64 *)obj)[0] = 0;
	slabtrace_gone[i]++;
}
#define PAIR(i)								\
	static void made_##i(void *obj) { made(i, obj); }		\
	static void gone_##i(void *obj) { gone(i, obj); }
PAIR(0) PAIR(1) PAIR(2) PAIR(3) PAIR(4) PAIR(5) PAIR(6) PAIR(7)
static void (*const made_of[CACHES])(void *) = { made_0, made_1, made_2, made_3, made_4, made_5,
						 made_6, made_7 };
static void (*const gone_of[CACHES])(void *) = { gone_0, gone_1, gone_2, gone_3, gone_4, gone_5,
						 gone_6, gone_7 };

static void fill(const struct live *l)
{
	unsigned from = l->cache < CACHES && constructed[l->cache] ? 16 : 0;
	u8 *p = (u8 *)l->addr;

	for (u64 k = from; k < l->size; k += 8) {
		u64 word = mix(slabtrace_seed, l->id << 16 | k / 8);

		memcpy(p + k, &word, MIN(l->size - k, 8UL));
	}
}

static void keep(void *obj, u64 size, u64 id, u64 cache)
{
	struct live *l = &slabtrace_live[slabtrace_nr_live++];

	*l = (struct live){ (u64)obj, size, id, cache };
	fill(l);
}

static void drop(u64 k)
{
	struct live l = slabtrace_live[k];

	slabtrace_live[k] = slabtrace_live[--slabtrace_nr_live];
	if (l.cache < CACHES)
		kmem_cache_free(slabtrace_cache[l.cache], (void *)l.addr);
	else
		kfree((void *)l.addr);
}

static int create(unsigned i, size_t size, size_t align, bool ctor)
{
	static const char *const names[CACHES] = { "lab-0", "lab-1", "lab-2", "lab-3", "lab-4",
						   "lab-5", "lab-6", "lab-7" };

	slabtrace_made[i] = slabtrace_gone[i] = 0;
	constructed[i] = ctor;
	slabtrace_cache[i] = kmem_cache_create(names[i], size, align, 0, ctor ? made_of[i] : NULL,
					       ctor ? gone_of[i] : NULL);
	return slabtrace_cache[i] != NULL ? 0 : -ENOMEM;
}

static int trace(unsigned i, u64 seed, unsigned steps)
{
	u64 r = seed;

	for (unsigned k = 0; k < steps; k++) {
		r = mix(r, k);
		/* Waves: many come, then many go. */
		if (slabtrace_nr_live > 0 && (slabtrace_nr_live == LIVE_MAX || (r & 15) < (k / 512 & 1 ? 11 : 5))) {
			drop((r >> 16) % slabtrace_nr_live);
		} else {
			void *obj = kmem_cache_alloc(slabtrace_cache[i], GFP_KERNEL);

			if (obj == NULL)
				return -ENOMEM;
			keep(obj, kmem_cache_size(slabtrace_cache[i]), k, i);
		}
	}
	return 0;
}

static u64 random_size(u64 r, u64 max)
{
	return 1 + (r >> 24) % (r & 8 ? max : r & 16 ? MIN(max, 2048UL) : MIN(max, 256UL));
}

static int trace_kmalloc(u64 seed, unsigned steps, u64 max)
{
	u64 r = seed;

	for (unsigned k = 0; k < steps; k++) {
		u64 size;
		void *p;

		r = mix(r, k);
		if (slabtrace_nr_live > 0 && (slabtrace_nr_live == 256 || (r & 7) < 3)) {
			drop((r >> 48) % slabtrace_nr_live);
			continue;
		}
		size = random_size(r, max);
		p = kmalloc_any(size, GFP_KERNEL);
		if (p == NULL)
			return -ENOMEM;
		keep(p, size, k, CACHES);
	}
	return 0;
}

/* The piece grows and shrinks; what it had must be kept, moves are counted in the result. */
static int trace_krealloc(u64 seed, unsigned steps)
{
	u8 *p = NULL;
	u64 r = seed, size = 0, wrong = 0;

	slabtrace_result = 0;
	for (unsigned k = 0; k < steps; k++) {
		u64 want = random_size(r = mix(r, k), 20000);
		u8 *q = krealloc(p, want, GFP_KERNEL);

		if (q == NULL)
			return -ENOMEM;
		slabtrace_result += q != p;
		for (u64 i = 0; i < MIN(size, want); i++)
			wrong += q[i] != (u8)mix(seed, i);
		for (u64 i = size; i < want; i++)
			q[i] = (u8)mix(seed, i);
		p = q;
		size = want;
	}
	keep(krealloc(p, 64, GFP_KERNEL), 64, wrong, CACHES);	/* id 0: nothing was lost */
	return 0;
}

static struct { unsigned i, n, not_hart; } there;

static void alloc_there(void *arg)
{
	(void)arg;
	if (hart_id() == there.not_hart)
		return;
	for (unsigned k = 0; k < there.n; k++) {
		void *obj = kmem_cache_alloc(slabtrace_cache[there.i], GFP_ATOMIC);

		if (obj != NULL)
			keep(obj, kmem_cache_size(slabtrace_cache[there.i]), k, there.i);
	}
	/* ... and a third goes there, the rest where the caller is. */
	for (unsigned k = 0; k < there.n / 3 && slabtrace_nr_live > 0; k++)
		drop(k * 7 % slabtrace_nr_live);
}

static int pairs(unsigned i, unsigned n)
{
	for (unsigned k = 0; k < n; k++) {
		void *obj = kmem_cache_alloc(slabtrace_cache[i], GFP_KERNEL);

		if (obj == NULL)
			return -ENOMEM;
		kmem_cache_free(slabtrace_cache[i], obj);
	}
	return 0;
}

static int rows(unsigned i, unsigned n)
{
	static void *obj[256];

	for (unsigned k = 0; k < n; k++) {
		for (unsigned j = 0; j < ARRAY_SIZE(obj); j++)
			obj[j] = kmem_cache_alloc(slabtrace_cache[i], GFP_KERNEL);
		for (unsigned j = 0; j < ARRAY_SIZE(obj); j++)
			kmem_cache_free(slabtrace_cache[i], obj[j]);
	}
	return 0;
}

static int kpairs(size_t size, unsigned n)
{
	for (unsigned k = 0; k < n; k++) {
		void *p = kmalloc_any(size, GFP_KERNEL);

		if (p == NULL)
			return -ENOMEM;
		kfree(p);
	}
	return 0;
}

static int run(const char *cmd, u64 a, u64 b, u64 c, u64 d)
{
	if (strcmp(cmd, "kmalloc") == 0)
		return trace_kmalloc(slabtrace_seed = a, b, c);
	if (strcmp(cmd, "krealloc") == 0)
		return trace_krealloc(slabtrace_seed = a, b);
	if (strcmp(cmd, "kpairs") == 0)
		return kpairs(a, b);
	if (strcmp(cmd, "free") == 0) {
		while (slabtrace_nr_live > 0)
			drop(slabtrace_nr_live - 1);
		return 0;
	}
	if (a >= CACHES || (slabtrace_cache[a] == NULL) != (strcmp(cmd, "create") == 0))
		return -EINVAL;
	if (strcmp(cmd, "create") == 0)
		return create(a, b, c, d);
	if (strcmp(cmd, "trace") == 0)
		return trace(a, slabtrace_seed = b, c);
	if (strcmp(cmd, "elsewhere") == 0) {
		slabtrace_seed = b;
		there.i = a;
		there.n = c;
		there.not_hart = hart_id();
		hart_call_all(alloc_there, NULL);
		return 0;
	}
	if (strcmp(cmd, "pairs") == 0)
		return pairs(a, b);
	if (strcmp(cmd, "rows") == 0)
		return rows(a, b);
	if (strcmp(cmd, "shrink") == 0) {
		slabtrace_result = (long)kmem_cache_shrink(slabtrace_cache[a]);
		return 0;
	}
	if (strcmp(cmd, "destroy") != 0)
		return -EINVAL;
	slabtrace_result = kmem_cache_destroy(slabtrace_cache[a]);
	if (slabtrace_result == 0)
		slabtrace_cache[a] = NULL;
	return 0;
}

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
	char text[128], *at = text, *cmd;
	u64 v[4];

	(void)arg;
	if (slabtrace_live == NULL)
		slabtrace_live = vmalloc(LIVE_MAX * sizeof(*slabtrace_live));
	if (n >= sizeof(text) || slabtrace_live == NULL)
		return -ENOMEM;
	memcpy(text, buf, n);
	text[n] = '\0';
	cmd = word(&at);
	for (unsigned i = 0; i < ARRAY_SIZE(v); i++)
		v[i] = simple_strtoul(word(&at), NULL, 0);
	return run(cmd, v[0], v[1], v[2], v[3]);
}

static int show(struct seq *s, void *arg)
{
	(void)arg;
	seq_printf(s, "%lu live objects, last result %ld\n", (unsigned long)slabtrace_nr_live,
		   slabtrace_result);
	return 0;
}

static void slabtrace_init(void)
{
	proc_create("slabtrace", show, command, NULL);
}
LATE_INIT(slabtrace_init);
