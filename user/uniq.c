// SPDX-License-Identifier: MIT
/* uniq [-cdu] [FILE] - of equal neighbouring lines one; -c with their number, -d only
 * repeated ones, -u only single ones. */
#include <err.h>
#include <finish.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int opt_c, opt_d, opt_u;

static void show(const char *line, long n)
{
	if ((opt_d && n == 1) || (opt_u && n > 1))
		return;
	if (opt_c)
		printf("%7ld ", n);
	fputs(line, stdout);
}

int main(int argc, char **argv)
{
	char *line = NULL, *prev = NULL;
	size_t size = 0;
	FILE *f = stdin;
	long n = 0;
	int c;

	while ((c = getopt(argc, argv, "cdu")) != -1)
		switch (c) {
		case 'c':
			opt_c = 1;
			break;
		case 'd':
			opt_d = 1;
			break;
		case 'u':
			opt_u = 1;
			break;
		default:
			return 2;
		}
	if (optind < argc && !(f = fopen(argv[optind], "r")))
		err(1, "%s", argv[optind]);
	while (getline(&line, &size, f) > 0) {
		if (prev && strcmp(line, prev) == 0) {
			n++;
			continue;
		}
		if (prev)
			show(prev, n);
		free(prev);
		prev = strdup(line);
		n = 1;
	}
	if (prev)
		show(prev, n);
	finish(0);
}
