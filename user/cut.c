// SPDX-License-Identifier: MIT
/* cut -d C -f LIST | -c LIST [FILE] - columns of lines; LIST is N,N-M,N-. */
#include <err.h>
#include <finish.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool listed(const char *list, int n)
{
	while (*list) {
		int a = (int)strtol(list, (char **)&list, 10), b = a;

		if (*list == '-') {
			list++;
			b = *list >= '0' && *list <= '9' ? (int)strtol(list, (char **)&list, 10)
			                                 : 1 << 30;
		}
		if (n >= a && n <= b)
			return true;
		if (*list++ != ',')
			break;
	}
	return false;
}

int main(int argc, char **argv)
{
	const char *fields = NULL, *chars = NULL;
	char delim = '\t', *line = NULL;
	size_t size = 0;
	FILE *f = stdin;
	ssize_t n;
	int c;

	while ((c = getopt(argc, argv, "d:f:c:")) != -1)
		switch (c) {
		case 'd':
			delim = *optarg;
			break;
		case 'f':
			fields = optarg;
			break;
		case 'c':
			chars = optarg;
			break;
		default:
			return 2;
		}
	if (!fields == !chars)
		errx(2, "usage: cut -d C -f LIST | -c LIST [FILE]");
	if (optind < argc && !(f = fopen(argv[optind], "r")))
		err(1, "%s", argv[optind]);
	while ((n = getline(&line, &size, f)) > 0) {
		int nr = 1;
		bool first = true;

		if (line[n - 1] == '\n')
			line[--n] = '\0';
		if (chars) {
			for (int i = 0; i < n; i++)
				if (listed(chars, i + 1))
					putchar(line[i]);
		} else if (!strchr(line, delim))
			fputs(line, stdout);
		else
			for (char *p = line; p; nr++) {
				char *end = strchr(p, delim);

				if (listed(fields, nr)) {
					if (!first)
						putchar(delim);
					first = false;
					printf("%.*s", (int)(end ? end - p : (long)strlen(p)), p);
				}
				p = end ? end + 1 : NULL;
			}
		putchar('\n');
	}
	finish(0);
}
