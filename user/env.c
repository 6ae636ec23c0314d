// SPDX-License-Identifier: MIT
/* env [-i] [NAME=VALUE ...] [COMMAND [ARG ...]] - run with that environment; show it. */
#include <err.h>
#include <errno.h>
#include <finish.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int i = 1;

	if (i < argc && strcmp(argv[i], "-i") == 0) {
		clearenv();
		i++;
	}
	for (; i < argc && strchr(argv[i], '='); i++)
		putenv(argv[i]);
	if (i == argc) {
		for (char **e = environ; e && *e; e++)
			puts(*e);
		finish(0);
	}
	execvp(argv[i], argv + i);
	err(errno == ENOENT ? 127 : 126, "%s", argv[i]);
}
