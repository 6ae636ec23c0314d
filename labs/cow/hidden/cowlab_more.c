// SPDX-License-Identifier: MIT
/* cowlab_more.c - what the hidden tests of lab cow run; hidden.py says what for. */
#include <thread.h>
#include "labs/include/lab.h"

enum { TABLE = 512 };		/* pages that one last-level table maps */

static u64 sum_some(const char *p, u64 pages, u64 step)
{
	u64 sum = 0;

	for (u64 i = 0; i < pages; i += step)
		sum = mix(sum, sum_page(p + i * PAGE));
	return sum;
}

/* Four generations, each forked by the one before, and each writes a page of its own and one that
 * all write.  The area has pages under three tables.  The last sums first. */
static int generations(void)
{
	enum { N = 3 * TABLE, STEP = 100 };
	char *p = anon(N);
	int up[2];
	u64 sums[4];

	for (u64 i = 0; i < N; i += STEP)
		fill_page(p + i * PAGE, nonce, i);
	pipe(up);
	for (int g = 0; g < 4; g++) {
		if (g == 3 || fork() != 0) {		/* wait for the descendants, then look */
			fill_page(p + (u64)(g + 1) * STEP * PAGE, nonce + 50, (u64)g);
			fill_page(p, nonce + 60, (u64)g);
			if (g < 3 && child_status() != 0)
				_exit(1);
			sums[g] = sum_some(p, N, STEP);
			write(up[1], &sums[g], sizeof(sums[g]));
			if (g > 0)
				_exit(0);
			break;
		}
	}
	for (int g = 3; g >= 0; g--) {
		char name[2] = { (char)('a' + g), 0 };

		if (read(up[0], &sums[g], sizeof(sums[g])) != sizeof(sums[g]))
			return 1;
		out(name, sums[g]);
	}
	return 0;
}

/* Pages that were only read are the zero frame in both. */
static int zeroes(void)
{
	enum { N = 6 };
	char *p = anon(N), *other = anon(N);
	int up[2];
	u64 theirs = sum_some(p, N, 1) + sum_some(other, N, 1);

	pipe(up);
	checkpoint(0, p, N);
	if (fork() == 0) {
		fill_page(p, nonce, 0);
		theirs = sum_some(p, N, 1);
		write(up[1], &theirs, sizeof(theirs));
		_exit(0);
	}
	read(up[0], &theirs, sizeof(theirs));
	fill_page(p + PAGE, nonce, 1);
	out("child", theirs);
	out("parent", sum_some(p, N, 1));
	out("other", sum_some(other, N, 1));
	checkpoint(1, p, N);
	return child_status();
}

/* Children that write to everything come and go: in all much more than there is RAM. */
static int rounds(u64 mib, int n)
{
	u64 pages = mib * 256;
	char *p = anon(pages);

	for (u64 i = 0; i < pages; i++)
		*(u64 *)(p + i * PAGE) = mix(nonce, i);
	for (int k = 0; k < n; k++) {
		int pid = fork();

		if (pid < 0) {
			perror("fork");
			return 1;
		}
		if (pid == 0) {
			for (u64 i = 0; i < pages; i++)
				*(u64 *)(p + i * PAGE) += (u64)k;
			_exit(*(u64 *)p != mix(nonce, 0) + 2 * (u64)k);
		}
		if (child_status() != 0)
			return 1;
		for (u64 i = 0; i < pages; i += 3)	/* as the last owner, or by copying */
			*(u64 *)(p + i * PAGE) += 1;
	}
	u64 sum = 0;
	for (u64 i = 0; i < pages; i++)
		sum = mix(sum, *(u64 *)(p + i * PAGE));
	out("sum", sum);
	return 0;
}

/* A shared area stays one memory. */
static int shared(void)
{
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	fill_all(p, 4, nonce);
	if (fork() == 0) {
		fill_page(p + PAGE, nonce + 7, 1);
		_exit(0);
	}
	if (child_status() != 0)
		return 1;
	out("sum", sum_some(p, 4, 1));
	return 0;
}

static u64 *volatile word;
static volatile int turn;

/* Reads the word until it changes or time is up; the reader has its old frame in its TLB. */
static void *reader(void *arg)
{
	u64 old = *word, tries = 0;

	(void)arg;
	turn = 1;
	while (turn == 1)
		;
	while (*word == old && ++tries < 1000)
		;
	return (void *)*word;
}

/* Two threads on two harts: when one breaks the share, the other must see the new frame. */
static int threads(void)
{
	thread_t t;
	void *seen;
	int hold[2];
	char c;

	word = (u64 *)anon(1);
	*word = nonce;
	pipe(hold);
	if (fork() == 0) {			/* shares the frame meanwhile */
		close(hold[1]);
		read(hold[0], &c, 1);
		_exit(*word != nonce);
	}
	if (thread_create(&t, reader, NULL) != 0)
		return 1;
	while (turn == 0)
		;
	*word = mix(nonce, 1);
	turn = 2;
	thread_join(t, &seen);
	out("seen", (u64)seen);
	close(hold[1]);
	return child_status();
}

/* What a fork costs: little for each page there is, nothing for pages that are not. */
static int costs(void)
{
	enum { N = 2048, FAR = 256 << 10 };
	char *p = anon(N), *sparse;
	int hold[2];
	char c;

	for (u64 i = 0; i < N; i++)
		p[i * PAGE] = 1;
	sparse = mmap(NULL, FAR * PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	sparse[(u64)FAR / 2 * PAGE] = 1;
	pipe(hold);
	cost_begin("fork");
	if (fork() == 0) {			/* sleeps until the parent has counted */
		close(hold[1]);
		read(hold[0], &c, 1);
		_exit(0);
	}
	cost_end();
	close(hold[1]);
	if (child_status() != 0)
		return 1;
	cost_begin("reuse");			/* the child has gone: nothing to copy */
	for (u64 i = 0; i < 256; i++)
		p[i * PAGE] = 2;
	cost_end();
	return 0;
}

/* What statm counts is what smaps finds in the tables, before and after a break. */
static u64 number_of(const char *file, const char *key, int field)
{
	static char text[65536];
	int fd = open(file, O_RDONLY);
	u64 sum = 0, n = 0, got;

	while (n < sizeof(text) - 1 && (got = (u64)read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += got;
	text[n] = '\0';
	close(fd);
	if (key == NULL) {
		char *s = text;

		for (; field > 0; field--)
			s = strchr(s, ' ') + 1;
		return strtoul(s, NULL, 10);
	}
	for (char *s = text; (s = strstr(s, key)) != NULL; s += strlen(key))
		sum += strtoul(s + strlen(key), NULL, 10);
	return sum / 4;
}

static int counts(void)
{
	enum { N = 32 };
	char *p = anon(N);
	int bad;

	number_of("/proc/self/statm", NULL, 1);		/* its own pages are there now */
	number_of("/proc/self/smaps", "\nAnonymous:", 0);
	fill_all(p, N, nonce);
	if (fork() == 0) {
		fill_all(p, N / 2, nonce);
		bad = number_of("/proc/self/statm", NULL, 1) != number_of("/proc/self/smaps", "\nRss:", 0);
		bad |= number_of("/proc/self/status", "\nRssAnon:", 0) * 4 / 4
			!= number_of("/proc/self/smaps", "\nAnonymous:", 0);
		_exit(bad);
	}
	bad = child_status();
	out("child", (u64)bad);
	out("statm", number_of("/proc/self/statm", NULL, 1));
	out("smaps", number_of("/proc/self/smaps", "\nRss:", 0));
	return 0;
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";

	if (strcmp(part, "generations") == 0)
		return generations();
	if (strcmp(part, "zeroes") == 0)
		return zeroes();
	if (strcmp(part, "rounds") == 0 && argc > 3)
		return rounds(strtoul(argv[2], NULL, 10), atoi(argv[3]));
	if (strcmp(part, "shared") == 0)
		return shared();
	if (strcmp(part, "threads") == 0)
		return threads();
	if (strcmp(part, "costs") == 0)
		return costs();
	if (strcmp(part, "counts") == 0)
		return counts();
	printf("usage: cowlab_more generations|zeroes|shared|threads|costs|counts|"
	       "rounds MIB N\n");
	return 2;
}
