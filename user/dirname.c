// SPDX-License-Identifier: MIT
/* dirname PATH - all but the last component of a path. */
#include <err.h>
#include <finish.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	size_t n;

	if (argc != 2)
		errx(2, "usage: dirname PATH");
	n = strlen(argv[1]);
	while (n > 1 && argv[1][n - 1] == '/')
		n--;
	while (n > 0 && argv[1][n - 1] != '/')
		n--;
	while (n > 1 && argv[1][n - 1] == '/')
		n--;
	printf("%.*s\n", n ? (int)n : 1, n ? argv[1] : ".");
	finish(0);
}
