// SPDX-License-Identifier: MIT
/* basename PATH [SUFFIX] - the last component of a path. */
#include <err.h>
#include <finish.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	size_t n, m;
	char *s;

	if (argc < 2)
		errx(2, "usage: basename PATH [SUFFIX]");
	n = strlen(argv[1]);
	while (n > 1 && argv[1][n - 1] == '/')
		argv[1][--n] = '\0';
	s = strrchr(argv[1], '/');
	s = s && s[1] ? s + 1 : argv[1];
	n = strlen(s);
	m = argc > 2 ? strlen(argv[2]) : 0;
	if (m && n > m && strcmp(s + n - m, argv[2]) == 0)
		s[n - m] = '\0';
	puts(s);
	finish(0);
}
