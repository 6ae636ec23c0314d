// SPDX-License-Identifier: MIT
/* vmalab_x.c - what the hidden tests of lab vma run. */
#include <errno.h>
#include "labs/include/lab.h"

#define WINDOW	((char *)0x1000000000UL)
#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)

static void *map(char *at, u64 pages, int prot, int flags, int fd, u64 page)
{
	void *p = mmap(at, pages * PAGE, prot, flags | MAP_FIXED, fd, (off_t)(page * PAGE));

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(3);
	}
	return p;
}

/* Random changes in a window of 256 pages; a checkpoint after every eighth. */
static int change(u64 ops)
{
	enum { PAGES = 256 };

	for (u64 i = 0; i < ops; i++) {
		u64 r = mix(nonce, i), page = r % PAGES, n = 1 + (r >> 16) % 24;
		char *at = WINDOW + page * PAGE;
		int prot = (int)(r >> 32) % 4 < 2 ? PROT_READ : RW;

		if (page + n > PAGES)
			n = PAGES - page;
		switch (r >> 40 & 3) {
		case 0:
		case 1:
			map(at, n, prot, ANON, -1, 0);
			break;
		case 2:
			munmap(at, n * PAGE);
			break;
		default:
			mprotect(at, n * PAGE, prot);	/* as far as there is something */
		}
		if (i % 8 == 7)
			checkpoint(0, WINDOW, i + 1);
	}
	return 0;
}

/* checkpoints: 0 parent, 1 child, 2 child after changes, 3 parent again */
static int family(u64 n)
{

	for (u64 i = 0; i < n; i++)
		map(WINDOW + i * (2 + i % 5) * PAGE, 1 + i % 2, i % 3 ? RW : PROT_READ, ANON, -1, 0);
	checkpoint(0, WINDOW, n);
	if (fork() == 0) {
		checkpoint(1, WINDOW, n);
		for (u64 i = 0; i < n; i += 3)
			munmap(WINDOW + i * (2 + i % 5) * PAGE, PAGE);
		mmap(NULL, 64 * PAGE, PROT_READ, ANON, -1, 0);
		checkpoint(2, WINDOW, n);
		_exit(0);
	}
	if (child_status() != 0)
		return 1;
	checkpoint(3, WINDOW, n);
	return 0;
}

/* What must not be one. */
static int rules(void)
{
	int a = open("/tmp/a", O_RDWR | O_CREAT | O_TRUNC, 0600);
	int b = open("/tmp/b", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *p = WINDOW;
	u64 sum = 0;
	static char page[PAGE];

	for (u64 i = 0; i < 8; i++) {
		fill_page(page, nonce, i);
		write(a, page, PAGE);
		fill_page(page, nonce, i + 50);
		write(b, page, PAGE);
	}
	map(p, 4, PROT_READ, MAP_PRIVATE, a, 0);		/* another file */
	map(p + 4 * PAGE, 4, PROT_READ, MAP_PRIVATE, b, 4);
	map(p + 16 * PAGE, 4, PROT_READ, MAP_PRIVATE, a, 0);	/* another kind */
	map(p + 20 * PAGE, 4, PROT_READ, MAP_SHARED, a, 4);
	map(p + 32 * PAGE, 4, RW, ANON, -1, 0);			/* each with pages of its own */
	map(p + 40 * PAGE, 4, RW, ANON, -1, 0);
	p[32 * PAGE] = 1;
	p[40 * PAGE] = 2;
	map(p + 36 * PAGE, 4, RW, ANON, -1, 0);
	checkpoint(0, p, 64);
	for (u64 i = 0; i < 8; i++)
		sum = mix(sum, sum_page(p + i * PAGE));
	for (u64 i = 16; i < 24; i++)
		sum = mix(sum, sum_page(p + i * PAGE));
	out("files", sum);

	/* A file lives as long as one piece of its area does. */
	map(p + 64 * PAGE, 6, PROT_READ, MAP_PRIVATE, b, 0);
	for (u64 i = 1; i < 6; i += 2)
		mprotect(p + (64 + i) * PAGE, PAGE, RW);
	close(b);
	for (u64 i = 0; i < 5; i++)
		munmap(p + (64 + i) * PAGE, PAGE);
	unlink("/tmp/b");
	for (u64 i = 0; i < 40; i++) {		/* others would get what is freed too early */
		int fd = open("/tmp/a", O_RDONLY);

		if (fd < 0)
			break;
		if (i % 4 == 0)
			close(fd);
	}
	out("piece", sum_page(p + 69 * PAGE));
	munmap(p + 69 * PAGE, PAGE);
	checkpoint(1, p, 128);
	return 0;
}

/* As many areas as may be, and one more cut. */
static int limit(void)
{
	enum { MOST = 65536 };
	u64 made = 0, sum = 0;
	char *p = WINDOW;

	map(p, 3, RW, ANON, -1, 0);
	fill_page(p, nonce, 1);
	fill_page(p + 2 * PAGE, nonce, 2);
	while (made < MOST + 8 && mmap(p + (8 + made * 2) * PAGE, PAGE, PROT_NONE, ANON | MAP_FIXED, -1, 0) !=
	       MAP_FAILED)
		made++;
	sum = mix(sum, (u64)(munmap(p + PAGE, PAGE) == 0 ? 0 : errno));
	sum = mix(sum, (u64)(mprotect(p + PAGE, PAGE, PROT_READ) == 0 ? 0 : errno));
	checkpoint(0, p, made);
	munmap(p + 8 * PAGE, PAGE);
	munmap(p + 10 * PAGE, PAGE);
	sum = mix(sum, (u64)(munmap(p + PAGE, PAGE) == 0 ? 0 : errno));
	out("errors", mix(nonce, sum));
	out("pages", mix(sum_page(p), sum_page(p + 2 * PAGE)));
	return 0;
}

/* Holes that the tree knows only in part: checkpoint 0 before, 1 after each request */
static int huge(void)
{
	static const u64 size[] = { 600, 3 * 512, 900, 512 * 512 + 1, 200, 512 * 512 * 2, 40, 512 * 512 * 8,
				    7000, 512 * 512 };
	char *low = (char *)0x2000000000UL;

	/* Between 128 and 160 GiB holes of 100 MiB to 8 GiB, all else below it and above taken. */
	for (u64 gib = 32; gib < 40; gib++)
		map(low + ((gib - 32) << 32) + (gib << 21), 3, PROT_READ, ANON, -1, 0);
	for (unsigned i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		void *got;

		/* The known hole is closed first, so that a search is needed. */
		checkpoint(0, NULL, size[i]);
		got = mmap(NULL, size[i] * PAGE, PROT_READ, ANON | MAP_NORESERVE, -1, 0);
		checkpoint(1, got, size[i]);
		map((char *)got - 2 * PAGE, 1, PROT_NONE, ANON, -1, 0);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";
	u64 n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	if (strcmp(part, "change") == 0)
		return change(n);
	if (strcmp(part, "family") == 0)
		return family(n);
	if (strcmp(part, "rules") == 0)
		return rules();
	if (strcmp(part, "limit") == 0)
		return limit();
	if (strcmp(part, "huge") == 0)
		return huge();
	return 2;
}
