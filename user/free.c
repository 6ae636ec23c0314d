// SPDX-License-Identifier: MIT
/*
 * free [-b|-k|-m|-h] [-s SECONDS [-c COUNT]] - memory: total, used, free, shared, cached, available.
 * SECONDS may have a fraction.
 *
 * All from /proc/meminfo.  Used is what is neither free nor could be had back by dropping
 * caches: total - free - buff/cache.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char text[4096];

/* The number of a line, in KiB; 0 if there is none. */
static unsigned long value(const char *name)
{
	size_t n = strlen(name);

	for (char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, name, n) == 0 && p[n] == ':')
			return strtoul(p + n + 1, NULL, 10);
	}
	return 0;
}

static int unit = 'k';

static void show(unsigned long kib)
{
	char buf[24];

	switch (unit) {
	case 'b':
		printf("%12lu", kib * 1024);
		return;
	case 'k':
		printf("%12lu", kib);
		return;
	case 'm':
		printf("%12lu", kib / 1024);
		return;
	}
	if (kib < 1024)
		snprintf(buf, sizeof(buf), "%luKi", kib);
	else if (kib < 1024 * 1024)
		snprintf(buf, sizeof(buf), "%lu.%luMi", kib / 1024, kib % 1024 * 10 / 1024);
	else
		snprintf(buf, sizeof(buf), "%lu.%luGi", kib >> 20, (kib >> 10) % 1024 * 10 / 1024);
	printf("%12s", buf);
}

static void print_once(void)
{
	unsigned long total, free_, cache, swap, swap_free;
	int fd = open("/proc/meminfo", O_RDONLY);
	ssize_t n, len = 0;

	if (fd < 0)
		err(1, "/proc/meminfo");
	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	close(fd);
	text[len] = '\0';
	total = value("MemTotal");
	free_ = value("MemFree");
	cache = value("Buffers") + value("Cached") + value("SReclaimable");
	swap = value("SwapTotal");
	swap_free = value("SwapFree");
	printf("       %12s%12s%12s%12s%12s%12s\n", "total", "used", "free", "shared", "buff/cache",
	       "available");
	printf("Mem:   ");
	show(total);
	show(total > free_ + cache ? total - free_ - cache : 0);
	show(free_);
	show(value("Shmem"));
	show(cache);
	show(value("MemAvailable"));
	printf("\nSwap:  ");
	show(swap);
	show(swap - swap_free);
	show(swap_free);
	printf("\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned long count = 0;
	double every = 0;
	char *end;
	int o;

	while ((o = getopt(argc, argv, "bkmhs:c:")) != -1) {
		switch (o) {
		case 'b': case 'k': case 'm': case 'h':
			unit = o;
			break;
		case 's':
			every = strtod(optarg, &end);
			if (!(every >= 0.001 && every < 4000) || *end != '\0')
				errx(1, "-s %s: expected a number of seconds", optarg);
			break;
		case 'c':
			count = strtoul(optarg, &end, 10);
			if (count == 0 || *end != '\0')
				errx(1, "-c %s: expected a number", optarg);
			break;
		default:
			fprintf(stderr, "usage: free [-b|-k|-m|-h] [-s SECONDS [-c COUNT]]\n");
			return 1;
		}
	}
	for (;;) {
		print_once();
		if (every == 0 || (count != 0 && --count == 0))
			return 0;
		printf("\n");
		usleep((useconds_t)(every * 1e6));
	}
}
