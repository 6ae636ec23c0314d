// SPDX-License-Identifier: MIT
/* irq.h - external interrupts, from the PLIC named in the FDT. */
#ifndef RISCV_IRQ_H
#define RISCV_IRQ_H

#include "lib/types.h"

/* Call handler(arg) with interrupts off whenever source irq is raised.
 * => 0, -EINVAL, -EBUSY.  Never undone. */
int irq_register(unsigned irq, void (*handler)(void *arg), void *arg, const char *name);

/* For /proc/interrupts. => false past the last source; *name NULL: nobody's */
bool irq_stats(unsigned irq, const char **name, u64 *count);

#endif
