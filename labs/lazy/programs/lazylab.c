// SPDX-License-Identifier: MIT
/* lazylab.c - what the tests of lab lazy run; see public.py for what each part shows. */
#include <errno.h>
#include "labs/include/lab.h"
#include "labs/include/touch.h"

#define MIB (1024UL * 1024)

static char *heap(u64 pages)
{
	char *p = sbrk((intptr_t)(pages * PAGE));

	if (p == (char *)-1) {
		perror("sbrk");
		exit(3);
	}
	return p;
}

/* The heap from a page's edge on, whatever the library has taken before. */
static void align_heap(void)
{
	u64 now = (u64)sbrk(0);

	sbrk((intptr_t)(-now & (PAGE - 1)));
}

static u64 sum_bytes(const char *p, u64 n)
{
	u64 sum = 0;

	for (u64 i = 0; i < n; i++)
		sum = mix(sum, (unsigned char)p[i]);
	return sum;
}

static void fill_bytes(char *p, u64 n, u64 seed)
{
	for (u64 i = 0; i < n; i++)
		p[i] = (char)mix(seed, i);
}

/* The heap keeps what is written to it, byte by byte and page by page. */
static int holds(void)
{
	enum { N = 48 };
	char *p = heap(N), *q;
	u64 sum = 0;

	for (u64 i = 0; i < N; i++)
		fill_page(p + i * PAGE, nonce, i);
	q = sbrk(5000);
	fill_bytes(q, 5000, nonce);
	for (u64 i = 0; i < N; i++)
		sum = mix(sum, sum_page(p + i * PAGE));
	out("pages", sum);
	out("bytes", sum_bytes(q, 5000));
	return 0;
}

/* checkpoints: 0 nothing touched, 1 pages 5 and 9 read, 2 pages 5 and 7 written */
static int look(const char *where)
{
	enum { N = 64 };
	char *p;
	u64 read = 0;

	align_heap();
	p = strcmp(where, "heap") == 0 ? heap(N) : anon(N);
	checkpoint(0, p, N);
	read += *(volatile u64 *)(p + 5 * PAGE);
	read += *(volatile u64 *)(p + 9 * PAGE + 800);
	checkpoint(1, p, N);
	fill_page(p + 7 * PAGE, nonce, 7);
	fill_page(p + 5 * PAGE, nonce, 5);
	checkpoint(2, p, N);
	out("read", mix(nonce, read));
	out("sum", mix(sum_page(p + 5 * PAGE), sum_page(p + 7 * PAGE)));
	out("rest", mix(nonce, sum_bytes(p + 9 * PAGE, PAGE)));
	return 0;
}

/* checkpoints: 0 all written, 1 after sbrk down by the upper half, 2 after sbrk up again */
static int down(void)
{
	enum { N = 64 };
	char *p;
	u64 sum = 0;

	align_heap();
	p = heap(N);
	for (u64 i = 0; i < N; i++)
		fill_page(p + i * PAGE, nonce, i);
	checkpoint(0, p, N);
	out("was", (u64)sbrk(-(intptr_t)(N / 2 * PAGE)) - (u64)p);
	checkpoint(1, p, N);
	out("signal", mix(nonce, (u64)touch(p + 40 * PAGE, 0)));
	heap(N / 2);
	checkpoint(2, p, N);
	for (u64 i = 0; i < N / 2; i++)
		sum = mix(sum, sum_page(p + i * PAGE));
	out("kept", sum);
	sum = 0;
	for (u64 i = N / 2; i < N; i += 2)
		for (u64 k = 0; k < PAGE; k += 8)
			sum |= *(u64 *)(p + i * PAGE + k);
	out("zero", mix(nonce, sum));

	/* Fresh frames: what is not written is zero. */
	sum = 0;
	for (u64 i = N / 2 + 1; i < N; i += 2)
		p[i * PAGE + 5] = 1;
	for (u64 i = N / 2 * PAGE; i < N * PAGE; i++)
		sum += (unsigned char)p[i];
	out("fresh", mix(nonce, sum));

	/* The break may stand within a page. */
	p = sbrk(3000);
	fill_bytes(p, 3000, nonce);
	sbrk(-1000);
	out("part", mix(sum_bytes(p, 2000), (u64)sbrk(0) - (u64)p));
	return 0;
}

/* More memory in turn than the machine has at once. */
static int churn(u64 mib, int rounds)
{
	u64 sum = 0, seen = 0;

	for (int r = 0; r < rounds; r++) {
		char *p = heap(mib * 256);

		for (u64 i = 0; i < mib * 256; i++) {
			seen |= *(u64 *)(p + i * PAGE + 8);
			*(u64 *)(p + i * PAGE + 8) = mix(nonce, i);
		}
		for (u64 i = 0; i < mib * 256; i++)
			sum = mix(sum, *(u64 *)(p + i * PAGE + 8));
		if (sbrk(-(intptr_t)(mib * MIB)) == (char *)-1)
			return 1;
	}
	out("sum", sum);
	out("seen", mix(nonce, seen));
	return 0;
}

/* A transfer that must be whole: what comes after would wait for its bytes for ever. */
static void whole(const char *what, ssize_t done, u64 n)
{
	if (done == (ssize_t)n)
		return;
	if (done < 0)
		perror(what);
	else
		printf("%s: %ld of %lu bytes\n", what, (long)done, n);
	exit(3);
}

static void __attribute__((noinline)) read_to_stack(int fd, u64 n)
{
	char buffer[300000];

	whole("read() to a stack that has yet to grow", read(fd, buffer, n), n);
	out("kernel", sum_bytes(buffer, n));
}

/* checkpoints: 0 and 1 around a touch 4 MiB below, 2 after a touch in between */
static int stack(void)
{
	char *top = (char *)((u64)__builtin_frame_address(0) & ~(PAGE - 1));
	char *low = top - 4 * MIB;

	checkpoint(0, low, 1024);
	fill_page(low, nonce, 1);
	checkpoint(1, low, 1024);
	fill_page(low + 2 * MIB, nonce, 2);
	checkpoint(2, low, 1024);
	out("sum", mix(sum_page(low), sum_page(low + 2 * MIB)));
	return 0;
}

/* The kernel is the first to touch the stack there. */
static int deeper(void)
{
	static char pattern[3000];
	int fd[2];

	fill_bytes(pattern, sizeof(pattern), nonce);
	pipe(fd);
	whole("write", write(fd[1], pattern, sizeof(pattern)), sizeof(pattern));
	read_to_stack(fd[0], sizeof(pattern));
	return 0;
}

/* What is promised.  checkpoints: 0 at first, 1 with 3 MiB of heap, 2 with a larger stack, 3 with less
 * heap, 4 when a child with more of both has gone */
static int promised(void)
{
	volatile char *low = (char *)__builtin_frame_address(0) - 2 * MIB;

	align_heap();
	checkpoint(0, NULL, 0);
	sbrk((intptr_t)(3 * MIB));
	checkpoint(1, NULL, 0);
	*low = 1;
	checkpoint(2, NULL, 0);
	sbrk(-(intptr_t)(2 * MIB));
	checkpoint(3, NULL, 0);
	if (fork() == 0) {
		sbrk((intptr_t)(5 * MIB));
		low[-(long)MIB] = 1;
		_exit(0);
	}
	if (child_status() != 0)
		return 1;
	checkpoint(4, NULL, 0);
	return 0;
}

static int __attribute__((noinline)) deep(int n, u64 *sum)
{
	volatile u64 frame[200];

	frame[0] = frame[199] = mix(nonce, (u64)n);
	if (n > 0)
		deep(n - 1, sum);
	*sum = mix(*sum, frame[0] ^ frame[199] << 1);
	return 0;
}

static int recurse(void)
{
	u64 sum = 0;

	deep(3000, &sum);		/* 5 MiB */
	out("sum", sum);
	return 0;
}

/* What a stack may not: pass its limit, come near another area. */
static int bounds(void)
{
	char *top = (char *)((u64)__builtin_frame_address(0) & ~(PAGE - 1));
	char *wall = top - 3 * MIB;
	u64 sum = 0;

	sum = mix(sum, (u64)touch(top - 9 * MIB, 1));
	if (mmap(wall, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
	    wall)
		return 1;
	fill_page(wall, nonce, 3);
	sum = mix(sum, (u64)touch(wall + MIB / 2, 1));
	sum = mix(sum, (u64)touch(wall + 2 * PAGE, 1));
	sum = mix(sum, (u64)touch(wall + MIB + MIB / 2, 1));
	out("signals", mix(nonce, sum));
	out("wall", sum_page(wall));
	return 0;
}

/* The kernel is the first to touch.  checkpoints: 0 after it wrote to pages 2 and 3, 1 after
 * it read page 8, 2 page 1 of a mapping after it read that */
static int kernel(void)
{
	enum { N = 16, BYTES = 3000 };
	static char pattern[BYTES], back[BYTES];
	char *p, *q = anon(4);
	int fd[2];
	long n;

	align_heap();
	p = heap(N);
	fill_bytes(pattern, BYTES, nonce);
	pipe(fd);
	write(fd[1], pattern, BYTES);
	n = read(fd[0], p + 3 * PAGE - 1000, BYTES);
	whole("read() to an untouched heap", n, BYTES);
	checkpoint(0, p, N);
	out("read", mix((u64)n, sum_bytes(p + 3 * PAGE - 1000, BYTES)));

	n = write(fd[1], p + 8 * PAGE + 16, BYTES);
	whole("write() from an untouched heap", n, BYTES);
	checkpoint(1, p, N);
	memset(back, 0xee, BYTES);
	read(fd[0], back, BYTES);
	out("written", mix(mix(nonce, (u64)n), sum_bytes(back, BYTES)));

	n = write(fd[1], q + PAGE, 100);
	whole("write() from an untouched mapping", n, 100);
	checkpoint(2, q, 4);
	read(fd[0], back, 100);
	write(fd[1], pattern, 100);
	n = mix((u64)n, (u64)read(fd[0], q + 2 * PAGE, 100));
	out("mapping", mix((u64)n, sum_bytes(q + 2 * PAGE, 100)));
	return 0;
}

/* Where nothing may be, the kernel says EFAULT and goes on. */
static int wild(void)
{
	char *end, *ro = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd[2];
	u64 sum = 0;

	align_heap();
	end = heap(2) + 2 * PAGE;
	pipe(fd);
	write(fd[1], &nonce, 8);
	sum = mix(sum, (u64)(read(fd[0], end + PAGE, 8) == -1 ? errno : 0));
	sum = mix(sum, (u64)(read(fd[0], ro, 8) == -1 ? errno : 0));
	sum = mix(sum, (u64)(write(fd[1], end + 8 * PAGE, 8) == -1 ? errno : 0));
	sum = mix(sum, (u64)(write(fd[1], NULL, 8) == -1 ? errno : 0));
	sum = mix(sum, (u64)(open(end + PAGE, O_RDONLY) == -1 ? errno : 0));
	sum = mix(sum, (u64)(open(end - PAGE, O_RDONLY) == -1 ? errno : 0));	/* "" */
	out("errors", mix(nonce, sum));
	return 0;
}

static int cost(void)
{
	char *p;

	align_heap();
	heap(1);
	p = heap(1);
	cost_begin("sbrk of a page");
	p = sbrk((intptr_t)PAGE);
	cost_end();
	cost_begin("sbrk of 48 MiB");
	p = sbrk(48 * 1024 * 1024);
	cost_end();
	cost_begin("a first read");
	(void)*(volatile char *)p;
	cost_end();
	cost_begin("a first write");
	*(volatile char *)(p + PAGE) = 1;
	cost_end();
	cost_begin("sbrk down");
	sbrk(-40 * 1024 * 1024);
	cost_end();
	out("same", mix(nonce, (u64)(sbrk(0) - (void *)p)));
	return 0;
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";

	if (strcmp(part, "holds") == 0)
		return holds();
	if (strcmp(part, "look") == 0 && argc > 2)
		return look(argv[2]);
	if (strcmp(part, "down") == 0)
		return down();
	if (strcmp(part, "churn") == 0 && argc > 3)
		return churn(strtoul(argv[2], NULL, 10), atoi(argv[3]));
	if (strcmp(part, "promised") == 0)
		return promised();
	if (strcmp(part, "stack") == 0)
		return stack();
	if (strcmp(part, "deeper") == 0)
		return deeper();
	if (strcmp(part, "recurse") == 0)
		return recurse();
	if (strcmp(part, "bounds") == 0)
		return bounds();
	if (strcmp(part, "kernel") == 0)
		return kernel();
	if (strcmp(part, "wild") == 0)
		return wild();
	if (strcmp(part, "cost") == 0)
		return cost();
	printf("usage: lazylab holds|look heap|look map|down|churn MIB ROUNDS|promised|stack|deeper|recurse|"
	       "bounds|kernel|wild|cost\n");
	return 2;
}
