// SPDX-License-Identifier: MIT
/* head [-n N | -c N] [FILE ...] - the first lines or bytes. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ctype.h>
#include <finish.h>
#include <unistd.h>

static void head(FILE *f, long n, int bytes)
{
	int c;

	while (n > 0 && (c = getc(f)) != EOF) {
		putchar(c);
		n -= bytes || c == '\n';
	}
}

int main(int argc, char **argv)
{
	long n = 10;
	int c, bytes = 0, status = 0;

	if (argc > 1 && argv[1][0] == '-' && isdigit((unsigned char)argv[1][1])) {
		n = atol(argv[1] + 1);
		optind = 2;
	}
	while ((c = getopt(argc, argv, "n:c:")) != -1) {
		if (c == '?')
			return 2;
		n = atol(optarg);
		bytes = c == 'c';
	}
	if (optind == argc)
		head(stdin, n, bytes);
	for (int i = optind; i < argc; i++) {
		FILE *f = fopen(argv[i], "r");

		if (!f) {
			warn("%s", argv[i]);
			status = 1;
			continue;
		}
		if (argc - optind > 1)
			printf("%s==> %s <==\n", i > optind ? "\n" : "", argv[i]);
		head(f, n, bytes);
		fclose(f);
	}
	finish(status);
}
