// SPDX-License-Identifier: MIT
/* mremap.h - see mremap.c. */
#ifndef MM_MREMAP_H
#define MM_MREMAP_H

#include "mm/vm/mm.h"

/* => (w); the new address, or -EINVAL, -EFAULT (not one mapping), -ENOMEM, -EAGAIN */
long do_mremap(struct mm *mm, vaddr_t addr, size_t old_len, size_t new_len, int flags, vaddr_t to);

#endif
