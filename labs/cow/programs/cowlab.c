// SPDX-License-Identifier: MIT
/* cowlab.c - what the tests of lab cow run; see public.py for what each part shows. */
#include "labs/include/lab.h"

static u64 sum_all(const char *p, u64 pages)
{
	u64 sum = 0;

	for (u64 i = 0; i < pages; i++)
		sum = mix(sum, sum_page(p + i * PAGE));
	return sum;
}

/* Parent and child each rewrite their own half: neither sees the other's. */
static int isolation(void)
{
	enum { N = 64 };
	char *p = anon(N);
	int up[2];
	u64 theirs = 0;

	fill_all(p, N, nonce);
	pipe(up);
	if (fork() == 0) {
		fill_all(p, N / 2, nonce + 1000);
		theirs = sum_all(p, N);
		write(up[1], &theirs, sizeof(theirs));
		_exit(0);
	}
	fill_all(p + N / 2 * PAGE, N / 2, nonce + 2000);
	read(up[0], &theirs, sizeof(theirs));
	if (child_status() != 0)
		return 1;
	out("child", theirs);
	out("parent", sum_all(p, N));
	return 0;
}

/* checkpoints: 1 parent after fork, 2 child before its write, 3 child after it,
 * 4 parent after the child's write; 5 parent alone after its own write */
static int share(void)
{
	enum { N = 16 };
	char *p = anon(N);
	int go[2], back[2];
	char c = 0;

	fill_all(p, N, nonce);
	pipe(go);
	pipe(back);
	checkpoint(0, p, N);
	if (fork() == 0) {
		read(go[0], &c, 1);
		checkpoint(2, p, N);
		p[3 * PAGE] = 1;
		checkpoint(3, p, N);
		write(back[1], &c, 1);
		read(go[0], &c, 1);
		_exit(0);
	}
	checkpoint(1, p, N);
	write(go[1], &c, 1);
	read(back[0], &c, 1);
	checkpoint(4, p, N);
	write(go[1], &c, 1);
	if (child_status() != 0)
		return 1;
	p[5 * PAGE] = 1;
	checkpoint(5, p, N);
	out("sum", sum_all(p, N));
	return 0;
}

/* A program of most of the RAM forks: there is no memory for copies. */
static int big(u64 mib, int children)
{
	u64 pages = mib * 256;
	char *p = anon(pages);
	int hold[2];
	char c;

	for (u64 i = 0; i < pages; i++)
		*(u64 *)(p + i * PAGE) = mix(nonce, i);
	pipe(hold);
	for (int k = 0; k < children; k++) {
		int pid = fork();

		if (pid < 0) {
			perror("fork");
			return 1;
		}
		if (pid == 0) {		/* looks at all, writes to a few, waits for the others */
			u64 wrong = 0, at = (u64)k * 64;

			close(hold[1]);
			*(u64 *)(p + at * PAGE) += 1;
			for (u64 i = 0; i < pages; i += 8)
				wrong += *(u64 *)(p + i * PAGE) != mix(nonce, i) + (i == at);
			read(hold[0], &c, 1);
			_exit(wrong != 0);
		}
	}
	close(hold[1]);
	for (int k = 0; k < children; k++)
		if (child_status() != 0)
			return 1;
	u64 sum = 0;
	for (u64 i = 0; i < pages; i++)
		sum = mix(sum, *(u64 *)(p + i * PAGE));
	out("sum", sum);
	return 0;
}

/* The parent's TLB knows the pages as writable; it writes on at once after fork. */
static int at_once(void)
{
	enum { N = 8 };
	char *p = anon(N);
	int go[2], up[2];
	u64 theirs = 0;
	char c;

	fill_all(p, N, nonce);
	pipe(go);
	pipe(up);
	if (fork() == 0) {
		read(go[0], &c, 1);
		theirs = sum_all(p, N);
		write(up[1], &theirs, sizeof(theirs));
		_exit(0);
	}
	fill_all(p, N, nonce + 1);
	write(go[1], "", 1);
	read(up[0], &theirs, sizeof(theirs));
	out("child", theirs);
	out("parent", sum_all(p, N));
	return child_status();
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "isolation") == 0)
		return isolation();
	if (argc > 1 && strcmp(argv[1], "share") == 0)
		return share();
	if (argc > 3 && strcmp(argv[1], "big") == 0)
		return big(strtoul(argv[2], NULL, 10), atoi(argv[3]));
	if (argc > 1 && strcmp(argv[1], "at_once") == 0)
		return at_once();
	printf("usage: cowlab isolation|share|at_once|big MIB CHILDREN\n");
	return 2;
}
