// SPDX-License-Identifier: MIT
/* tr [-ds] SET1 [SET2] - replace characters, -d delete them, -s squeeze repeats to one. */
#include <err.h>
#include <finish.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int expand(const char *s, unsigned char *set)
{
	int n = 0;

	for (; *s && n < 256; s++) {
		int c = (unsigned char)*s;

		if (c == '\\' && s[1]) {
			s++;
			c = *s == 'n' ? '\n' : *s == 't' ? '\t' : *s == '0' ? '\0' : *s;
		}
		if (s[1] == '-' && s[2]) {
			for (int e = (unsigned char)s[2]; c <= e && n < 256; c++)
				set[n++] = (unsigned char)c;
			s += 2;
		} else
			set[n++] = (unsigned char)c;
	}
	return n;
}

int main(int argc, char **argv)
{
	unsigned char a[256], b[256], to[256], in[256] = { 0 };
	int c, del = 0, squeeze = 0, n, m = 0, last = -1;

	while ((c = getopt(argc, argv, "ds")) != -1) {
		if (c == '?')
			return 2;
		del |= c == 'd';
		squeeze |= c == 's';
	}
	if (optind >= argc || (optind + 1 >= argc && !del && !squeeze))
		errx(2, "usage: tr [-ds] SET1 [SET2]");
	n = expand(argv[optind], a);
	if (optind + 1 < argc)
		m = expand(argv[optind + 1], b);
	for (int i = 0; i < 256; i++)
		to[i] = (unsigned char)i;
	for (int i = 0; i < n; i++) {
		in[a[i]] = 1;
		if (m)
			to[a[i]] = b[i < m ? i : m - 1];
	}
	while ((c = getchar()) != EOF) {
		int hit = in[c];

		if (hit && del)
			continue;
		c = to[c];
		if (hit && squeeze && c == last)
			continue;
		putchar(c);
		last = hit ? c : -1;
	}
	finish(0);
}
