// SPDX-License-Identifier: MIT
/* cmp [-s] FILE1 FILE2 - where two files first differ; 0 if nowhere, 1 if they do. */
#include <err.h>
#include <finish.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static FILE *open_file(const char *name)
{
	FILE *f = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");

	if (!f)
		err(2, "%s", name);
	return f;
}

int main(int argc, char **argv)
{
	long at = 1, line = 1;
	int c, a, b, quiet = 0;
	FILE *f, *g;

	while ((c = getopt(argc, argv, "s")) != -1) {
		if (c == '?')
			return 2;
		quiet = 1;
	}
	if (argc - optind != 2)
		errx(2, "usage: cmp [-s] FILE1 FILE2");
	f = open_file(argv[optind]);
	g = open_file(argv[optind + 1]);
	while ((a = getc(f)) == (b = getc(g))) {
		if (a == EOF)
			return 0;
		at++;
		line += a == '\n';
	}
	if (quiet)
		return 1;
	if (a == EOF || b == EOF)
		warnx("end of %s after byte %ld", argv[optind + (b == EOF)], at - 1);
	else
		printf("%s %s differ: byte %ld, line %ld\n", argv[optind], argv[optind + 1], at,
		       line);
	finish(1);
}
