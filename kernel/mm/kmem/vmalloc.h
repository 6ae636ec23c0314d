// SPDX-License-Identifier: MIT
/* vmalloc.h - contiguous kernel addresses over single frames, a guard page after each. */
#ifndef MM_VMALLOC_H
#define MM_VMALLOC_H

#include "lib/types.h"

void vmalloc_init(void);
unsigned vmalloc_purge(void);			/* give back freed addresses now; areas. => sleeps */
void *vmalloc(size_t size);			/* => sleeps; NULL on exhaustion, or more than RAM */
void *vzalloc(size_t size);
void vfree(void *p);				/* => may sleep; not in interrupts */
void *ioremap(paddr_t pa, size_t size);		/* device registers; keeps pa's page offset */
void iounmap(void *p);

/* Kernel stacks: THREAD_SIZE bytes, aligned to twice that, an unmapped page below and above;
 * a few are kept per hart. */
void *kstack_alloc(void);
void kstack_free(void *base);
unsigned long kstack_shrink(void);		/* give back the harts' spare ones; frames. => sleeps */

#endif
