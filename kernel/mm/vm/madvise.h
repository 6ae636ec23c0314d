// SPDX-License-Identifier: MIT
/* madvise.h - see madvise.c, mincore.c, msync.c. => no lock held; 0 or -errno as the call's
 * manual page says */
#ifndef MM_MADVISE_H
#define MM_MADVISE_H

#include "mm/vm/mm.h"

int do_madvise(struct mm *mm, vaddr_t start, size_t len, int advice);
int do_mincore(struct mm *mm, vaddr_t start, size_t len, vaddr_t vec);
int do_msync(struct mm *mm, vaddr_t start, size_t len, int flags);

#endif
