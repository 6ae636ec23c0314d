// SPDX-License-Identifier: MIT
/* clear - an empty screen. */
#include <stdio.h>

int main(void)
{
	printf("\033[H\033[2J");
	return 0;
}
