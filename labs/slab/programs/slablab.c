// SPDX-License-Identifier: MIT
/* slablab.c - what the tests of lab slab run; the work is done by kernel/slabtrace.c. */
#include "labs/include/lab.h"
#include <errno.h>
#include <sched.h>
#include <stdarg.h>

static int say(const char *fmt, ...)
{
	char text[128];
	int fd = open("/proc/slabtrace", O_WRONLY), n, ok;
	va_list ap;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ok = write(fd, text, n) == n;
	if (!ok)
		printf("slabtrace: %s: errno %d\n", text, errno);
	close(fd);
	return ok ? 0 : 1;
}

/* checkpoints: k after so many steps, the last with nothing live */
static int trace(int size, int align, int ctor, int rounds)
{
	if (say("create 0 %d %d %d", size, align, ctor))
		return 1;
	for (int k = 0; k < rounds; k++) {
		if (say("trace 0 %lu 500", mix(nonce, k)))
			return 1;
		checkpoint(k, NULL, 0);
		if (k < rounds - 1 && say("free"))
			return 1;
	}
	say("free");
	checkpoint(rounds, NULL, 0);
	return 0;
}

/* checkpoints: 0 live, 1 nothing live, 2 shrunk, 3 destroyed */
static int shrink(void)
{
	if (say("create 0 120 0 1") || say("create 1 700 0 0"))
		return 1;
	if (say("trace 0 %lu 400", nonce))
		return 1;
	checkpoint(0, NULL, 0);
	say("free");
	checkpoint(1, NULL, 0);
	say("shrink 0");
	checkpoint(2, NULL, 0);
	say("destroy 0");
	checkpoint(3, NULL, 0);
	return 0;
}

/* Of size bytes (rows: of rows bytes), on a hart.  Not every machine has a second one. */
static int cost_on(int hart, int size, int rows)
{
	static const char *const names[2][3] = { { "pair", "row", "kmalloc" },
						 { "pair 1", "row 1", "kmalloc 1" } };

	if (sched_setaffinity(0, 1UL << hart) != 0)
		return hart == 0;
	if (say("create %d %d 0 0", 2 * hart, size) || say("create %d %d 0 0", 2 * hart + 1, rows))
		return 1;
	say("pairs %d 10", 2 * hart);
	cost_begin(names[hart][0]);
	say("pairs %d 1000", 2 * hart);
	cost_end();
	say("rows %d 2", 2 * hart + 1);
	cost_begin(names[hart][1]);
	say("rows %d 8", 2 * hart + 1);
	cost_end();
	say("kpairs %d 10", size);
	cost_begin(names[hart][2]);
	say("kpairs %d 1000", size);
	cost_end();
	return 0;
}

/* Sizes are the run's: 24 to 1000, and 24 to 128 where slabs come and go. */
static int cost(void)
{
	u64 a = mix(nonce, 1), b = mix(nonce, 2);

	return cost_on(0, 24 + a % 977, 24 + (a >> 32) % 105) ||
	       cost_on(1, 24 + b % 977, 24 + (b >> 32) % 105);
}

static int kmalloc(int max)
{
	if (say("kmalloc %lu 700 %d", nonce, max))
		return 1;
	checkpoint(0, NULL, 0);
	say("free");
	return 0;
}

static int krealloc(void)
{
	if (say("krealloc %lu 300", nonce))
		return 1;
	checkpoint(0, NULL, 0);
	say("free");
	return 0;
}

/* checkpoints: 0 the other hart has allocated, 1 all freed here, 2 shrunk */
static int harts(void)
{
	if (sched_setaffinity(0, 1) != 0 || say("create 0 120 0 1") ||
	    say("trace 0 %lu 100", nonce) || say("free") || say("elsewhere 0 %lu 60", nonce))
		return 1;
	checkpoint(0, NULL, 0);
	say("free");
	checkpoint(1, NULL, 0);
	say("shrink 0");
	checkpoint(2, NULL, 0);
	say("destroy 0");
	checkpoint(3, NULL, 0);
	return 0;
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";

	if (strcmp(part, "trace") == 0 && argc > 5)
		return trace(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), atoi(argv[5]));
	if (strcmp(part, "shrink") == 0)
		return shrink();
	if (strcmp(part, "cost") == 0)
		return cost();
	if (strcmp(part, "kmalloc") == 0 && argc > 2)
		return kmalloc(atoi(argv[2]));
	if (strcmp(part, "krealloc") == 0)
		return krealloc();
	if (strcmp(part, "harts") == 0)
		return harts();
	printf("usage: slablab trace SIZE ALIGN CTOR N | shrink | cost | kmalloc MAX | krealloc | harts\n");
	return 2;
}
