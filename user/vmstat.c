// SPDX-License-Identifier: MIT
/*
 * vmstat [SECONDS [COUNT]] - processes, memory, swap, disk, switches and processor time, a line
 * each SECONDS; the first line is the average since the start.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char text[16384];

static void load(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n = f != NULL ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = '\0';
	if (f != NULL)
		fclose(f);
}

/* The nth number of the line that begins with name; 0 if there is none. */
static unsigned long number(const char *name, int nth)
{
	size_t len = strlen(name);

	for (char *p = text; p != NULL && *p != '\0'; p = strchr(p, '\n'), p = p ? p + 1 : p) {
		if (strncmp(p, name, len) != 0 || (p[len] != ' ' && p[len] != ':' && p[len] != '\t'))
			continue;
		p += len + 1;
		for (; nth > 0; nth--)
			strtoul(p, &p, 10);
		return strtoul(p, NULL, 10);
	}
	return 0;
}

struct sample {
	unsigned long run, blocked, swapped, free, buff, cache;
	unsigned long si, so, bi, bo, in, cs, us, sy, id, wa;
};

static void take(struct sample *s)
{
	load("/proc/meminfo");
	s->free = number("MemFree", 0);
	s->buff = number("Buffers", 0);
	s->cache = number("Cached", 0);
	s->swapped = number("SwapTotal", 0) - number("SwapFree", 0);
	load("/proc/vmstat");
	s->si = number("pswpin", 0) * 4;
	s->so = number("pswpout", 0) * 4;
	s->bi = number("pgpgin", 0);
	s->bo = number("pgpgout", 0);
	load("/proc/stat");
	s->run = number("procs_running", 0);
	s->blocked = number("procs_blocked", 0);
	s->in = number("intr", 0);
	s->cs = number("ctxt", 0);
	s->us = number("cpu", 0) + number("cpu", 1);
	s->sy = number("cpu", 2);
	s->id = number("cpu", 3);
	s->wa = number("cpu", 4);
}

static void print(const struct sample *now, const struct sample *then, unsigned long seconds)
{
	unsigned long us = now->us - then->us, sy = now->sy - then->sy, id = now->id - then->id;
	unsigned long wa = now->wa - then->wa, all = us + sy + id + wa;

	if (all == 0)
		all = 1;
	if (seconds == 0)
		seconds = 1;
	printf("%2lu %2lu %6lu %6lu %6lu %6lu %4lu %4lu %5lu %5lu %4lu %4lu %2lu %2lu %2lu %2lu\n",
	       now->run, now->blocked, now->swapped, now->free, now->buff, now->cache,
	       (now->si - then->si) / seconds, (now->so - then->so) / seconds,
	       (now->bi - then->bi) / seconds, (now->bo - then->bo) / seconds,
	       (now->in - then->in) / seconds, (now->cs - then->cs) / seconds,
	       us * 100 / all, sy * 100 / all, id * 100 / all, wa * 100 / all);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned long delay = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : delay > 0 ? ~0UL : 1;
	struct sample now, then = { 0 };
	unsigned long seconds;

	load("/proc/uptime");
	seconds = strtoul(text, NULL, 10);
	printf("procs -----------memory---------- ---swap-- -----io---- --system- ----cpu----\n");
	printf(" r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa\n");
	for (unsigned long i = 0; i < count; i++) {
		if (i > 0) {
			sleep((unsigned)delay);
			seconds = delay;
		}
		take(&now);
		print(&now, &then, seconds);
		then = now;
	}
	return 0;
}
