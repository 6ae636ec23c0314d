// SPDX-License-Identifier: MIT
/* sort [-nru] [-k FIELD] [-o FILE] [FILE ...] - lines in order: -n by number, -r backwards,
 * -u each once, -k from the FIELDth word on. Equal lines keep the order they came in. */
#include <ctype.h>
#include <err.h>
#include <finish.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct line {
	char *text;
	size_t nr;
};

static int opt_n, opt_r, opt_u, key;
static struct line *lines;
static size_t nr_lines, room;

static const char *key_of(const char *s)
{
	for (int i = 1; i < key; i++) {
		while (isspace((unsigned char)*s))
			s++;
		while (*s && !isspace((unsigned char)*s))
			s++;
	}
	while (key && isspace((unsigned char)*s))
		s++;
	return s;
}

static int by_text(const char *a, const char *b)
{
	a = key_of(a);
	b = key_of(b);
	if (opt_n) {
		double x = strtod(a, NULL), y = strtod(b, NULL);

		return (x > y) - (x < y);
	}
	return strcmp(a, b);
}

static int compare(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int c = by_text(x->text, y->text);

	if (c == 0 && !opt_u && (opt_n || key))
		c = strcmp(x->text, y->text);
	if (c == 0)
		return x->nr < y->nr ? -1 : 1;
	return opt_r ? -c : c;
}

static void read_lines(FILE *f)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, f)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (nr_lines == room &&
		    !(lines = reallocarray(lines, room = room * 2 + 64, sizeof(*lines))))
			err(2, "malloc");
		lines[nr_lines].text = strdup(line);
		if (!lines[nr_lines].text)
			err(2, "malloc");
		lines[nr_lines].nr = nr_lines;
		nr_lines++;
	}
	free(line);
}

int main(int argc, char **argv)
{
	const char *out = NULL;
	int c;

	while ((c = getopt(argc, argv, "nruk:o:")) != -1)
		switch (c) {
		case 'n':
			opt_n = 1;
			break;
		case 'r':
			opt_r = 1;
			break;
		case 'u':
			opt_u = 1;
			break;
		case 'k':
			key = atoi(optarg);
			break;
		case 'o':
			out = optarg;
			break;
		default:
			return 2;
		}
	if (optind == argc)
		read_lines(stdin);
	for (int i = optind; i < argc; i++) {
		FILE *f = strcmp(argv[i], "-") == 0 ? stdin : fopen(argv[i], "r");

		if (!f)
			err(2, "%s", argv[i]);
		read_lines(f);
		if (f != stdin)
			fclose(f);
	}
	qsort(lines, nr_lines, sizeof(*lines), compare);
	if (out && !freopen(out, "w", stdout))
		err(2, "%s", out);
	for (size_t i = 0; i < nr_lines; i++)
		if (!opt_u || i == 0 || by_text(lines[i - 1].text, lines[i].text) != 0)
			puts(lines[i].text);
	finish(0);
}
