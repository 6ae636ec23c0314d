// SPDX-License-Identifier: MIT
/*
 * dev.c - bring-up of the devices, all of them found in the FDT.
 *
 * The order: what the kernel speaks through, what tells it the time and lets it end,
 * then the disks.
 */
#include "dev/blk.h"
#include "dev/dev.h"
#include "dev/virtio.h"
#include "lib/fdt.h"
#include "uapi/errno.h"

unsigned fdt_irq(int node)
{
	u32 len;
	const u8 *p = fdt_prop(&machine_fdt, node, "interrupts", &len);

	if (p == NULL || len < 4)
		return 0;
	return (unsigned)p[0] << 24 | (unsigned)p[1] << 16 | (unsigned)p[2] << 8 | p[3];
}

int fdt_device(const char *compatible)
{
	int depth = 0;

	for (int n = fdt_next_node(&machine_fdt, -1, &depth); n >= 0;
	     n = fdt_next_node(&machine_fdt, n, &depth))
		if (fdt_compatible(&machine_fdt, n, compatible) && fdt_available(&machine_fdt, n))
			return n;
	return -ENOENT;
}

void __init dev_init(void)
{
	char val[8];

	deterministic = boot_arg("icount", val, sizeof(val)) && val[0] != '0';
	uart_init();
	finisher_init();
	rtc_init();
	tty_init();
	mem_init_devices();
	blk_init();
	virtio_probe_all();
}
