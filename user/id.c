// SPDX-License-Identifier: MIT
/* id - there is one user. */
#include <stdio.h>

int main(void)
{
	puts("uid=0(root) gid=0(root)");
	return 0;
}
