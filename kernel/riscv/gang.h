// SPDX-License-Identifier: MIT
/* gang.h - deterministic runs with several harts: one at a time, in an order of our own. */
#ifndef RISCV_GANG_H
#define RISCV_GANG_H

#include "lib/types.h"

extern bool deterministic; /* bootargs say icount=1; dev.c sets it */
extern bool gang_on; /* icount=1 and more than one hart */

/* Every other hart is asleep and waits for its turn: from here on they take turns. */
void gang_start(void);
/* The last thing a new hart does before it idles. => interrupts off */
void gang_join(void);
/* Instead of WFI in the idle loop. => interrupts off; may return for no reason */
void gang_idle(void);
/* Let the others run for a while: they may be what we wait for. */
void gang_relax(void);
/* Is there a message for the hart that it has not seen? */
bool gang_has_message(unsigned hart); /* ipi.c */
/* Every other hart flushes its whole TLB, and what it has fetched, before it runs on. */
void gang_flush_others(void);

#endif
