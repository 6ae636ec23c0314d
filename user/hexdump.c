// SPDX-License-Identifier: MIT
/* hexdump [-C] [-s SKIP] [-n LENGTH] [FILE] - bytes in hexadecimal and as text. */
#include <ctype.h>
#include <err.h>
#include <finish.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	unsigned long at = 0, left = ~0UL;
	unsigned char b[16], last[16];
	int c, same = 0;
	FILE *f = stdin;
	size_t n;

	while ((c = getopt(argc, argv, "Cs:n:v")) != -1)
		switch (c) {
		case 's':
			at = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			left = strtoul(optarg, NULL, 0);
			break;
		case '?':
			return 2;
		}
	if (optind < argc && !(f = fopen(argv[optind], "r")))
		err(1, "%s", argv[optind]);
	if (at && fseek(f, (long)at, SEEK_SET) < 0)
		for (unsigned long i = 0; i < at; i++)
			getc(f);
	for (int first = 1; (n = fread(b, 1, left < 16 ? left : 16, f)) > 0;
	     at += n, left -= n, first = 0) {
		if (!first && n == 16 && memcmp(b, last, 16) == 0) {
			if (!same++)
				puts("*");
			continue;
		}
		same = 0;
		memcpy(last, b, 16);
		printf("%08lx ", at);
		for (size_t i = 0; i < 16; i++) {
			if (i == 8)
				putchar(' ');
			if (i < n)
				printf(" %02x", b[i]);
			else
				printf("   ");
		}
		printf("  |");
		for (size_t i = 0; i < n; i++)
			putchar(isprint(b[i]) ? b[i] : '.');
		puts("|");
	}
	if (ferror(f))
		err(1, "%s", optind < argc ? argv[optind] : "-");
	printf("%08lx\n", at);
	finish(0);
}
