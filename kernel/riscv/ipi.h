// SPDX-License-Identifier: MIT
/* ipi.h - messages between harts, and bringing harts up. */
#ifndef RISCV_IPI_H
#define RISCV_IPI_H

#include "lib/types.h"

void ipi_interrupt(void);	/* interrupts off */
/* Panic: tell every other hart to stop for good; does not wait for them. */
void ipi_stop_others(void);

/* hart.c */
void harts_discover(unsigned boot_sbi_id);	/* numbers them, from the FDT */
/* HSM start of all but this one; false: one has not come and may yet run the boot code. */
bool harts_start(void);

#endif
