// SPDX-License-Identifier: MIT
/* overcommit.h - see overcommit.c. */
#ifndef MM_OVERCOMMIT_H
#define MM_OVERCOMMIT_H

#include "mm/vm/mm.h"

enum { OVERCOMMIT_GUESS, OVERCOMMIT_ALWAYS, OVERCOMMIT_NEVER };
extern int overcommit_memory;		/* /proc/sys/vm/overcommit_memory */
extern int overcommit_ratio;		/* percent of RAM, for mode 2 */

void overcommit_init(void);
s64 commit_limit(void);			/* pages, for mode 2 and meminfo's CommitLimit */

#endif
