// sources:
// SPDX-License-Identifier: MIT
/*
 * test_malloc.c - the user library's malloc under random load, on the host.
 *
 * The file is compiled into this one under other names, over an arena of our own instead
 * of the system's sbrk.  The model is a table of live blocks, each filled with a pattern
 * of its own: two blocks that overlap destroy each other's.
 */
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static char arena[64 << 20] __attribute__((aligned(4096)));
static size_t brk_now = 24; /* not aligned, to see that it copes */
static size_t brk_limit = sizeof(arena);
static long maps_live;

static void *host_sbrk(long n)
{
	void *old = arena + brk_now;

	if (brk_now + (size_t)n > brk_limit)
		return (void *)-1;
	brk_now += (size_t)n;
	return old;
}

static void *host_mmap(void *a, size_t n, int prot, int flags, int fd, long off)
{
	maps_live++;
	return mmap(a, n, prot, flags, fd, off);
}

static int host_munmap(void *a, size_t n)
{
	maps_live--;
	return munmap(a, n);
}

static void *host_mremap(void *a, size_t old, size_t n, int flags)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)flags;
	memcpy(p, a, old < n ? old : n);
	munmap(a, old);
	return p;
}

static jmp_buf died;
static char last_words[400];
static void __die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(last_words, sizeof(last_words), fmt, ap);
	va_end(ap);
	longjmp(died, 1);
}

#define MALLOC_HOST
#define MREMAP_MAYMOVE 1
struct __mutex {
	int state;
};
#define __MUTEX_INIT       { 0 }
#define __mutex_lock(m)    ((void)(m))
#define __mutex_unlock(m)  ((void)(m))
#define __sbrk             host_sbrk
#define __mmap             host_mmap
#define __munmap           host_munmap
#define __mremap           host_mremap
#define malloc             u_malloc
#define calloc             u_calloc
#define realloc            u_realloc
#define reallocarray       u_reallocarray
#define aligned_alloc      u_aligned_alloc
#define posix_memalign     u_posix_memalign
#define free               u_free
#define malloc_usable_size u_malloc_usable_size
#define malloc_check       u_malloc_check
#define list               u_list
#include "../../user/lib/malloc.c"
#undef malloc
#undef calloc
#undef realloc
#undef free

static int passed, failed;
static void row(const char *name, int ok)
{
	printf("%s %s\n", ok ? "ok" : "FAIL", name);
	if (ok)
		passed++;
	else
		failed++;
}

static unsigned long seed = 88172645463325252UL;
static unsigned rnd(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 20) % n;
}

static size_t rnd_size(void)
{
	switch (rnd(10)) {
	case 0:
		return rnd(200000);
	case 1:
	case 2:
		return rnd(5000);
	default:
		return rnd(300);
	}
}

#define NR_LIVE 600
static struct {
	unsigned char *p, fill;
	size_t n;
} live[NR_LIVE];

static int intact(int i)
{
	for (size_t k = 0; k < live[i].n; k++)
		if (live[i].p[k] != live[i].fill)
			return 0;
	return 1;
}

static int trace(int ops)
{
	for (int op = 0; op < ops; op++) {
		int i = (int)rnd(NR_LIVE);
		size_t n = rnd_size();

		if (!live[i].p) {
			static unsigned char next;
			size_t align = rnd(8) == 0 ? 16UL << rnd(9) : 16;

			live[i].p = align > 16 ? u_aligned_alloc(align, n) : u_malloc(n);
			if (!live[i].p)
				return 0;
			if ((uintptr_t)live[i].p & (align - 1) ||
			    u_malloc_usable_size(live[i].p) < n)
				return 0;
			live[i].n = n;
			live[i].fill = next++;
		} else if (rnd(4) == 0) {
			size_t keep = n < live[i].n ? n : live[i].n;
			unsigned char *p = u_realloc(live[i].p, n);

			if (!p)
				return 0;
			for (size_t k = 0; k < keep; k++)
				if (p[k] != live[i].fill)
					return 0;
			live[i].p = p;
			live[i].n = n;
		} else {
			if (!intact(i))
				return 0;
			u_free(live[i].p);
			live[i].p = NULL;
			continue;
		}
		memset(live[i].p, live[i].fill, live[i].n);
		if (op % 512 == 0)
			u_malloc_check();
	}
	return 1;
}

static int dies_saying(const char *what)
{
	int ok = strstr(last_words, what) != NULL;

	if (!ok)
		printf("  said: %s\n", last_words);
	return ok;
}

int main(void)
{
	static char *p, *q;
	static char foreign[64] __attribute__((aligned(16)));
	size_t used;
	int ok;

	row("random trace, 400,000 operations", trace(400000));
	ok = 1;
	for (int i = 0; i < NR_LIVE; i++) {
		if (live[i].p)
			ok &= intact(i);
		u_free(live[i].p);
		live[i].p = NULL;
	}
	row("every block kept its bytes to the end", ok);
	used = u_malloc_check();
	row("nothing left in use", used == 0);
	row("every mapping returned", maps_live == 0);
	row("the heap shrank again", brk_now < 1 << 20);

	ok = 1;
	for (int i = 0; i < 1000; i++)
		ok &= (p = u_calloc(7, 13)) && !memchr(p, 1, 91) &&
		      (memset(p, 1, 91), u_free(p), 1);
	row("calloc gives zeroes from used memory", ok);
	row("calloc overflow", u_calloc(1UL << 33, 1UL << 33) == NULL && errno == ENOMEM);
	row("absurd size", u_malloc(~0UL - 5) == NULL && u_malloc(1UL << 62) == NULL);
	row("free(NULL), realloc(NULL)", (u_free(NULL), p = u_realloc(NULL, 10)) != NULL);
	u_free(p);
	brk_limit = brk_now;
	ok = 0;
	for (int i = 0; i < 100000 && !ok; i++)
		ok = u_malloc(1000) == NULL && errno == ENOMEM;
	row("out of memory: NULL and ENOMEM", ok);
	brk_limit = sizeof(arena);
	u_malloc_check();

	p = u_malloc(100);
	q = u_malloc(100);
	if (!setjmp(died)) {
		u_free(p);
		u_free(p);
		row("double free", 0);
	} else
		row("double free", dies_saying("double free"));
	p = u_malloc(100);
	if (!setjmp(died)) {
		memset(p, 'x', 105); /* the block holds 112 with its rounding: foot at 104 */
		memset(p + u_malloc_usable_size(p), 'x', 1);
		u_free(p);
		row("one byte past the end", 0);
	} else
		row("one byte past the end", dies_saying("write past its end"));
	*foot(block_of(p)) = block_of(p)->head;
	if (!setjmp(died)) {
		p[-1] = 'x';
		u_free(p);
		row("one byte before the start", 0);
	} else
		row("one byte before the start", dies_saying("start tag is broken"));
	((unsigned char *)p)[-1] = MAGIC >> 8;
	if (!setjmp(died)) {
		u_free(p + 8);
		row("pointer into a block", 0);
	} else
		row("pointer into a block", dies_saying("misaligned"));
	if (!setjmp(died)) {
		u_free(foreign + 16);
		row("pointer from elsewhere", 0);
	} else
		row("pointer from elsewhere", dies_saying("did not come from malloc"));
	u_free(q);
	u_free(p);
	u_malloc_check();
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
