// SPDX-License-Identifier: MIT
/*
 * boot.c - what the firmware tells: the device tree, the boot arguments, the RAM.
 *
 * RAM that the firmware keeps for itself (nodes of /reserved-memory with "no-map")
 * is left out altogether: for this kernel it does not exist.  What is RAM but taken
 * (the image, the tree itself, other reservations) is reserved in memblock.
 *
 * bootargs may end in " -- COMMAND": that part is not for the kernel but for init.
 */
#include "riscv/boot.h"
#include "lib/fdt.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/phys/memblock.h"
#include "riscv/pgtable.h"
#include "riscv/sections.h"
#include "uapi/errno.h"

#define FDT_MAX MIB(2)
#define MAX_NOMAP 16

struct fdt machine_fdt;
char boot_args[512];
char boot_command[4096];
unsigned long image_pa_offset;

static paddr_t fdt_pa;
static struct { paddr_t start, end; } nomap[MAX_NOMAP] __initdata;
static unsigned nr_nomap __initdata;

bool boot_arg(const char *name, char *buf, size_t size)
{
	size_t len = strlen(name);
	const char *p = boot_args;

	while (*p != '\0') {
		const char *end = p;

		while (*end != '\0' && *end != ' ')
			end++;
		if (strncmp(p, name, len) == 0 && (p + len == end || p[len] == '=')) {
			const char *value = p + len + (p + len < end);
			size_t n = MIN((size_t)(end - value), size - 1);

			memcpy(buf, value, n);
			buf[n] = '\0';
			return true;
		}
		p = end;
		while (*p == ' ')
			p++;
	}
	return false;
}

static __init void read_bootargs(void)
{
	int chosen = fdt_path(&machine_fdt, "/chosen");
	const char *args = chosen < 0 ? NULL : fdt_prop_str(&machine_fdt, chosen, "bootargs");
	const char *cmd;
	size_t n;

	if (args == NULL)
		return;
	cmd = strncmp(args, "-- ", 3) == 0 ? args : strstr(args, " -- ");
	n = cmd != NULL ? (size_t)(cmd - args) : strlen(args);
	if (n >= sizeof(boot_args)) {
		printk_loud("bootargs: only the first %zu bytes are used\n", sizeof(boot_args) - 1);
		n = sizeof(boot_args) - 1;
	}
	memcpy(boot_args, args, n);
	boot_args[n] = '\0';
	if (cmd == NULL)
		return;
	cmd += cmd == args ? 3 : 4;
	if (strlcpy(boot_command, cmd, sizeof(boot_command)) >= sizeof(boot_command))
		panic("bootargs: the command behind -- is longer than %zu bytes",
		      sizeof(boot_command) - 1);
}

__init void boot_read_fdt(paddr_t fdt)
{
	int err = fdt_open(&machine_fdt, __va(fdt), FDT_MAX);

	if (err != 0)
		panic("the device tree at physical %lx is unusable (error %d)", fdt, err);
	fdt_pa = fdt;
	read_bootargs();
}

/* RAM [start, end) less the firmware's own part. */
static __init void add_ram(paddr_t start, paddr_t end, unsigned node)
{
	for (unsigned i = 0; i < nr_nomap; i++)
		if (nomap[i].start < end && nomap[i].end > start) {
			if (nomap[i].start > start)
				add_ram(start, nomap[i].start, node);
			if (nomap[i].end < end)
				add_ram(nomap[i].end, end, node);
			return;
		}
	if (end > DIRECT_MAP_SIZE) {
		printk_loud("RAM above %lu GiB is not used\n", DIRECT_MAP_SIZE >> 30);
		end = DIRECT_MAP_SIZE;
	}
	start = PAGE_ALIGN(start);
	end &= PAGE_MASK;
	if (start >= end)
		return;
	if (memblock_add(start, end - start, node) != 0)
		panic("RAM at %lx: more ranges than the boot allocator can hold", start);
	printk("RAM: %lx .. %lx (%lu KiB), node %u\n", start, end - 1, (end - start) >> 10, node);
}

/* What is not noted here would be handed out: better no boot than that. */
static __init void reserve(paddr_t addr, u64 size)
{
	if (memblock_reserve(addr, size) == -ENOSPC)
		panic("memory at %lx is reserved: more ranges than the boot allocator can hold", addr);
}

static __init void reserved_memory_nodes(void)
{
	const struct fdt *f = &machine_fdt;
	int parent = fdt_path(f, "/reserved-memory"), node;
	u64 addr, size;
	u32 len;

	if (parent < 0)
		return;
	for (node = fdt_first_child(f, parent); node >= 0; node = fdt_next_sibling(f, node))
		for (unsigned i = 0; fdt_reg(f, node, i, &addr, &size) == 0; i++) {
			if (fdt_prop(f, node, "no-map", &len) != NULL) {
				if (nr_nomap == MAX_NOMAP)
					panic("memory at %lx is the firmware's: more such ranges "
					      "than %d", addr, MAX_NOMAP);
				nomap[nr_nomap].start = addr;
				nomap[nr_nomap++].end = addr + size;
			}
			reserve(addr, size);
		}
}

__init void boot_read_memory(void)
{
	const struct fdt *f = &machine_fdt;
	int node = -1, depth = 0;
	u64 addr, size;

	reserved_memory_nodes();
	for (unsigned i = 0; fdt_reservation(f, i, &addr, &size) == 0; i++)
		reserve(addr, size);
	reserve(image_pa(image_start), (u64)(image_end - image_start));
	reserve(fdt_pa, f->size);

	while ((node = fdt_next_node(f, node, &depth)) >= 0) {
		const char *type = fdt_prop_str(f, node, "device_type");
		u32 numa = 0;

		if (type == NULL || strcmp(type, "memory") != 0 || !fdt_available(f, node))
			continue;
		fdt_prop_u32(f, node, "numa-node-id", &numa);
		for (unsigned i = 0; fdt_reg(f, node, i, &addr, &size) == 0; i++)
			add_ram(addr, addr + size, MIN(numa, (u32)NR_NODES - 1));
	}
	if (memblock_total_ram() == 0)
		panic("the device tree names no RAM");
}
