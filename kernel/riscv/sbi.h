// SPDX-License-Identifier: MIT
/* sbi.h - calls into the firmware (RISC-V SBI specification 1.0). */
#ifndef RISCV_SBI_H
#define RISCV_SBI_H

#include "lib/types.h"

struct sbi_ret { long error, value; };

struct sbi_ret sbi_call(unsigned long ext, unsigned long fid, unsigned long a0, unsigned long a1,
			unsigned long a2, unsigned long a3, unsigned long a4);

void sbi_putchar(int c);		/* legacy console, for the time before the UART */
void sbi_set_timer(u64 ticks);
void sbi_send_ipi(unsigned long hart_mask);	/* mask of the firmware's hart ids */
void sbi_remote_fence_i(unsigned long hart_mask);
void sbi_remote_sfence(unsigned long hart_mask, vaddr_t start, size_t size);
void sbi_remote_sfence_asid(unsigned long hart_mask, vaddr_t start, size_t size, unsigned asid);
int sbi_hart_start(unsigned long hartid, paddr_t entry, unsigned long opaque);
__noreturn void sbi_shutdown(bool failure);
__noreturn void sbi_reboot(void);

/* Leave the machine with an exit status the host can see: through the FDT's
 * "sifive,test0" finisher where there is one, else sbi_shutdown(status != 0). */
__noreturn void machine_poweroff(int status);

#endif
