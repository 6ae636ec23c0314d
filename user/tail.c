// SPDX-License-Identifier: MIT
/* tail [-n N | -n +N | -c N | -f] [FILE] - the last lines or bytes; +N: from line N on;
 * -f: and what is added later. */
#include <ctype.h>
#include <err.h>
#include <finish.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *count = "10";
	long n;
	int c, bytes = 0, follow = 0;
	size_t len = 0, room = 0, from;
	char *buf = NULL;
	FILE *f = stdin;

	if (argc > 1 && (argv[1][0] == '-' || argv[1][0] == '+') &&
	    isdigit((unsigned char)argv[1][1])) {
		count = argv[1] + (argv[1][0] == '-');
		optind = 2;
	}
	while ((c = getopt(argc, argv, "n:c:f")) != -1) {
		if (c == '?')
			return 2;
		if (c == 'f')
			follow = 1;
		else {
			count = optarg;
			bytes = c == 'c';
		}
	}
	if (optind < argc && !(f = fopen(argv[optind], "r")))
		err(1, "%s", argv[optind]);
	n = atol(count + (*count == '+' || *count == '-'));
	while ((c = getc(f)) != EOF) {
		if (len == room && !(buf = realloc(buf, room = room * 2 + 4096)))
			err(1, "malloc");
		buf[len++] = (char)c;
	}
	if (*count == '+') {
		for (from = 0; from < len && n > 1; from++)
			n -= bytes || buf[from] == '\n';
	} else if (bytes) {
		from = len > (size_t)n ? len - (size_t)n : 0;
	} else {
		from = len;
		if (n > 0) {
			from -= from > 0; /* the newline at the very end ends no other line */
			while (from > 0 && (buf[from - 1] != '\n' || --n > 0))
				from--;
		}
	}
	fwrite(buf + from, 1, len - from, stdout);
	while (follow) {
		fflush(stdout);
		usleep(200000);
		clearerr(f);
		while ((c = getc(f)) != EOF)
			putchar(c);
	}
	finish(0);
}
