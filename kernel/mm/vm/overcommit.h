// SPDX-License-Identifier: MIT
/* overcommit.h - see overcommit.c. */
#ifndef MM_OVERCOMMIT_H
#define MM_OVERCOMMIT_H

#include "mm/vm/mm.h"

enum { OVERCOMMIT_GUESS, OVERCOMMIT_ALWAYS, OVERCOMMIT_NEVER };
extern int overcommit_memory;		/* /proc/sys/vm/overcommit_memory */
extern int overcommit_ratio;		/* percent of RAM, for mode 2 */

#define SMALL_PROMISE 256		/* pages that any machine could hold */

/* vm_commit's common case in line. */
static __always_inline int vm_charge(struct mm *mm, s64 pages)
{
	if (likely(pages <= SMALL_PROMISE && overcommit_memory != OVERCOMMIT_NEVER)) {
		atomic_add(&vm_committed, pages);
		return 0;
	}
	return vm_commit(mm, pages);
}

static __always_inline void vm_uncharge(s64 pages)
{
	atomic_add(&vm_committed, -pages);
}

void overcommit_init(void);
unsigned long nr_swap_total(void);	/* pages that swap holds */
s64 commit_limit(void);			/* pages, for mode 2 and meminfo's CommitLimit */

#endif
