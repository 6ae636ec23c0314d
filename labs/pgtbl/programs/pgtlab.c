// SPDX-License-Identifier: MIT
/* pgtlab.c - what the tests of lab pgtbl run; see public.py for what each part shows. */
#include "labs/include/lab.h"
#include <setjmp.h>
#include <signal.h>
#include <thread.h>

#define RW	(PROT_READ | PROT_WRITE)
#define TABLE	(512 * PAGE)		/* what a leaf table maps: 2 MiB */
#define GIB	(512 * TABLE)
#define MIB_PAGES	256UL

/* Anonymous memory at an address of our choice. */
static char *map_at(u64 addr, u64 pages)
{
	char *p = mmap((void *)addr, pages * PAGE, RW,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);

	if (p != (char *)addr) {
		perror("mmap");
		exit(3);
	}
	return p;
}

/* --- does a touch fault? --- */

static jmp_buf back;

static void caught(int sig)
{
	longjmp(back, sig);
}

static int try_it(volatile char *p, int write)
{
	struct sigaction sa;
	int sig;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = caught;
	sa.sa_flags = SA_NODEFER;
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	sig = setjmp(back);
	if (sig == 0) {
		if (write)
			*p = *p;
		else
			(void)*p;
	}
	return sig;
}

/* --- the parts --- */

/* 32 pages all over the address space, some with a neighbour in every table. */
static u64 scattered[32];

static int pages(void)
{
	u64 sum = 0;

	for (int i = 0; i < 32; i++) {
		/* 1 GiB .. 192 GiB, another GiB each time but for every fourth page */
		u64 at = GIB * (1 + mix(nonce, i) % 5 + 6UL * i) + mix(nonce, i + 100) % GIB / PAGE * PAGE;

		if (i % 4 == 3)
			at = scattered[i - 1] ^ (i % 8 == 3 ? PAGE : TABLE);
		scattered[i] = at;
		fill_page(map_at(at, 1), nonce, i);
	}
	checkpoint(0, scattered, 32);
	for (int i = 0; i < 32; i++)
		sum = mix(sum, sum_page((char *)scattered[i]));
	out("sum", sum);
	return 0;
}

/* Looking at 2048 pages that are there, high up; then at the first touch of 1024 more. */
static int walks(void)
{
	static unsigned char seen[2048];
	u64 resident = 0;
	char *p = map_at(200 * GIB + 300 * TABLE + 300 * PAGE, 2048), *q;

	for (int i = 0; i < 2048; i++)
		p[i * PAGE] = 1;
	q = map_at(220 * GIB + 300 * TABLE, 1024);
	q[0] = q[512 * PAGE] = 1;
	mincore(p, 2048 * PAGE, seen);
	cost_begin("mincore");
	mincore(p, 2048 * PAGE, seen);
	cost_end();
	cost_begin("touch");
	for (int i = 1; i < 1024; i++)
		(void)*(volatile char *)(q + i * PAGE);
	cost_end();
	for (int i = 0; i < 2048; i++)
		resident += seen[i] & 1;
	out("resident", mix(nonce, resident));
	return 0;
}

/* What smaps finds by pt_next in the area that begins at p, in KiB. */
static u64 found_at(const char *p)
{
	static char text[16384], word[32];
	int fd = open("/proc/self/smaps", O_RDONLY);
	u64 n = 0, got;
	char *at;

	while (n < sizeof(text) - 1 && (got = (u64)read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += got;
	text[n] = '\0';
	close(fd);
	snprintf(word, sizeof(word), "%lx-", (u64)p);
	at = strstr(text, word);
	at = at == NULL ? NULL : strstr(at, "Rss:");
	return at == NULL ? 0 : strtoul(at + 4, NULL, 10);
}

/* Three pages in 256 MiB; then the range goes. */
static int sparse(void)
{
	u64 pages = 256 * MIB_PAGES;
	char *p = map_at(64 * GIB, pages);
	char *page[] = { p, p + 77 * TABLE, p + (pages - 1) * PAGE };
	u64 done = 0;

	*page[0] = *page[1] = *page[2] = 1;
	out("found", mix(nonce, found_at(p)));
	cost_begin("mprotect");
	mprotect(p, pages * PAGE, PROT_READ);
	cost_end();
	for (int i = 0; i < 3; i++)
		done = done << 2 | (try_it(page[i], 0) == 0) << 1 | (try_it(page[i], 1) == SIGSEGV);
	out("protected", mix(nonce, done));
	cost_begin("munmap");
	munmap(p, pages * PAGE);
	cost_end();
	return 0;
}

/* checkpoints 0 with all, 1 without the middle, 2 without any */
static int unmap(void)
{
	char *p = map_at(40 * GIB + 509 * PAGE, 40);
	static char was[40];

	for (int i = 0; i < 40; i++)
		fill_page(p + i * PAGE, nonce, i);
	for (int i = 0; i < 40; i++)
		was[i] = p[i * PAGE];
	checkpoint(0, p, 40);
	munmap(p + 10 * PAGE, 20 * PAGE);
	checkpoint(1, p, 40);
	out("before", sum_page(p + 9 * PAGE));
	out("behind", sum_page(p + 30 * PAGE));
	munmap(p, 40 * PAGE);
	checkpoint(2, p, 40);
	return was[0] & 0;
}

/* Which of 64 pages fault, a bit each, after the first n of them from the fifth on have gone
 * or lost W; for 1, 2, 3, 4, 9, 19 and 39. */
static void look_for_stale(const char *name, int protect)
{
	char *p = map_at(50 * GIB, 64), what[32];

	for (u64 n = 1; n <= 40; n = n < 4 ? n + 1 : n * 2 + 1) {
		u64 faults = 0;

		map_at((u64)p, 64);
		for (u64 i = 0; i < 64; i++)
			p[i * PAGE] = 1;
		if (protect)
			mprotect(p + 5 * PAGE, n * PAGE, PROT_READ);
		else
			munmap(p + 5 * PAGE, n * PAGE);
		for (u64 i = 0; i < 64; i++)
			faults |= (u64)(try_it(p + i * PAGE, protect || (i & 1)) != 0) << i;
		snprintf(what, sizeof(what), "%s%lu", name, n);
		out(what, faults ^ mix(nonce, n));
	}
}

static int stale(void)
{
	look_for_stale("unmapped", 0);
	look_for_stale("protected", 1);
	return 0;
}

/* 16 MiB come and go, again and again; then 63 pages, less than are let go at once. */
static u64 come_and_go(u64 at, u64 pages, u64 seed)
{
	char *p = map_at(at, pages);
	u64 sum = 0;

	for (u64 i = 0; i < pages; i++)
		*(u64 *)(p + i * PAGE) = mix(seed, i);
	for (u64 i = 0; i < pages; i += 9)
		sum = mix(sum, *(u64 *)(p + i * PAGE));
	munmap(p, pages * PAGE);
	return sum;
}

static int again(void)
{
	u64 sum = 0;

	for (u64 k = 0; k < 20; k++)
		sum = mix(sum, come_and_go((10 + k % 7) * GIB + k * TABLE, 16 * MIB_PAGES, nonce + k));
	out("large", sum);
	for (u64 k = 0; k < 300; k++)
		sum = mix(sum, come_and_go((10 + k % 7) * GIB + k * TABLE, 63, nonce + k));
	out("small", sum);
	return 0;
}

/* checkpoints 0 and 1 around the end of two mappings that share no table, 2 and 3 around
 * the end of one that shares its upper table with another */
static int tables(void)
{
	char *a = map_at(70 * GIB + 5 * TABLE, 1536), *b = map_at(71 * GIB + 9 * TABLE, 512);

	for (int i = 512; i < 1536; i += 3)	/* no table for the first 512 */
		a[i * PAGE] = 1;
	b[511 * PAGE] = 1;
	checkpoint(0, a, (long)b);
	munmap(a, 1024 * PAGE);
	checkpoint(1, a, (long)b);
	munmap(a + 1024 * PAGE, 512 * PAGE);
	checkpoint(2, a, (long)b);
	out("still", b[511 * PAGE]);
	munmap(b, 512 * PAGE);
	checkpoint(3, a, (long)b);
	return 0;
}

/* checkpoint n after the n-th change of rights of 8 pages, of which 6 were touched */
static const int rights[] = { RW, PROT_READ, PROT_READ | PROT_EXEC, PROT_NONE, RW, PROT_READ };

static int protect(void)
{
	char *p = map_at(80 * GIB + 510 * PAGE, 8);
	u64 sum = 0;

	for (int i = 0; i < 6; i++)
		fill_page(p + i * PAGE, nonce, i);
	(void)*(volatile char *)(p + 6 * PAGE);		/* the zero frame */
	for (int n = 0; n < (int)(sizeof(rights) / sizeof(rights[0])); n++) {
		mprotect(p + PAGE, 6 * PAGE, rights[n]);
		checkpoint(n, p, 8);
	}
	for (int i = 0; i < 6; i++)
		sum = mix(sum, sum_page(p + i * PAGE));
	out("sum", sum);
	return 0;
}

/* Our own table as the kernel prints it, then a look at it from outside. */
static char text[32768];

static int print(void)
{
	size_t have = 0;
	ssize_t n;
	int fd;

	pages();
	fd = open("/proc/self/pagetable", O_RDONLY);
	text[0] = text[sizeof(text) - 1] = 1;
	memset(text, 0, sizeof(text));
	while ((n = read(fd, text + have, sizeof(text) - have)) > 0)
		have += n;
	close(fd);
	fd = open("/proc/self/pagetable", O_RDONLY);	/* now that text itself is mapped */
	for (have = 0; (n = read(fd, text + have, sizeof(text) - have)) > 0;)
		have += n;
	checkpoint(1, text, have);
	return 0;
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";

	if (strcmp(part, "pages") == 0)
		return pages();
	if (strcmp(part, "walks") == 0)
		return walks();
	if (strcmp(part, "sparse") == 0)
		return sparse();
	if (strcmp(part, "unmap") == 0)
		return unmap();
	if (strcmp(part, "stale") == 0)
		return stale();
	if (strcmp(part, "again") == 0)
		return again();
	if (strcmp(part, "tables") == 0)
		return tables();
	if (strcmp(part, "protect") == 0)
		return protect();
	if (strcmp(part, "print") == 0)
		return print();
	printf("usage: pgtlab pages|walks|sparse|unmap|stale|again|tables|protect|print\n");
	return 2;
}
