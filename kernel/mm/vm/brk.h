// SPDX-License-Identifier: MIT
/* brk.h - see brk.c. */
#ifndef MM_BRK_H
#define MM_BRK_H

#include "mm/vm/mm.h"

/* Move the end of the heap. => (w); 0 or -ENOMEM */
int mm_move_brk(struct mm *mm, vaddr_t brk);

#endif
