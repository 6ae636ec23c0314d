// SPDX-License-Identifier: MIT
/* brk.h - see brk.c. */
#ifndef MM_BRK_H
#define MM_BRK_H

#include "mm/vm/mm.h"

/* Move the end of the heap. => (w); 0 or -ENOMEM, nothing changed */
int mm_move_brk(struct mm *mm, vaddr_t brk);
/* The system calls; they take the lock. */
long sys_brk(vaddr_t brk);
long sys_sbrk(long increment);

#endif
