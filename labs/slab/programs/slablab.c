// SPDX-License-Identifier: MIT
/* slablab.c - what the tests of lab slab run; the work is done by kernel/slabtrace.c. */
#include "labs/include/lab.h"
#include <errno.h>
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

static int cost(void)
{
	if (say("create 0 100 0 0"))
		return 1;
	say("pairs 0 10");
	cost_begin("pair");
	say("pairs 0 1000");
	cost_end();
	say("rows 0 2");
	cost_begin("row");
	say("rows 0 8");
	cost_end();
	say("kpairs 200 10");
	cost_begin("kmalloc");
	say("kpairs 200 1000");
	cost_end();
	return 0;
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

/* checkpoints: 0 others have allocated, 1 all freed here, 2 shrunk */
static int harts(void)
{
	if (say("create 0 120 0 1") || say("trace 0 %lu 100", nonce) || say("free") ||
	    say("elsewhere 0 %lu 60", nonce))
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
