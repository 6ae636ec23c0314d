// SPDX-License-Identifier: MIT
/* pgtlab_h.c - what the hidden tests of lab pgtbl run. */
#include "labs/include/lab.h"
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

#define RW	(PROT_READ | PROT_WRITE)
#define TABLE	(512 * PAGE)
#define GIB	(512 * TABLE)

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

/* 300 mappings, unmappings, changes of rights and touches at random, 1024 pages in each of
 * 8 GiB: across the edge of a leaf table, or of an upper one; a checkpoint after every 60. */
static u64 place(int g)
{
	return (30 + g) * GIB + (g & 1 ? 6 : -1UL) * TABLE;
}

static int churn(void)
{
	static unsigned char there[8][1024];	/* 0 nothing, 1 mapped, 2 touched */
	u64 r = nonce;

	for (int k = 0; k < 300; k++) {
		u64 base, lo, n;
		int g;

		r = mix(r, k);
		g = r >> 8 & 7;
		lo = r >> 16 & 1023;
		n = 1 + (r >> 32 & 255);
		n = lo + n > 1024 ? 1024 - lo : n;
		base = place(g);
		if ((r & 3) == 0) {
			munmap((void *)(base + lo * PAGE), n * PAGE);
			memset(&there[g][lo], 0, n);
		} else if ((r & 3) == 1 && there[g][lo]) {
			mprotect((void *)(base + lo * PAGE), PAGE, PROT_READ);
			mprotect((void *)(base + lo * PAGE), PAGE, RW);
		} else {
			map_at(base + lo * PAGE, n);
			memset(&there[g][lo], 1, n);
			for (u64 i = 0; i < n; i += 1 + (r >> 48 & 7)) {
				*(u64 *)(base + (lo + i) * PAGE) = mix(nonce, (u64)g << 10 | (lo + i));
				there[g][lo + i] = 2;
			}
		}
		if (k % 60 == 59)
			checkpoint(k / 60, there, sizeof(there));
	}
	for (int g = 0; g < 8; g++)
		for (u64 i = 0; i < 1024; i++)
			if (there[g][i] == 2)
				r = mix(r, *(u64 *)(place(g) + i * PAGE));
	out("sum", r);
	return 0;
}

/* A child unmaps some of what it shares and makes the rest writable. */
static int shared(void)
{
	char *p = map_at(90 * GIB + 500 * PAGE, 24);
	int up[2], down[2];
	char c = 0;

	for (int i = 0; i < 24; i++)
		fill_page(p + i * PAGE, nonce, i);
	pipe(up);
	pipe(down);
	checkpoint(0, p, 24);
	if (fork() == 0) {
		munmap(p, 8 * PAGE);
		mprotect(p + 8 * PAGE, 8 * PAGE, PROT_READ);
		mprotect(p + 8 * PAGE, 8 * PAGE, RW);
		checkpoint(1, p, 24);
		for (int i = 8; i < 12; i++)
			memset(p + i * PAGE, 0x55, PAGE);
		write(up[1], &c, 1);
		read(down[0], &c, 1);
		_exit(0);
	}
	read(up[0], &c, 1);
	checkpoint(2, p, 24);
	write(down[1], &c, 1);
	if (child_status() != 0)
		return 1;
	checkpoint(3, p, 24);
	munmap(p, 24 * PAGE);
	checkpoint(4, p, 24);
	return 0;
}

/* Another thread, on another hart, goes on using what we take away. */
static volatile char *target;
static volatile int using, taken, faulted, write_too;
static sigjmp_buf back;

static void caught(int sig)
{
	(void)sig;
	longjmp(back, 1);
}

static void *user(void *arg)
{
	if (setjmp(back) != 0) {
		faulted = 1;
		return arg;
	}
	for (int more = 1000; more > 0; more -= taken) {	/* once taken, one touch should do */
		if (write_too)
			*target = 2;
		else
			(void)*target;
		using = 1;
	}
	return arg;
}

enum { MOST = 700 };

static u64 take_away(int protect, int pages, int which)
{
	char *p = map_at(95 * GIB + 299 * PAGE, MOST + 2) + PAGE;
	pthread_t t;

	for (int i = -1; i <= pages; i++)	/* a neighbour on either side: no table goes */
		p[i * (long)PAGE] = 1;
	target = p + which * PAGE;
	using = taken = faulted = 0;
	write_too = protect;
	pthread_create(&t, NULL, user, NULL);
	while (!using)
		;
	if (protect)
		mprotect(p, pages * PAGE, PROT_READ);
	else
		munmap(p, pages * PAGE);
	taken = 1;
	pthread_join(t, NULL);
	return faulted;
}

static int threads(void)
{
	static const int size[] = { 1, 8, 9, 64, MOST };
	struct sigaction sa;
	u64 bits = 0;
	int bit = 0;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = caught;
	sa.sa_flags = SA_NODEFER;
	sigaction(SIGSEGV, &sa, NULL);
	for (int protect = 0; protect < 2; protect++)
		for (int i = 0; i < 5; i++)
			for (int place = 0; place < 3; place++, bit++)	/* first, middle, last */
				bits |= take_away(protect, size[i], (size[i] - 1) * place / 2) << bit;
	out("faulted", bits ^ mix(nonce, 4));
	return 0;
}

/* Children with 40 pages, each in tables of its own, come and go. */
static int children(int rounds)
{
	checkpoint(0, NULL, 0);
	for (int k = 0; k < rounds; k++) {
		if (fork() == 0) {
			for (int i = 0; i < 40; i++)
				*map_at((2 + 3 * i) * GIB + (mix(nonce, k * 40 + i) & 511) * TABLE, 1) = 1;
			_exit(7);
		}
		if (child_status() != 7)
			return 1;
	}
	checkpoint(1, NULL, 0);
	out("rounds", mix(nonce, (u64)rounds));
	return 0;
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";

	if (strcmp(part, "churn") == 0)
		return churn();
	if (strcmp(part, "shared") == 0)
		return shared();
	if (strcmp(part, "threads") == 0)
		return threads();
	if (strcmp(part, "children") == 0 && argc > 2)
		return children(atoi(argv[2]));
	return 2;
}
