// SPDX-License-Identifier: MIT
/* sync - everything written so far to the disk. */
#include <unistd.h>

int main(void)
{
	sync();
	return 0;
}
