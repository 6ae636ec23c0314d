// SPDX-License-Identifier: MIT
/* yes [WORD] - the same line for ever. */
#include <stdio.h>

int main(int argc, char **argv)
{
	while (puts(argc > 1 ? argv[1] : "y") >= 0)
		;
	return 1;
}
