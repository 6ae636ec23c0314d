// SPDX-License-Identifier: MIT
/*
 * malloc.c - the heap of a program.
 *
 * Problem: blocks of any size come and go in any order; each operation should be short,
 * and neighbouring free blocks must become one, or the heap falls to crumbs.
 *
 * Boundary tags (Knuth): every block carries its size and state in one word at both ends.
 * The block behind mine starts where mine ends; the tag just before mine is the end of the
 * block in front.  So freeing looks at both neighbours and merges at once, in constant
 * time, without a search.
 *
 *	      | head | payload, 16-byte aligned ............... | foot |
 *	      8 bytes ^ what malloc returns                      8 bytes
 *
 * A tag is size | state, with a magic number in its upper 16 bits.  The foot is kept in
 * allocated blocks too (it costs 8 bytes): a program that writes past the end of its block
 * destroys the foot, one that writes before it the head, and free says which.  A free
 * block keeps its two list links in the payload.
 *
 * Segregated free lists: list i holds free blocks of one size (16-byte steps up to 512,
 * i < 32) or of one range (four to a doubling above).  A bitmap of non-empty lists finds
 * the smallest that fits in a few instructions; exact lists give the first block, ranges
 * the best of the first eight (good fit).  The rest of a larger block goes back.
 *
 * Memory comes from sbrk in multiples of 64 KiB; each run of it is fenced by two tags
 * that count as allocated, so merging stops there by itself.  If the last block grows over
 * 256 KiB it is given back.  Requests of 128 KiB and more get a mapping of their own,
 * which returns to the system when freed and which mremap can grow without copying.
 *
 * Invariants, whenever the lock is free:
 *   M1  head == foot for every block, and the magic number is there;
 *   M2  blocks tile a run from fence to fence without a gap;
 *   M3  no two free blocks touch;
 *   M4  a block is on the list of its size if and only if it is free;
 *   M5  bit i of the map is set if and only if list i is not empty.
 * malloc_check() tests all five.
 *
 * Locking: one mutex.  Failure: NULL and ENOMEM; a broken heap ends the program, because
 * whatever it would do next is wrong.
 *
 * Rejected: a free list in address order (first fit; merging is simple but searching is
 * linear), and buddies (merging is arithmetic but a third of the memory is lost to
 * rounding).  The test tests/host/test_malloc.c runs this file on the host.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifndef MALLOC_HOST
#include <sys/mman.h>
#include <__thread.h>
#include <unistd.h>
#include "sys.h"
#endif

#define MAGIC            0x5a31UL
#define MAGIC_SHIFT      48
#define F_USED           1UL /* allocated, or a fence */
#define F_MMAP           2UL /* a mapping of its own */
#define TAG(size, flags) (MAGIC << MAGIC_SHIFT | (size) | (flags))
#define OVERHEAD         16UL /* head and foot */
#define MIN_BLOCK        32UL
#define CHUNK            65536UL
#define TRIM             262144UL
#define MMAP_MIN         131072UL
#define MAX_REQUEST      (1UL << 46)
#define NR_LISTS         64
#define NR_EXACT         32 /* lists of one size: 16, 32, .. 512 */
#define MMAP_HEAD        24UL /* mapping: padding, where it starts and how long, then the block */

struct block {
	uint64_t head;
	struct block *next, *prev; /* while free */
};

static struct __mutex lock = __MUTEX_INIT;
static struct block *list[NR_LISTS];
static uint64_t map; /* bit i: list[i] is not empty */
static struct run { /* memory from one or several sbrks in a row */
	char *start, *end; /* fences included */
} * runs; /* in malloc's own memory, at the start of the first run */
static unsigned nr_runs;
#define MAX_RUNS 64
static struct run run_table[MAX_RUNS];

static inline uint64_t tag_size(uint64_t tag)
{
	return tag & ((1UL << MAGIC_SHIFT) - 16);
}
static inline bool tag_ok(uint64_t tag)
{
	return tag >> MAGIC_SHIFT == MAGIC;
}
static inline uint64_t *foot(struct block *b)
{
	return (uint64_t *)((char *)b + tag_size(b->head) - 8);
}
static inline struct block *after(struct block *b)
{
	return (struct block *)((char *)b + tag_size(b->head));
}
static inline void set_tags(struct block *b, uint64_t size, uint64_t flags)
{
	b->head = TAG(size, flags);
	*foot(b) = b->head;
}
static inline void *payload(struct block *b)
{
	return (char *)b + 8;
}
static inline struct block *block_of(const void *p)
{
	return (struct block *)((char *)p - 8);
}

/* The list for blocks of this size. */
static unsigned list_index(uint64_t size)
{
	unsigned log, i;

	if (size <= 16 * NR_EXACT)
		return (unsigned)(size / 16) - 1;
	log = 63 - (unsigned)__builtin_clzl(size); /* >= 9 */
	i = NR_EXACT + (log - 9) * 4 + (unsigned)(size >> (log - 2) & 3);
	return i < NR_LISTS ? i : NR_LISTS - 1;
}

static void list_add(struct block *b)
{
	unsigned i = list_index(tag_size(b->head));

	b->next = list[i];
	b->prev = NULL;
	if (b->next)
		b->next->prev = b;
	list[i] = b;
	map |= 1UL << i;
}

static void list_del(struct block *b)
{
	unsigned i = list_index(tag_size(b->head));

	if (b->next && b->next->prev != b)
		__die("malloc: free block %p: next link is broken (written after free?)",
		      payload(b));
	if (b->prev ? b->prev->next != b : list[i] != b)
		__die("malloc: free block %p: previous link is broken (written after free?)",
		      payload(b));
	if (b->next)
		b->next->prev = b->prev;
	if (b->prev)
		b->prev->next = b->next;
	else {
		list[i] = b->next;
		if (!list[i])
			map &= ~(1UL << i);
	}
}

/* A free block of at least size bytes, off its list; NULL. */
static struct block *take(uint64_t size)
{
	unsigned i = list_index(size);
	uint64_t m = map >> i << i;
	struct block *b, *best = NULL;

	if (i >= NR_EXACT && (m >> i & 1)) { /* a range: some in it may be too small */
		unsigned tries = 8;

		for (b = list[i]; b && (tries > 0 || !best); b = b->next) {
			uint64_t s = tag_size(b->head);

			if (s >= size && (!best || s < tag_size(best->head)))
				best = b;
			if (tries > 0)
				tries--;
			else if (i != NR_LISTS - 1)
				break; /* larger lists will do */
		}
		m &= m - 1;
	}
	if (!best) {
		if (m == 0)
			return NULL;
		best = list[__builtin_ctzl(m)];
	}
	if (!tag_ok(best->head) || (best->head & 15) || *foot(best) != best->head)
		__die("malloc: free block %p: boundary tag is broken (written after free?)",
		      payload(best));
	list_del(best);
	return best;
}

/* Free block b, not on a list: merge it with free neighbours and put the result on its
 * list.  M3 holds before and after. */
static struct block *coalesce(struct block *b)
{
	struct block *n = after(b);
	uint64_t before = *(uint64_t *)((char *)b - 8);

	if (!tag_ok(n->head))
		__die("malloc: block %p: start tag is broken: %#lx (a write past the end of block "
		      "%p?)",
		      payload(n), (unsigned long)n->head, payload(b));
	if (!tag_ok(before))
		__die("malloc: end tag before block %p is broken: %#lx (a write before its start, "
		      "or past the end of the one in front?)",
		      payload(b), (unsigned long)before);
	if (!(n->head & F_USED)) {
		list_del(n);
		set_tags(b, tag_size(b->head) + tag_size(n->head), 0);
	}
	if (!(before & F_USED)) {
		struct block *p = (struct block *)((char *)b - tag_size(before));

		if (p->head != before)
			__die("malloc: block %p: start and end tag differ (written after free?)",
			      payload(p));
		list_del(p);
		set_tags(p, tag_size(p->head) + tag_size(b->head), 0);
		b = p;
	}
	list_add(b);
	return b;
}

/* More memory from the system, as a free block (merged, on its list). => false: none */
static bool grow(uint64_t size)
{
	uint64_t want = (size + 2 * 16 + CHUNK - 1) & ~(CHUNK - 1); /* with fences */
	struct run *r = nr_runs ? &run_table[nr_runs - 1] : NULL;
	struct block *b;
	char *p = __sbrk((intptr_t)want);

	if (p == (char *)-1) { /* less may still do */
		want = (size + 2 * 16 + 4095) & ~4095UL;
		p = __sbrk((intptr_t)want);
		if (p == (char *)-1)
			return false;
	}
	if (r && p == r->end) { /* in a row: the old end fence becomes a block's head */
		b = (struct block *)(p - 8);
		r->end = p + want;
		*(uint64_t *)(r->end - 8) = TAG(16, F_USED);
		set_tags(b, want, 0);
	} else {
		char *start = (char *)(((uintptr_t)p + 15) & ~15UL);

		if (nr_runs == MAX_RUNS)
			return false;
		if (start != p) /* somebody left the break misaligned */
			__sbrk(start - p);
		r = &run_table[nr_runs++];
		r->start = start;
		r->end = start + want;
		*(uint64_t *)start = TAG(16, F_USED);
		*(uint64_t *)(r->end - 8) = TAG(16, F_USED);
		b = (struct block *)(start + 8);
		set_tags(b, want - 16, 0);
	}
	runs = run_table;
	coalesce(b);
	return true;
}

/* Give the end of the last run back if it is free and long. => b: the block just freed */
static void trim(struct block *b)
{
	struct run *r = &run_table[nr_runs - 1];
	uint64_t size = tag_size(b->head), give;

	if (size < TRIM || (char *)after(b) != r->end - 8 || __sbrk(0) != r->end)
		return;
	give = (size - CHUNK) & ~(CHUNK - 1);
	if (__sbrk(-(intptr_t)give) == (void *)-1)
		return;
	list_del(b);
	r->end -= give;
	*(uint64_t *)(r->end - 8) = TAG(16, F_USED);
	set_tags(b, size - give, 0);
	list_add(b);
}

/* Cut block b (allocated, not on a list) down to size; the rest goes back. */
static void split(struct block *b, uint64_t size)
{
	uint64_t have = tag_size(b->head);

	if (have - size < MIN_BLOCK) {
		set_tags(b, have, F_USED);
		return;
	}
	set_tags(b, size, F_USED);
	b = after(b);
	set_tags(b, have - size, 0);
	coalesce(b);
}

static inline uint64_t block_size(size_t n)
{
	uint64_t size = (n + OVERHEAD + 15) & ~15UL;

	return size < MIN_BLOCK ? MIN_BLOCK : size;
}

/* align is a power of two, at least 16. */
static void *map_alloc(size_t n, size_t align)
{
	uint64_t size = block_size(n);
	size_t slack = align > 16 ? align : 0;
	size_t len = (MMAP_HEAD + size + slack + 4095) & ~4095UL;
	char *base = __mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct block *b;
	uintptr_t p;

	if (base == MAP_FAILED) {
		errno = ENOMEM;
		return NULL;
	}
	p = ((uintptr_t)base + MMAP_HEAD + 8 + align - 1) & ~(align - 1);
	b = block_of((void *)p);
	((uint64_t *)b)[-1] = (uint64_t)((char *)b - base) << 44 | len >> 12;
	set_tags(b, size, F_USED | F_MMAP);
	return payload(b);
}

static char *map_base(struct block *b)
{
	return (char *)b - (((uint64_t *)b)[-1] >> 44);
}
static size_t map_len(struct block *b)
{
	return (((uint64_t *)b)[-1] << 20 >> 20) << 12;
}

void *malloc(size_t n)
{
	uint64_t size;
	struct block *b;

	if (n >= MMAP_MIN) {
		if (n < MAX_REQUEST)
			return map_alloc(n, 16);
		errno = ENOMEM;
		return NULL;
	}
	size = block_size(n);
	__mutex_lock(&lock);
	while (!(b = take(size)))
		if (!grow(size))
			break;
	if (b)
		split(b, size);
	__mutex_unlock(&lock);
	if (!b) {
		errno = ENOMEM;
		return NULL;
	}
	return payload(b);
}

/* The block of a pointer that came from malloc and was not freed; dies else. => lock held */
static struct block *checked(const void *p, const char *what)
{
	struct block *b = block_of(p);
	unsigned i;

	if ((uintptr_t)p & 15)
		__die("%s: %p did not come from malloc (it is misaligned)", what, p);
	for (i = 0; i < nr_runs; i++)
		if ((char *)p > runs[i].start && (char *)p < runs[i].end)
			break;
	if (tag_ok(b->head) && (b->head & F_MMAP) && i == nr_runs)
		goto foot; /* a mapping */
	if (i == nr_runs &&
	    (!tag_ok(b->head) || nr_runs == 0 || (char *)p >= runs[nr_runs - 1].end))
		__die("%s: %p did not come from malloc", what, p);
	if (!tag_ok(b->head))
		__die("%s: block %p: start tag is broken: %#lx (a write before its start, past the "
		      "end of the one in front, or not a malloc pointer)",
		      what, p, (unsigned long)b->head);
	if (!(b->head & F_USED))
		__die("%s: %p: double free", what, p);
	if (tag_size(b->head) < MIN_BLOCK || (char *)after(b) >= runs[i].end)
		__die("%s: block %p: size %lu is impossible (start tag overwritten)", what, p,
		      (unsigned long)tag_size(b->head));
foot:
	if (*foot(b) != b->head)
		__die("%s: block %p of %lu bytes: end tag is broken: %#lx (a write past its end)",
		      what, p, (unsigned long)(tag_size(b->head) - OVERHEAD),
		      (unsigned long)*foot(b));
	return b;
}

void free(void *p)
{
	struct block *b;
	int err = errno;

	if (!p)
		return;
	__mutex_lock(&lock);
	b = checked(p, "free");
	if (b->head & F_MMAP) {
		__mutex_unlock(&lock);
		__munmap(map_base(b), map_len(b));
	} else {
		b->head &= ~F_USED; /* a second free of it must see so even after merging */
		*foot(b) = b->head;
		trim(coalesce(b));
		__mutex_unlock(&lock);
	}
	errno = err;
}

void *calloc(size_t n, size_t size)
{
	size_t total;
	void *p;

	if (__builtin_mul_overflow(n, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	p = malloc(total);
	if (p && !(block_of(p)->head & F_MMAP)) /* fresh mappings are zero */
		memset(p, 0, total);
	return p;
}

size_t malloc_usable_size(const void *p)
{
	return p ? tag_size(block_of(p)->head) - OVERHEAD : 0;
}

/* Resize a mapping without copying, if alignment has not moved its block. NULL: copy. */
static void *map_realloc(struct block *b, size_t n)
{
	uint64_t size = block_size(n);
	size_t len = (MMAP_HEAD + size + 4095) & ~4095UL;
	char *base = map_base(b);

	if ((char *)b - base != (long)MMAP_HEAD || n < MMAP_MIN)
		return NULL;
	if (len != map_len(b)) {
		base = __mremap(base, map_len(b), len, MREMAP_MAYMOVE);
		if (base == MAP_FAILED)
			return NULL;
		b = (struct block *)(base + MMAP_HEAD);
		((uint64_t *)b)[-1] = MMAP_HEAD << 44 | len >> 12;
	}
	set_tags(b, size, F_USED | F_MMAP);
	return payload(b);
}

void *realloc(void *p, size_t n)
{
	struct block *b, *next;
	uint64_t size, have;
	void *q;

	if (!p)
		return malloc(n);
	if (n >= MAX_REQUEST) {
		errno = ENOMEM;
		return NULL;
	}
	size = block_size(n);
	__mutex_lock(&lock);
	b = checked(p, "realloc");
	have = tag_size(b->head);
	if (b->head & F_MMAP) {
		__mutex_unlock(&lock);
		q = map_realloc(b, n);
		if (q)
			return q;
	} else {
		next = after(b);
		if (have < size && !(next->head & F_USED) && have + tag_size(next->head) >= size) {
			list_del(next); /* grow over the free neighbour */
			have += tag_size(next->head);
			set_tags(b, have, F_USED);
		}
		if (have >= size) {
			split(b, size);
			__mutex_unlock(&lock);
			return p;
		}
		__mutex_unlock(&lock);
	}
	q = malloc(n);
	if (!q)
		return NULL;
	have -= OVERHEAD;
	memcpy(q, p, have < n ? have : n);
	free(p);
	return q;
}

void *reallocarray(void *p, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, total);
}

void *aligned_alloc(size_t align, size_t n)
{
	struct block *b, *c;
	uint64_t size, gap, have;
	char *p;

	if (align == 0 || (align & (align - 1)) || n >= MAX_REQUEST || align > 524288) {
		errno = EINVAL;
		return NULL;
	}
	if (align <= 16)
		return malloc(n);
	if (n >= MMAP_MIN)
		return map_alloc(n, align);
	p = malloc(n + align + MIN_BLOCK);
	if (!p || ((uintptr_t)p & (align - 1)) == 0)
		return p;
	__mutex_lock(&lock);
	b = block_of(p);
	if (b->head & F_MMAP) { /* grew over the limit by the slack */
		__mutex_unlock(&lock);
		free(p);
		return map_alloc(n, align);
	}
	size = block_size(n);
	have = tag_size(b->head);
	c = block_of((void *)(((uintptr_t)p + MIN_BLOCK + align - 1) & ~(align - 1)));
	gap = (uint64_t)((char *)c - (char *)b);
	set_tags(b, gap, 0); /* the part in front goes back */
	set_tags(c, have - gap, F_USED);
	coalesce(b);
	split(c, size);
	__mutex_unlock(&lock);
	return payload(c);
}

int posix_memalign(void **p, size_t align, size_t n)
{
	void *q;
	int err = errno;

	if (align < sizeof(void *) || (align & (align - 1)))
		return EINVAL;
	q = aligned_alloc(align, n);
	if (!q) {
		errno = err;
		return ENOMEM;
	}
	*p = q;
	return 0;
}

size_t malloc_check(void)
{
	size_t used = 0, nfree = 0, listed = 0;

	__mutex_lock(&lock);
	for (unsigned i = 0; i < nr_runs; i++) {
		struct block *b = (struct block *)(runs[i].start + 8);
		bool was_free = false;

		for (; (char *)b < runs[i].end - 8; b = after(b)) {
			bool is_free = !(b->head & F_USED);

			if (!tag_ok(b->head) || tag_size(b->head) < MIN_BLOCK ||
			    (char *)after(b) > runs[i].end - 8)
				__die("malloc_check: M1/M2: start tag of %p is %#lx", payload(b),
				      (unsigned long)b->head);
			if (*foot(b) != b->head)
				__die("malloc_check: M1: end tag of %p is %#lx, start tag %#lx",
				      payload(b), (unsigned long)*foot(b), (unsigned long)b->head);
			if (is_free && was_free)
				__die("malloc_check: M3: %p and the one before are both free",
				      payload(b));
			if (is_free)
				nfree++;
			else
				used += tag_size(b->head) - OVERHEAD;
			was_free = is_free;
		}
		if ((char *)b != runs[i].end - 8 || b->head != TAG(16, F_USED))
			__die("malloc_check: M2: run %u does not end at its fence", i);
	}
	for (unsigned i = 0; i < NR_LISTS; i++) {
		if (!list[i] != !(map >> i & 1))
			__die("malloc_check: M5: list %u", i);
		for (struct block *b = list[i]; b; b = b->next, listed++)
			if ((b->head & F_USED) || list_index(tag_size(b->head)) != i)
				__die("malloc_check: M4: %p is on list %u", payload(b), i);
	}
	if (listed != nfree)
		__die("malloc_check: M4: %lu free blocks, %lu on lists", (unsigned long)nfree,
		      (unsigned long)listed);
	__mutex_unlock(&lock);
	return used;
}
