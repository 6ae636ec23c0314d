// SPDX-License-Identifier: MIT
/* seq [FIRST [STEP]] LAST - numbers, one a line. */
#include <err.h>
#include <finish.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	long first = 1, step = 1, last;

	if (argc < 2 || argc > 4)
		errx(2, "usage: seq [FIRST [STEP]] LAST");
	last = atol(argv[argc - 1]);
	if (argc > 2)
		first = atol(argv[1]);
	if (argc > 3)
		step = atol(argv[2]);
	if (step == 0)
		errx(1, "a step of 0");
	for (; step > 0 ? first <= last : first >= last; first += step)
		printf("%ld\n", first);
	finish(0);
}
