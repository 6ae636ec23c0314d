// SPDX-License-Identifier: MIT
/* wc [-lwc] [FILE ...] - count lines, words and bytes. */
#include <ctype.h>
#include <err.h>
#include <fcntl.h>
#include <finish.h>
#include <stdio.h>
#include <unistd.h>

static int l, w, b;
static char buf[16384];

static void print(const long *n, const char *name)
{
	if (l)
		printf("%7ld", n[0]);
	if (w)
		printf(l ? " %7ld" : "%7ld", n[1]);
	if (b)
		printf(l || w ? " %7ld" : "%7ld", n[2]);
	if (name)
		printf(" %s", name);
	putchar('\n');
}

static int count(int fd, const char *name, long *total)
{
	long n[3] = { 0 };
	int in_word = 0;
	ssize_t r;

	while ((r = read(fd, buf, sizeof(buf))) > 0) {
		n[2] += r;
		for (ssize_t i = 0; i < r; i++) {
			n[0] += buf[i] == '\n';
			if (isspace((unsigned char)buf[i]))
				in_word = 0;
			else if (!in_word)
				n[1] += in_word = 1;
		}
	}
	if (r < 0) {
		warn("%s", name ? name : "-");
		return 1;
	}
	print(n, name);
	for (int i = 0; i < 3; i++)
		total[i] += n[i];
	return 0;
}

int main(int argc, char **argv)
{
	long total[3] = { 0 };
	int c, fd, status = 0;

	while ((c = getopt(argc, argv, "lwcm")) != -1)
		switch (c) {
		case 'l':
			l = 1;
			break;
		case 'w':
			w = 1;
			break;
		case 'c':
		case 'm':
			b = 1;
			break;
		default:
			return 2;
		}
	if (!l && !w && !b)
		l = w = b = 1;
	if (optind == argc)
		status = count(0, NULL, total);
	for (int i = optind; i < argc; i++) {
		fd = open(argv[i], O_RDONLY);
		if (fd < 0) {
			warn("%s", argv[i]);
			status = 1;
			continue;
		}
		status |= count(fd, argv[i], total);
		close(fd);
	}
	if (argc - optind > 1)
		print(total, "total");
	finish(status);
}
