// SPDX-License-Identifier: MIT
/*
 * slabtop [-o] [-d SECONDS] [-s c|o|a|u|n] - the kernel's object caches, the largest first.
 *
 * -o prints once; otherwise the screen is drawn anew every few seconds until Ctrl-C.
 * -s sorts by c cache size, o objects, a active objects, u use, n name.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cache {
	char name[32];
	unsigned long active, objects, size, per_slab, pages, slabs;
};

static struct cache caches[256];
static unsigned n_caches;
static int key = 'c';

static void read_caches(void)
{
	static char text[32768];
	int fd = open("/proc/slabinfo", O_RDONLY);
	ssize_t n, len = 0;
	char *save, *lines = text;

	if (fd < 0)
		err(1, "/proc/slabinfo");
	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	close(fd);
	text[len] = '\0';
	n_caches = 0;
	for (char *line; (line = strtok_r(lines, "\n", &save)) != NULL && n_caches < 256;) {
		struct cache *c = &caches[n_caches];
		char *field[16], *words = line, *rest;
		int k = 0;

		lines = NULL;
		if (line[0] == '#' || strncmp(line, "slabinfo", 8) == 0)
			continue;
		/* name active objects size perslab pages : tunables l b s : slabdata active slabs */
		for (; k < 16 && (field[k] = strtok_r(words, " ", &rest)) != NULL; k++)
			words = NULL;
		if (k < 15)
			continue;
		snprintf(c->name, sizeof(c->name), "%s", field[0]);
		c->active = strtoul(field[1], NULL, 10);
		c->objects = strtoul(field[2], NULL, 10);
		c->size = strtoul(field[3], NULL, 10);
		c->per_slab = strtoul(field[4], NULL, 10);
		c->pages = strtoul(field[5], NULL, 10);
		c->slabs = strtoul(field[14], NULL, 10);
		n_caches++;
	}
}

static unsigned long kib(const struct cache *c)
{
	return c->slabs * c->pages * 4;
}

static unsigned long weight(const struct cache *c)
{
	switch (key) {
	case 'o': return c->objects;
	case 'a': return c->active;
	case 'u': return c->objects ? c->active * 100 / c->objects : 0;
	default: return kib(c);
	}
}

static int compare(const void *a, const void *b)
{
	const struct cache *x = a, *y = b;
	unsigned long wx = weight(x), wy = weight(y);

	if (key == 'n' || wx == wy)
		return strcmp(x->name, y->name);
	return wx < wy ? 1 : -1;
}

static void print_all(unsigned rows)
{
	unsigned long objects = 0, active = 0, size = 0, slabs = 0;

	read_caches();
	qsort(caches, n_caches, sizeof(caches[0]), compare);
	for (unsigned i = 0; i < n_caches; i++) {
		objects += caches[i].objects;
		active += caches[i].active;
		slabs += caches[i].slabs;
		size += kib(&caches[i]);
	}
	printf(" Active / Total Objects (%% used)    : %lu / %lu (%lu%%)\n", active, objects,
	       objects ? active * 100 / objects : 0);
	printf(" Caches, Slabs, Size                : %u, %lu, %lu KiB\n\n", n_caches, slabs, size);
	printf("%8s %8s %4s %8s %7s %8s %10s %s\n", "OBJS", "ACTIVE", "USE", "OBJ SIZE", "SLABS",
	       "OBJ/SLAB", "CACHE SIZE", "NAME");
	for (unsigned i = 0; i < n_caches && i < rows; i++) {
		struct cache *c = &caches[i];

		printf("%8lu %8lu %3lu%% %7luB %7lu %8lu %9luK %s\n", c->objects, c->active,
		       c->objects ? c->active * 100 / c->objects : 0, c->size, c->slabs, c->per_slab,
		       kib(c), c->name);
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned long every = 3;
	int once = 0, o;

	while ((o = getopt(argc, argv, "od:s:")) != -1) {
		if (o == 'o')
			once = 1;
		else if (o == 'd' && (every = strtoul(optarg, NULL, 10)) > 0)
			;
		else if (o == 's' && optarg[0] && strchr("coaun", optarg[0]) && !optarg[1])
			key = optarg[0];
		else
			errx(1, "usage: slabtop [-o] [-d SECONDS] [-s c|o|a|u|n]");
	}
	for (;;) {
		if (!once)
			printf("\033[H\033[2J");
		print_all(once ? 256 : 18);
		if (once)
			return 0;
		sleep(every);
	}
}
