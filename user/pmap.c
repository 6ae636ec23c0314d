// SPDX-License-Identifier: MIT
/* pmap [-x] PID... - the areas of a process, from /proc/PID/maps or (-x) smaps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int extended;

struct area {
	unsigned long start, end, kib, rss, dirty;
	char mode[8], name[128];
};

/* "10000-14000 r-xp 00001000 fe00:00 8   /bin/cat" -> area; 0 if line is no such line. */
static int parse(char *line, struct area *a)
{
	char *p, *word;

	memset(a, 0, sizeof(*a));
	a->start = strtoul(line, &p, 16);
	if (p == line || *p != '-')
		return 0;
	a->end = strtoul(p + 1, &p, 16);
	a->kib = (a->end - a->start) / 1024;
	for (int field = 0; field < 5; field++) {
		while (*p == ' ')
			p++;
		word = p;
		while (*p != ' ' && *p != '\n' && *p != '\0')
			p++;
		if (field == 0)
			snprintf(a->mode, sizeof(a->mode), "%.4s-", word);
		if (field == 4)
			snprintf(a->name, sizeof(a->name), "%.*s", (int)(p - word), word);
	}
	if (a->mode[3] == 'p')
		a->mode[3] = '-';
	return 1;
}

static void print(const struct area *a)
{
	const char *name = a->name[0] == '\0' ? "  [ anon ]" :
			   strcmp(a->name, "[stack]") == 0 ? "  [ stack ]" :
			   a->name[0] == '/' && strrchr(a->name, '/')[1] != '\0' ?
			   strrchr(a->name, '/') + 1 : a->name;

	if (extended)
		printf("%016lx %7lu %7lu %7lu %s %s\n", a->start, a->kib, a->rss, a->dirty, a->mode, name);
	else
		printf("%016lx %6luK %s %s\n", a->start, a->kib, a->mode, name);
}

static void first_line(const char *pid)
{
	char path[64], text[256] = "";
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%s/cmdline", pid);
	f = fopen(path, "r");
	if (f != NULL) {
		n = fread(text, 1, sizeof(text) - 1, f);
		for (size_t i = 0; i + 1 < n; i++)
			if (text[i] == '\0')
				text[i] = ' ';
		fclose(f);
	}
	printf("%s:   %s\n", pid, text);
}

static int show(const char *pid)
{
	struct area a, sum;
	char path[64], line[256];
	int have = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, extended ? "smaps" : "maps");
	f = fopen(path, "r");
	if (f == NULL) {
		fprintf(stderr, "pmap: %s: no such process\n", pid);
		return 1;
	}
	first_line(pid);
	memset(&sum, 0, sizeof(sum));
	if (extended)
		printf("Address           Kbytes     RSS   Dirty Mode  Mapping\n");
	while (fgets(line, sizeof(line), f) != NULL) {
		struct area next;

		if (parse(line, &next)) {
			if (have)
				print(&a);
			a = next;
			have = 1;
			sum.kib += a.kib;
		} else if (have && strncmp(line, "Rss:", 4) == 0) {
			a.rss = strtoul(line + 4, NULL, 10);
			sum.rss += a.rss;
		} else if (have && (strncmp(line, "Shared_Dirty:", 13) == 0 ||
				    strncmp(line, "Private_Dirty:", 14) == 0)) {
			unsigned long n = strtoul(strchr(line, ':') + 1, NULL, 10);

			a.dirty += n;
			sum.dirty += n;
		}
	}
	if (have)
		print(&a);
	fclose(f);
	if (extended)
		printf("---------------- ------- ------- -------\ntotal kB         %7lu %7lu %7lu\n",
		       sum.kib, sum.rss, sum.dirty);
	else
		printf(" total %14luK\n", sum.kib);
	return 0;
}

int main(int argc, char **argv)
{
	int opt, status = 0;

	while ((opt = getopt(argc, argv, "x")) != -1) {
		if (opt != 'x') {
			fprintf(stderr, "usage: pmap [-x] PID...\n");
			return 2;
		}
		extended = 1;
	}
	if (optind == argc) {
		fprintf(stderr, "usage: pmap [-x] PID...\n");
		return 2;
	}
	for (; optind < argc; optind++)
		status |= show(argv[optind]);
	return status;
}
