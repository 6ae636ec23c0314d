// SPDX-License-Identifier: MIT
/*
 * finisher.c - leaving the machine with a status the host can see.
 *
 * QEMU's "sifive,test0" is one register: 0x5555 ends the emulator with status 0, and
 * 0x3333 with a code in the upper half ends it with that code.  Scripts and graders
 * stand on it.  Machines that have none are switched off by the firmware.
 */
#include "dev/dev.h"
#include "lib/fdt.h"
#include "lib/printk.h"
#include "mm/kmem/vmalloc.h"
#include "riscv/sbi.h"

#define FINISH_PASS 0x5555u
#define FINISH_FAIL 0x3333u

static volatile u32 *finisher;

void machine_poweroff(int status)
{
	if (finisher != NULL)
		*finisher = status == 0 ? FINISH_PASS : FINISH_FAIL | (u32)(status & 0xff) << 16;
	sbi_shutdown(status != 0);
}

void __init finisher_init(void)
{
	int node = fdt_device("sifive,test0");
	u64 pa, size;

	if (node >= 0 && fdt_reg(&machine_fdt, node, 0, &pa, &size) == 0)
		finisher = ioremap(pa, size);
	if (finisher == NULL)
		printk("finisher: none; the firmware will switch off\n");
}
