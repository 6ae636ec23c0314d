// SPDX-License-Identifier: MIT
/* mmaplab_x.c - what the hidden tests of lab mmap run. */
#include <errno.h>
#include <sys/resource.h>
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

/* What is promised.  checkpoints: 0 at first, 1 with 3 MiB of private memory, 2 with 2 MiB of shared memory
 * too, 3 with what promises nothing, 4 with 4 pages of a file of our own, 5 without any */
static int promised(void)
{
	int fd = file_of("/promised", 8, nonce);
	char *part[5];

	checkpoint(0, NULL, 0);
	part[0] = map(3 * 256, RW, ANON, -1);
	checkpoint(1, part[0], 0);
	part[1] = map(2 * 256, RW, MAP_SHARED | MAP_ANONYMOUS, -1);
	checkpoint(2, part[1], 0);
	part[2] = map(256, PROT_READ, ANON, -1);
	part[3] = map(8, RW, MAP_SHARED, fd);
	munmap(map(8, RW, ANON | MAP_NORESERVE, -1), 8 * PAGE);
	checkpoint(3, part[2], 0);
	part[4] = map(4, RW, MAP_PRIVATE, fd);
	checkpoint(4, part[4], 0);
	munmap(part[0], 3 * MIB);
	munmap(part[1], 2 * MIB);
	munmap(part[2], MIB);
	munmap(part[3], 8 * PAGE);
	munmap(part[4], 4 * PAGE);
	checkpoint(5, NULL, 0);
	return 0;
}

/* errno of a mapping that is not to be; 0 if it is, and it goes again */
static u64 refused(u64 pages, int prot, int flags)
{
	char *p = mmap(NULL, pages * PAGE, prot, flags, -1, 0);

	if (p == MAP_FAILED)
		return (u64)errno;
	munmap(p, pages * PAGE);
	return 0;
}

/* Mappings of a MiB each until there are no more; then they go. */
static u64 all_there_is(void)
{
	static char *p[64];
	u64 n = 0, had;

	while (n < 64 && (p[n] = mmap(NULL, MIB, RW, ANON, -1, 0)) != MAP_FAILED)
		n++;
	had = n;
	while (n > 0)
		munmap(p[--n], MIB);
	return had;
}

/* The limits of a process, then those of the machine under strict accounting. */
static int strict(void)
{
	struct rlimit lim = { 6 * MIB, RLIM_INFINITY };
	int fd = open("/proc/sys/vm/overcommit_memory", O_WRONLY);
	u64 sum = 0, first, second;

	setrlimit(RLIMIT_AS, &lim);
	sum = mix(sum, refused(7 * 256, PROT_NONE, ANON));
	sum = mix(sum, refused(7 * 256, RW, MAP_SHARED | MAP_ANONYMOUS));
	sum = mix(sum, refused(256, RW, ANON));
	lim.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_AS, &lim);
	lim.rlim_cur = 2 * MIB;
	setrlimit(RLIMIT_DATA, &lim);
	sum = mix(sum, refused(3 * 256, RW, ANON));
	sum = mix(sum, refused(3 * 256, PROT_READ, ANON));
	lim.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_DATA, &lim);
	out("limits", mix(nonce, sum));

	if (fd < 0 || write(fd, "2", 1) != 1)
		return 1;
	sum = 0;
	sum = mix(sum, refused(40 * 256, RW, ANON));
	sum = mix(sum, refused(40 * 256, RW, ANON | MAP_NORESERVE));
	sum = mix(sum, refused(40 * 256, RW, MAP_SHARED | MAP_ANONYMOUS));
	sum = mix(sum, refused(40 * 256, PROT_READ, ANON));
	out("strict", mix(nonce, sum));
	first = all_there_is();
	second = all_there_is();
	out("by the MiB", mix(nonce, first) ^ mix(nonce, second) ^ first);
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
	if (strcmp(part, "promised") == 0)
		return promised();
	if (strcmp(part, "strict") == 0)
		return strict();
	if (strcmp(part, "leak") == 0)
		return leak();
	return 2;
}
