// SPDX-License-Identifier: MIT
/*
 * sbi.c - calls into the firmware.
 *
 * An SBI call is an ecall from S-mode with the extension in a7, the function in a6
 * and arguments from a0 on; a0 comes back as the error, a1 as the value (SBI 1.0,
 * chapter 3).  Under QEMU one costs about 250 instructions in the firmware, so
 * nothing on a hot path uses it where the hart itself has the means (Sstc).
 */
#include "riscv/sbi.h"
#include "lib/printk.h"
#include "riscv/csr.h"

#define EXT_PUTCHAR	0x01		/* legacy, chapter 5 */
#define EXT_TIME	0x54494d45	/* "TIME" */
#define EXT_IPI		0x735049	/* "sPI" */
#define EXT_RFENCE	0x52464e43	/* "RFNC" */
#define EXT_HSM		0x48534d	/* "HSM" */
#define EXT_SRST	0x53525354	/* "SRST" */

#define RFENCE_FENCE_I		0
#define RFENCE_SFENCE_VMA	1
#define RFENCE_SFENCE_VMA_ASID	2
#define SRST_SHUTDOWN		0
#define SRST_COLD_REBOOT	1

struct sbi_ret sbi_call(unsigned long ext, unsigned long fid, unsigned long a0, unsigned long a1,
			unsigned long a2, unsigned long a3, unsigned long a4)
{
	register unsigned long r0 __asm__("a0") = a0;
	register unsigned long r1 __asm__("a1") = a1;
	register unsigned long r2 __asm__("a2") = a2;
	register unsigned long r3 __asm__("a3") = a3;
	register unsigned long r4 __asm__("a4") = a4;
	register unsigned long r6 __asm__("a6") = fid;
	register unsigned long r7 __asm__("a7") = ext;

	__asm__ volatile("ecall" : "+r"(r0), "+r"(r1)
			 : "r"(r2), "r"(r3), "r"(r4), "r"(r6), "r"(r7) : "memory");
	return (struct sbi_ret){ (long)r0, (long)r1 };
}

void sbi_putchar(int c)
{
	sbi_call(EXT_PUTCHAR, 0, (unsigned long)c, 0, 0, 0, 0);
}

void sbi_set_timer(u64 ticks)
{
	sbi_call(EXT_TIME, 0, ticks, 0, 0, 0, 0);
}

void sbi_send_ipi(unsigned long hart_mask)
{
	sbi_call(EXT_IPI, 0, hart_mask, 0, 0, 0, 0);
}

void sbi_remote_fence_i(unsigned long hart_mask)
{
	sbi_call(EXT_RFENCE, RFENCE_FENCE_I, hart_mask, 0, 0, 0, 0);
}

void sbi_remote_sfence(unsigned long hart_mask, vaddr_t start, size_t size)
{
	sbi_call(EXT_RFENCE, RFENCE_SFENCE_VMA, hart_mask, 0, start, size, 0);
}

void sbi_remote_sfence_asid(unsigned long hart_mask, vaddr_t start, size_t size, unsigned asid)
{
	sbi_call(EXT_RFENCE, RFENCE_SFENCE_VMA_ASID, hart_mask, 0, start, size, asid);
}

int sbi_hart_start(unsigned long hartid, paddr_t entry, unsigned long opaque)
{
	return (int)sbi_call(EXT_HSM, 0, hartid, entry, opaque, 0, 0).error;
}

/* The firmware refused, or there is none that can: stop for good. */
static __noreturn void stop(void)
{
	for (;;) {
		csr_write(sie, 0);
		__asm__ volatile("wfi");
	}
}

void sbi_shutdown(bool failure)
{
	sbi_call(EXT_SRST, 0, SRST_SHUTDOWN, failure, 0, 0, 0);
	stop();
}

void sbi_reboot(void)
{
	sbi_call(EXT_SRST, 0, SRST_COLD_REBOOT, 0, 0, 0, 0);
	stop();
}
