// SPDX-License-Identifier: MIT
/* mmaplab.c - what the tests of lab mmap run; see public.py for what each part shows. */
#include <errno.h>
#include "labs/include/lab.h"
#include "labs/include/touch.h"

#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)
#define WINDOW	((char *)0x1000000000UL)

/* A new file of so many pages, page i filled from seed. */
static int file_of(const char *name, u64 pages, u64 seed)
{
	static char page[PAGE];
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	for (u64 i = 0; i < pages; i++) {
		fill_page(page, seed, i);
		if (write(fd, page, PAGE) != (ssize_t)PAGE) {
			perror(name);
			exit(3);
		}
	}
	return fd;
}

static char *map(u64 pages, int prot, int flags, int fd, u64 page)
{
	char *p = mmap(NULL, pages * PAGE, prot, flags, fd, (off_t)(page * PAGE));

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(3);
	}
	return p;
}

static char *map_at(u64 page, u64 pages, int prot, int flags, int fd, u64 first)
{
	char *at = WINDOW + page * PAGE;

	if (mmap(at, pages * PAGE, prot, flags | MAP_FIXED, fd, (off_t)(first * PAGE)) != at) {
		perror("mmap at a place");
		exit(3);
	}
	return at;
}

static u64 sum_pages(const char *p, u64 n)
{
	u64 sum = 0;

	for (u64 i = 0; i < n; i++)
		sum = mix(sum, sum_page(p + i * PAGE));
	return sum;
}

/* The file's pages through read(). */
static u64 sum_file(int fd, u64 first, u64 n)
{
	static char page[PAGE];
	u64 sum = 0;

	for (u64 i = first; i < first + n; i++) {
		if (pread(fd, page, PAGE, (off_t)(i * PAGE)) != (ssize_t)PAGE) {
			perror("pread");
			exit(3);
		}
		sum = mix(sum, sum_page(page));
	}
	return sum;
}

/* exec's own mappings: data that is written, again in a child and in a program started anew. */
static u64 table[1024] = { 1, 2, 3, [1000] = 4 };

static int program(char **argv)
{
	u64 sum = table[0] + table[1] * 8 + table[2] * 64 + table[1000] * 512;
	int status;

	for (u64 i = 0; i < 1024; i++)
		table[i] = mix(nonce, i);
	if (fork() == 0) {
		table[5] = 0;
		if (argv[2] == NULL) {
			char *again[] = { argv[0], argv[1], "again", NULL };

			execv("/bin/mmaplab", again);
		}
		_exit(table[5] != 0 || table[6] != mix(nonce, 6));
	}
	status = child_status();
	if (argv[2] != NULL)
		return status != 0 || sum != 1 + 16 + 192 + 2048;
	for (u64 i = 0; i < 1024; i++)
		sum = mix(sum, table[i]);
	out("sum", sum);
	return status;
}

/* A call that is to fail: its errno, or 0, goes into sum.  Under the name it is for people. */
#define RESULT(name, call) do { \
	u64 e_ = (errno = 0, (u64)(call) == (u64)-1) ? (u64)errno : 0; \
	out(name, e_); \
	sum = mix(sum, e_); \
} while (0)

/* checkpoints: 0 a mapping of 64 pages, 1 after pages 3 and 7 were written, 2 with another below
 * it */
static int make(void)
{
	char *p = map(64, RW, ANON, -1, 0), *q;
	u64 sum = 0;

	checkpoint(0, p, 64);
	fill_page(p + 3 * PAGE, nonce, 3);
	fill_page(p + 7 * PAGE, nonce, 7);
	checkpoint(1, p, 64);
	q = map(16, RW, ANON, -1, 0);
	checkpoint(2, q, (u64)(p - q) / PAGE);
	out("sum", mix(sum_page(p + 3 * PAGE), sum_page(p + 7 * PAGE)));

	q = mmap(WINDOW, PAGE, PROT_READ, ANON, -1, 0);		/* a wish */
	out("hint", mix(nonce, (u64)(q == WINDOW)));
	q = mmap(WINDOW, PAGE, PROT_READ, ANON, -1, 0);		/* cannot be had */
	out("taken", mix(nonce, (u64)(q != MAP_FAILED && q != WINDOW)));
	RESULT("mmap of no length", mmap(NULL, 0, PROT_READ, ANON, -1, 0));
	RESULT("mmap with MAP_FIXED at an odd address", mmap(WINDOW + 5, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0));
	RESULT("mmap neither shared nor private", mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0));
	RESULT("mmap of 256 GiB", mmap(NULL, 1UL << 38, PROT_READ, ANON, -1, 0));
	RESULT("shared, writable mmap of a file that is open for reading",
	       mmap(NULL, PAGE, RW, MAP_SHARED, open("/README", O_RDONLY), 0));
	out("errors", mix(nonce, sum));
	return 0;
}

/* checkpoint: 0 one page in the middle of 64 replaced */
static int fixed(void)
{
	char *p = map(64, RW, ANON, -1, 0), *at = p + 7 * PAGE;
	u64 sum = 0;

	fill_page(p + 3 * PAGE, nonce, 3);
	fill_page(at, nonce, 7);
	if (mmap(at, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0) != at) {
		perror("mmap with MAP_FIXED over a mapping");
		exit(3);
	}
	checkpoint(0, p, 64);
	out("sum", mix(sum_page(p + 3 * PAGE), sum_page(at)));
	RESULT("mmap with MAP_FIXED_NOREPLACE over a mapping",
	       mmap(at, PAGE, PROT_READ, ANON | MAP_FIXED_NOREPLACE, -1, 0));
	out("errors", mix(nonce, sum));
	return 0;
}

/* checkpoints: 0 an area of 32 pages and one of 8 behind a hole, all written; 1 the front of it
 * gone, 2 the back, 3 the middle, 4 over everything */
static int unmap(void)
{
	char *p = map_at(0, 32, RW, ANON, -1, 0);
	u64 signals = 0, sum = 0;

	map_at(40, 8, RW, ANON, -1, 0);
	for (u64 i = 0; i < 48; i++)
		if (i < 32 || i >= 40)
			fill_page(p + i * PAGE, nonce, i);
	checkpoint(0, p, 64);
	munmap(p, 4 * PAGE);
	checkpoint(1, p, 64);
	munmap(p + 28 * PAGE, 4 * PAGE - 1);
	checkpoint(2, p, 64);
	munmap(p + 10 * PAGE, 3 * PAGE);
	checkpoint(3, p, 64);
	signals = mix(signals, (u64)touch(p + 3 * PAGE, 0));
	signals = mix(signals, (u64)touch(p + 28 * PAGE, 1));
	signals = mix(signals, (u64)touch(p + 10 * PAGE, 1));
	signals = mix(signals, (u64)touch(p + 12 * PAGE, 0));
	out("signals", mix(nonce, signals));
	out("kept", mix(mix(sum_pages(p + 4 * PAGE, 6), sum_pages(p + 13 * PAGE, 15)),
			sum_pages(p + 40 * PAGE, 8)));
	map_at(3, 1, RW, ANON, -1, 0);
	out("fresh", mix(nonce, sum_page(p + 3 * PAGE) == sum_page(map(1, RW, ANON, -1, 0))));
	munmap(p, 44 * PAGE);
	checkpoint(4, p, 64);
	out("rest", sum_pages(p + 44 * PAGE, 4));
	RESULT("munmap of an odd address", munmap(p + 1, PAGE));
	RESULT("munmap of no length", munmap(p, 0));
	RESULT("munmap of a hole", munmap(p, PAGE));
	out("errors", mix(nonce, sum));
	return 0;
}

/* A file of 24 pages, mapped privately twice.  checkpoints: 0 nothing touched, 1 page 5 of the
 * first read, 2 of the second too, 3 pages 5 and 22 of the first written to, 22 without a read before;
 * 4 the second again */
static int private(void)
{
	int fd = file_of("/private", 24, nonce);
	char *p = map(24, RW, MAP_PRIVATE, fd, 0), *q = map(16, RW, MAP_PRIVATE, fd, 4);
	char *r = map(24, RW, MAP_PRIVATE, fd, 0);
	u64 sum;

	checkpoint(0, p, 24);
	out("read", sum_page(p + 5 * PAGE));
	checkpoint(1, p, 24);
	out("other", sum_page(q + PAGE));
	checkpoint(2, q, 16);
	fill_page(p + 5 * PAGE, nonce, 105);
	fill_page(p + 22 * PAGE, nonce, 122);
	checkpoint(3, p, 24);
	checkpoint(4, q, 16);
	sum = sum_pages(p, 24);
	out("mine", sum);
	out("theirs", sum_pages(q, 16));
	out("file", sum_file(fd, 0, 24));
	close(fd);
	unlink("/private");		/* the mappings keep the file */
	munmap(p, 12 * PAGE);
	out("later", mix(sum_pages(p + 12 * PAGE, 12), sum_pages(q, 16)));
	munmap(r, 10 * PAGE);		/* the front of what nobody has touched */
	out("behind", sum_pages(r + 10 * PAGE, 14));
	return 0;
}

/* A file shared with a child.  checkpoints: 0 the parent has read, 1 the child has, 2 the child
 * has written to page 2 and (untouched) page 6, 3 the parent again */
static int shared(void)
{
	int fd = file_of("/shared", 16, nonce);
	char *p = map(16, RW, MAP_SHARED, fd, 0), *z = map(4, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	fsync(fd);
	out("before", sum_pages(p, 4));
	checkpoint(0, p, 16);
	if (fork() == 0) {
		char *q = map(16, RW, MAP_SHARED, fd, 0);

		(void)*(volatile char *)(q + 2 * PAGE);
		checkpoint(1, q, 16);
		fill_page(q + 2 * PAGE, nonce, 202);
		fill_page(q + 6 * PAGE, nonce, 206);
		checkpoint(2, q, 16);
		fill_page(z + PAGE, nonce, 300);
		_exit(0);
	}
	if (child_status() != 0)
		return 1;
	checkpoint(3, p, 16);
	out("mapped", sum_pages(p, 16));
	out("file", sum_file(fd, 0, 16));
	out("anonymous", mix(sum_page(z), sum_page(z + PAGE)));
	fill_page(p + 3 * PAGE, nonce, 203);		/* was read before */
	out("again", sum_file(fd, 3, 1));
	u64 word = mix(nonce, 7);

	pwrite(fd, &word, 8, 9 * PAGE + 512);		/* and the other way */
	out("written", *(u64 *)(p + 9 * PAGE + 512));
	return 0;
}

/* What msync has returned for is on the disk, and nothing else.  checkpoint 0: page i of a holds
 * 400 + i, of b 500 + i, of p (private) 600, of d (mapped elsewhere) 700 + i, of e (not mapped) 800 + i */
static int sync_part(void)
{
	int a = file_of("/a", 8, nonce), b = file_of("/b", 8, nonce + 50), c = file_of("/c", 2, nonce + 90);
	int d = file_of("/d", 2, nonce + 110), e = file_of("/e", 2, nonce + 130);
	char *p = map_at(0, 8, RW, MAP_SHARED, a, 0);
	static char page[PAGE];
	u64 sum = 0;

	map_at(8, 4, RW, MAP_SHARED, b, 4);
	map_at(16, 2, RW, MAP_PRIVATE, c, 0);
	map_at(24, 2, RW, MAP_SHARED, d, 0);
	fsync(a);
	fsync(b);
	fsync(c);
	fsync(d);
	fsync(e);
	for (u64 i = 4; i < 8; i++)
		fill_page(p + i * PAGE, nonce, 400 + i);
	for (u64 i = 8; i < 12; i++)
		fill_page(p + i * PAGE, nonce, 500 + i - 4);
	fill_page(p + 16 * PAGE, nonce, 600);
	for (u64 i = 0; i < 2; i++) {
		fill_page(p + (24 + i) * PAGE, nonce, 700 + i);
		fill_page(page, nonce, 800 + i);
		if (pwrite(e, page, PAGE, (off_t)(i * PAGE)) != (ssize_t)PAGE)
			return 1;
	}
	out("msync", mix(nonce, (u64)msync(p + 4 * PAGE, 8 * PAGE, MS_SYNC)));
	out("private", mix(nonce, (u64)msync(p + 16 * PAGE, 2 * PAGE, MS_SYNC)));
	checkpoint(0, p, 0);
	RESULT("msync of a range with a hole", msync(p + 8 * PAGE, 12 * PAGE, MS_SYNC));
	RESULT("msync with MS_SYNC and MS_ASYNC", msync(p, PAGE, MS_SYNC | MS_ASYNC));
	RESULT("msync of an odd address", msync(p + 3, PAGE, MS_SYNC));
	RESULT("msync with MS_ASYNC", msync(p, PAGE, MS_ASYNC));
	out("errors", mix(nonce, sum));
	return 0;
}

/* A file that ends within the mapping's second page; then it becomes shorter. */
static int end(void)
{
	int fd = file_of("/end", 4, nonce);
	char *p = map(8, RW, MAP_SHARED, fd, 0), *q = map(8, RW, MAP_PRIVATE, fd, 0);
	u64 signals = 0;

	ftruncate(fd, (off_t)(PAGE + 2000));
	out("tail", mix(*(u64 *)(p + PAGE + 512), *(u64 *)(p + PAGE + 2048)));
	signals = mix(signals, (u64)touch(p + 2 * PAGE, 0));
	signals = mix(signals, (u64)touch(p + 2 * PAGE, 1));
	signals = mix(signals, (u64)touch(q + 5 * PAGE, 1));
	signals = mix(signals, (u64)touch(q + PAGE, 1));
	ftruncate(fd, (off_t)(6 * PAGE));
	signals = mix(signals, (u64)touch(p + 5 * PAGE, 1));
	signals = mix(signals, (u64)touch(p + 6 * PAGE, 0));
	out("signals", mix(nonce, signals));
	out("zero", mix(nonce, *(u64 *)(p + 3 * PAGE + 512)));
	return 0;
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";

	if (strcmp(part, "program") == 0)
		return program(argv);
	if (strcmp(part, "make") == 0)
		return make();
	if (strcmp(part, "fixed") == 0)
		return fixed();
	if (strcmp(part, "unmap") == 0)
		return unmap();
	if (strcmp(part, "private") == 0)
		return private();
	if (strcmp(part, "shared") == 0)
		return shared();
	if (strcmp(part, "sync") == 0)
		return sync_part();
	if (strcmp(part, "end") == 0)
		return end();
	printf("usage: mmaplab program|make|fixed|unmap|private|shared|sync|end\n");
	return 2;
}
