// SPDX-License-Identifier: MIT
/* vmalab.c - what the tests of lab vma run; see public.py for what each part shows. */
#include "labs/include/lab.h"
#include "labs/include/touch.h"

#define WINDOW	((char *)0x1000000000UL)	/* far from everything else */
#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)

/* n pages at WINDOW + page; exits if that fails. */
static char *put(u64 page, u64 n, int prot)
{
	char *at = WINDOW + page * PAGE;

	if (mmap(at, n * PAGE, prot, ANON | MAP_FIXED, -1, 0) != at) {
		perror("mmap");
		exit(3);
	}
	return at;
}

/* What the part cannot go on without. */
static void must(int done, const char *what)
{
	if (!done) {
		perror(what);
		exit(3);
	}
}

static void gone(u64 page, u64 n)
{
	if (munmap(WINDOW + page * PAGE, n * PAGE) != 0) {
		perror("munmap");
		exit(3);
	}
}

static void rights(u64 page, u64 n, int prot)
{
	if (mprotect(WINDOW + page * PAGE, n * PAGE, prot) != 0) {
		perror("mprotect");
		exit(3);
	}
}

/* A few areas far apart: each is found, and nothing between them. */
static int find(void)
{
	enum { N = 10 };
	u64 sum = 0, signals = 0;

	for (u64 i = 0; i < N; i++)
		put(i * 8, 2, RW);
	for (u64 i = 0; i < N; i++) {
		fill_page(WINDOW + i * 8 * PAGE, nonce, i);
		fill_page(WINDOW + (i * 8 + 1) * PAGE, nonce, i + 100);
	}
	for (u64 i = 0; i < N; i++)
		sum = mix(mix(sum, sum_page(WINDOW + i * 8 * PAGE)), sum_page(WINDOW + (i * 8 + 1) * PAGE));
	for (u64 i = 0; i < N; i++) {
		char *p = WINDOW + i * 8 * PAGE;

		signals = mix(signals, (u64)touch(p - 1, 0));
		signals = mix(signals, (u64)touch(p + 2 * PAGE, 1));
		signals = mix(signals, (u64)touch(p + 2 * PAGE - 1, 1));
	}
	out("sum", sum);
	touch(WINDOW + 24 * PAGE, 1);		/* the area that was found last goes */
	gone(24, 2);
	signals = mix(signals, (u64)touch(WINDOW + 24 * PAGE, 1));
	signals = mix(signals, (u64)touch(WINDOW + 25 * PAGE, 1));
	out("signals", mix(nonce, signals));
	return 0;
}

/* Areas in a random order of places; half of them go.  checkpoints 0 and 1 */
static int tree(u64 n)
{
	u64 *place = malloc(n * sizeof(u64));
	char *above = mmap(NULL, PAGE, PROT_READ, ANON, -1, 0);

	mmap(NULL, PAGE, RW, ANON, -1, 0);	/* is put below it, and it goes */
	munmap(above, PAGE);
	for (u64 i = 0; i < n; i++)
		place[i] = i;
	for (u64 i = n - 1; i > 0; i--) {
		u64 j = mix(nonce, i) % (i + 1), t = place[i];

		place[i] = place[j];
		place[j] = t;
	}
	for (u64 i = 0; i < n; i++)
		put(place[i] * 4, 1 + (nonce + place[i]) % 3, PROT_READ);
	checkpoint(0, WINDOW, n * 4);
	for (u64 i = 0; i < n; i += 2)
		gone(place[i] * 4, 3);
	checkpoint(1, WINDOW, n * 4);
	for (u64 i = 1; i < n; i += 2)
		gone(place[i] * 4, 3);
	checkpoint(2, WINDOW, n * 4);
	return 0;
}

static int pattern_file(u64 pages)
{
	static char page[PAGE];
	int fd = open("/tmp/pattern", O_RDWR | O_CREAT | O_TRUNC, 0600);

	for (u64 i = 0; i < pages; i++) {
		fill_page(page, nonce, i);
		if (write(fd, page, PAGE) != (ssize_t)PAGE) {
			perror("/tmp/pattern");
			exit(3);
		}
	}
	return fd;
}

/* A file's area and an anonymous one are cut in their middle: checkpoints 0 to 3 */
static int split(void)
{
	int fd = pattern_file(16);
	char *p = WINDOW;
	u64 sum = 0;

	must(mmap(p, 16 * PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == p, "mmap of a file");
	checkpoint(0, p, 64);
	gone(5, 2);
	checkpoint(1, p, 64);
	rights(10, 1, RW);
	checkpoint(2, p, 64);
	for (u64 i = 0; i < 16; i++)
		if (i != 5 && i != 6)
			sum = mix(sum, sum_page(p + i * PAGE));
	out("file", sum);
	out("hole", mix(nonce, mix((u64)touch(p + 5 * PAGE, 0), (u64)touch(p + 7 * PAGE - 1, 0))));

	put(32, 16, RW);
	for (u64 i = 32; i < 48; i++)
		fill_page(p + i * PAGE, nonce, i);
	rights(36, 4, PROT_READ);
	gone(44, 2);
	checkpoint(3, p, 64);
	sum = 0;
	for (u64 i = 32; i < 48; i++)
		if (i != 44 && i != 45)
			sum = mix(sum, sum_page(p + i * PAGE));
	out("anonymous", sum);
	return 0;
}

/* Neighbours that are alike become one, others not; a checkpoint after each case. */
static int merge(void)
{
	int fd = pattern_file(12);
	char *p = WINDOW;

	put(0, 4, RW);				/* upwards, downwards, closing a hole */
	put(4, 4, RW);
	checkpoint(0, p, 256);
	put(20, 4, RW);
	put(16, 4, RW);
	checkpoint(1, p, 256);
	put(8, 8, RW);
	checkpoint(2, p, 256);

	put(32, 4, RW);				/* other rights: not one, until the rights are equal */
	put(36, 4, PROT_READ);
	put(40, 4, RW);
	checkpoint(3, p, 256);
	rights(36, 4, RW);
	checkpoint(4, p, 256);
	rights(33, 2, PROT_READ);
	rights(33, 2, RW);
	checkpoint(5, p, 256);

	mmap(p + 64 * PAGE, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0);
	mmap(p + 68 * PAGE, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 4 * PAGE);
	mmap(p + 72 * PAGE, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 4 * PAGE);
	mmap(p + 84 * PAGE, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 4 * PAGE);
	mmap(p + 80 * PAGE, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0);
	checkpoint(6, p, 256);
	u64 sum = 0;

	for (u64 i = 64; i < 76; i++)
		sum = mix(sum, sum_page(p + i * PAGE));
	for (u64 i = 80; i < 88; i++)
		sum = mix(sum, sum_page(p + i * PAGE));
	out("file", sum);
	return 0;
}

/* mmap chooses the place; first of all everything is taken but for some holes, one of them
 * below a stack.  Each request is a checkpoint before and one after. */
static int gap(void)
{
	static const unsigned size[] = { 3, 1, 7, 2, 30, 5, 12, 1, 34, 9, 4, 130, 1, 2, 3, 17, 40, 20, 300 };
	char *big = mmap(NULL, 2048 * PAGE, PROT_NONE, ANON, -1, 0);
	u64 exact = 0;		/* pages of the largest hole above the stack */

	must(big != MAP_FAILED, "mmap of 2048 pages");
	for (u64 all = 1UL << 37; all >= PAGE;)
		if (mmap(NULL, all, PROT_NONE, ANON | MAP_NORESERVE, -1, 0) == MAP_FAILED)
			all /= 2;
	for (u64 i = 0; i < 24; i++) {
		u64 n = 2 + mix(nonce, i) % 38;

		must(munmap(big + (i * 80 + 10) * PAGE, n * PAGE) == 0, "munmap");
		if (i >= 18 && n > exact)
			exact = n;
	}
	must(munmap(big + 1000 * PAGE, 420 * PAGE) == 0, "munmap");
	must(mmap(big + 1418 * PAGE, 2 * PAGE, RW, ANON | MAP_FIXED | MAP_GROWSDOWN, -1, 0) ==
	     big + 1418 * PAGE, "mmap of a stack in a hole");
	checkpoint(0, NULL, exact);
	checkpoint(1, mmap(NULL, exact * PAGE, PROT_READ, ANON, -1, 0), exact);
	for (unsigned i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		checkpoint(0, NULL, size[i]);
		checkpoint(1, mmap(NULL, size[i] * PAGE, PROT_READ, ANON, -1, 0), size[i]);
	}
	return 0;
}

/* What n areas cost.  Each operation is measured, and then seen to have been done; checkpoint r
 * after round r. */
static int cost(u64 n)
{
	u64 done = nonce;
	char *p, *any;

	for (u64 i = 0; i < n; i++)
		put(i, 1, i & 1 ? RW : PROT_READ);
	for (int r = 0; r < 4; r++) {
		u64 at = (n * 3 / 16 + mix(nonce, (u64)r) % (n / 8)) * 2 + 5;	/* far from both ends */

		p = WINDOW + at * PAGE;
		(void)*(volatile char *)(p + PAGE);		/* the table is there */
		*(volatile char *)(WINDOW + (r & 1 ? 2 * r + 1 : (int)n - 2 * r - 1) * PAGE) = 1;
		cost_begin("a fault");				/* far from the one before */
		*(volatile char *)p = 1;
		cost_end();
		cost_begin("mprotect");
		mprotect(p, PAGE, PROT_NONE);
		cost_end();
		done = mix(done, (u64)touch(p, 0));
		cost_begin("munmap");
		munmap(p, PAGE);
		cost_end();
		done = mix(done, mprotect(p, PAGE, RW) < 0);
		cost_begin("mmap at a place");
		mmap(p, PAGE, RW, ANON | MAP_FIXED, -1, 0);
		cost_end();
		done = mix(mix(done, (u64)*p), (u64)touch(p, 1));
		cost_begin("mmap anywhere");
		any = mmap(NULL, (at & 15) * 512 * PAGE + PAGE, PROT_NONE, ANON, -1, 0);
		cost_end();
		done = mix(done, mprotect(any, (at & 15) * 512 * PAGE + PAGE, RW) == 0);
		done = mix(done, (u64)touch(any, 1));
		checkpoint(r, p, 0);
	}
	out("done", done);
	return 0;
}

/* What the search for a hole costs when n holes are too small, and the highest first: but for
 * one, for the first request; then for none.  Each is a checkpoint before and one after. */
static int search(u64 n)
{
	char *comb = mmap(NULL, 2 * n * PAGE, PROT_READ, ANON, -1, 0), *got;
	u64 one = n / 4 + mix(nonce, 0) % (n / 2);

	must(comb != MAP_FAILED, "mmap of the comb");
	for (u64 i = 0; i < n; i++)
		must(munmap(comb + (2 * i + 1) * PAGE, PAGE) == 0, "munmap of every second page");
	must(munmap(comb + 2 * one * PAGE, PAGE) == 0, "munmap between two holes");
	for (u64 size = 2; size < 4; size++) {
		must(munmap(comb + (2 * n - 2) * PAGE, PAGE) == 0, "munmap of the highest page");
		must(mmap(comb + (2 * n - 2) * PAGE, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0) != MAP_FAILED,
		     "mmap of it");
		checkpoint(0, NULL, size);
		cost_begin(size == 2 ? "a search" : "a search below");
		got = mmap(NULL, size * PAGE, PROT_READ, ANON, -1, 0);
		cost_end();
		must(got != MAP_FAILED, "mmap of some pages");
		checkpoint(1, got, size);
	}
	out("below", mix(nonce, (u64)(got < comb)));
	return 0;
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";
	u64 n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	if (strcmp(part, "find") == 0)
		return find();
	if (strcmp(part, "tree") == 0 && n > 1)
		return tree(n);
	if (strcmp(part, "split") == 0)
		return split();
	if (strcmp(part, "merge") == 0)
		return merge();
	if (strcmp(part, "gap") == 0)
		return gap();
	if (strcmp(part, "cost") == 0 && n > 64)
		return cost(n);
	if (strcmp(part, "search") == 0 && n > 64)
		return search(n);
	printf("usage: vmalab find|tree N|split|merge|gap|cost N|search N\n");
	return 2;
}
