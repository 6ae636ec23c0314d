// SPDX-License-Identifier: MIT
/* mlock.h - see mlock.c. => no lock held; 0 or -errno as mlock(2) */
#ifndef MM_MLOCK_H
#define MM_MLOCK_H

#include "mm/vm/mm.h"

int do_mlock(struct mm *mm, vaddr_t start, size_t len);
int do_munlock(struct mm *mm, vaddr_t start, size_t len);
int do_mlockall(struct mm *mm, int flags);
int do_munlockall(struct mm *mm);
void mm_forget_locked(struct mm *mm);	/* the last user has gone */

#endif
