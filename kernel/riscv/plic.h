// SPDX-License-Identifier: MIT
/* plic.h - the interrupt controller's side towards trap.c and the boot; drivers use irq.h. */
#ifndef RISCV_PLIC_H
#define RISCV_PLIC_H

void plic_init(void);		/* from the FDT; once, after vmalloc_init */
void plic_init_hart(void);	/* each hart */
void plic_interrupt(void);	/* interrupts off */

#endif
