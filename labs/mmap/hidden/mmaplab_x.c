// SPDX-License-Identifier: MIT
/* mmaplab_x.c - what the hidden tests of lab mmap run. */
#include <errno.h>
#include "labs/include/lab.h"

#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)
#define MIB	(1024UL * 1024)

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

static char *map(u64 pages, int prot, int flags, int fd)
{
	char *p = mmap(NULL, pages * PAGE, prot, flags, fd, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(3);
	}
	return p;
}

#define WINDOW	0x1000000000UL

/* A file of 64 pages, mapped at places that do not begin nor end at 64 KiB.  checkpoints: 0 pages
 * 0, 20 and 44 read, 1 another mapping written to, 2 private writes too, 3 all but a part gone */
static int counted(void)
{
	int fd = file_of("/counted", 64, nonce);
	char *p = mmap((char *)WINDOW + 5 * PAGE, 45 * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	char *q = mmap((char *)WINDOW + 128 * PAGE, 48 * PAGE, RW, MAP_SHARED | MAP_FIXED, fd, 0);
	char *r = mmap((char *)WINDOW + 256 * PAGE, 48 * PAGE, RW, MAP_PRIVATE | MAP_FIXED, fd, 0);

	if (p == MAP_FAILED || q == MAP_FAILED || r == MAP_FAILED)
		return 1;
	(void)*(volatile char *)(p + 20 * PAGE);
	(void)*(volatile char *)p;
	(void)*(volatile char *)(p + 44 * PAGE);
	checkpoint(0, p, 45);
	q[3 * PAGE] = 1;
	(void)*(volatile char *)(q + 4 * PAGE);		/* finds page 3 mapped */
	(void)*(volatile char *)(q + 21 * PAGE);
	q[21 * PAGE] = 1;
	checkpoint(1, q, 48);
	r[22 * PAGE] = 1;
	(void)*(volatile char *)(r + 23 * PAGE);
	r[24 * PAGE] = 1;
	madvise(r, 48 * PAGE, MADV_RANDOM);
	(void)*(volatile char *)(r + 40 * PAGE);
	checkpoint(2, r, 48);
	munmap(p, 24 * PAGE);
	munmap(q, 48 * PAGE);
	munmap(r, 48 * PAGE);
	checkpoint(3, p, 45);
	return 0;
}

static int cost(void)
{
	enum { N = 512 };
	int fd = file_of("/cost", N, nonce);
	char *p;
	u64 sum = 0;

	munmap(map(1, RW, ANON, -1), PAGE);
	cost_begin("mmap of 16 GiB");
	p = mmap(NULL, 16UL << 30, RW, ANON | MAP_NORESERVE, -1, 0);
	cost_end();
	p[5UL << 30] = 1;
	p[9UL << 30] = 1;
	cost_begin("munmap of 16 GiB, two pages touched");
	munmap(p, 16UL << 30);
	cost_end();
	cost_begin("mmap of a file");
	p = mmap(NULL, N * PAGE, RW, MAP_SHARED, fd, 0);
	cost_end();
	cost_begin("512 pages read in order");
	for (u64 i = 0; i < N; i++)
		sum += *(volatile u64 *)(p + i * PAGE);
	cost_end();
	cost_begin("munmap of 512 pages");
	munmap(p, N * PAGE);
	cost_end();
	out("sum", sum);
	return 0;
}

/* What is written again after it has been written back.  checkpoints 0 to 2 */
static int again(void)
{
	int fd = file_of("/again", 4, nonce);
	char *p = map(4, RW, MAP_SHARED, fd);

	fsync(fd);
	fill_page(p, nonce, 100);
	msync(p, 4 * PAGE, MS_SYNC);
	checkpoint(0, p, 4);
	fill_page(p, nonce, 200);
	(void)*(volatile char *)(p + PAGE);
	fill_page(p + PAGE, nonce, 201);
	msync(p, 4 * PAGE, MS_SYNC);
	checkpoint(1, p, 4);
	fill_page(p, nonce, 300);
	fill_page(p + PAGE, nonce, 301);
	munmap(p, 4 * PAGE);
	fsync(fd);
	checkpoint(2, p, 4);
	return 0;
}

/* Files that nobody has any more give their blocks back; promises too. */
static int leak(void)
{
	u64 rounds = 0, refused = 0;
	char *q = map(2 * 256, PROT_NONE, ANON, -1);
	int fd = open("/proc/sys/vm/overcommit_memory", O_WRONLY);

	for (u64 i = 0; i < 12; i++) {
		int f = open("/leak", O_RDWR | O_CREAT | O_TRUNC, 0600);
		char *p;

		if (ftruncate(f, 12 * MIB) != 0)
			return 1;
		p = map(12 * 256, RW, MAP_SHARED, f);
		for (u64 k = 0; k < 12 * 256; k++)
			*(u64 *)(p + k * PAGE) = mix(nonce, k);
		(void)*(volatile char *)(map(4, RW, MAP_PRIVATE, f) + PAGE);
		if (mmap(NULL, 4 * PAGE, RW, MAP_SHARED | MAP_FIXED_NOREPLACE, f, 5) == MAP_FAILED &&
		    mmap(p, 4 * PAGE, RW, MAP_SHARED | MAP_FIXED_NOREPLACE, f, 0) == MAP_FAILED)
			refused++;
		unlink("/leak");
		close(f);
		munmap(p - 4 * PAGE, 12 * MIB + 4 * PAGE);
		rounds++;
	}
	out("files", mix(nonce, mix(rounds, refused)));
	if (fd < 0 || write(fd, "2", 1) != 1)
		return 1;
	for (rounds = 0; rounds < 40; rounds++) {
		char *p = mmap(NULL, 8 * MIB, RW, ANON, -1, 0);

		if (p == MAP_FAILED)
			break;
		if (rounds % 3 == 0)
			p[MIB] = 1;
		munmap(p + MIB, MIB);
		munmap(p, 8 * MIB);
		if (mmap(q, 2 * MIB, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) != MAP_FAILED)
			break;
	}
	out("promises", mix(nonce, rounds));
	return 0;
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";

	if (strcmp(part, "counted") == 0)
		return counted();
	if (strcmp(part, "cost") == 0)
		return cost();
	if (strcmp(part, "again") == 0)
		return again();
	if (strcmp(part, "leak") == 0)
		return leak();
	return 2;
}
