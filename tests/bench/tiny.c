// SPDX-License-Identifier: MIT
/* tiny.c - the smallest program: it exits.  What exec costs beside it is the system's. */
#include "os.h"

void _start(void);
void _start(void)
{
	OS_EXIT(0);
	for (;;)
		;
}
