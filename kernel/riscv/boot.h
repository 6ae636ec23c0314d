// SPDX-License-Identifier: MIT
/* boot.h - the first things to do: the device tree, and what RAM there is. */
#ifndef RISCV_BOOT_H
#define RISCV_BOOT_H

#include "lib/types.h"

/* C's first function; head.S calls it on the hart that the firmware chose. */
__noreturn void start_kernel(unsigned long sbi_hart_id, paddr_t fdt, paddr_t load_pa);

/* Open the firmware's device tree; read bootargs. Panics if it is unusable. */
void boot_read_fdt(paddr_t fdt);
/* Tell memblock of all RAM and of everything that lies in it already. */
void boot_read_memory(void);
/* Go on in fn on the stack that ends at top. */
__noreturn void boot_switch_stack(void *top, void (*fn)(void));

/* The part of bring-up that may sleep: the other harts, the boot-only memory's return.
 * => pid 1's kernel thread, before anything else */
void boot_late(void);

#endif
