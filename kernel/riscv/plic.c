// SPDX-License-Identifier: MIT
/*
 * plic.c - the platform-level interrupt controller (RISC-V PLIC specification 1.0).
 *
 * Sources have a priority; each context (a hart's M or S mode) has a bit per source,
 * a threshold, and a claim register: reading it takes the pending source with the
 * highest priority, writing the number back says that it has been served.  The FDT's
 * interrupts-extended lists the contexts in order as (hart's controller, cause);
 * cause 9 is supervisor external.
 *
 * All sources go to the boot hart: device interrupts are rare here, and a task that
 * they wake is spread by the scheduler.
 */
#include "riscv/plic.h"
#include "lib/fdt.h"
#include "lib/printk.h"
#include "mm/kmem/vmalloc.h"
#include "riscv/csr.h"
#include "riscv/hart.h"
#include "riscv/irq.h"
#include "uapi/errno.h"

#define PLIC_PRIORITY	0x0		/* u32 a source */
#define PLIC_ENABLE	0x2000		/* a bit a source, 0x80 bytes a context */
#define PLIC_CONTEXT	0x200000	/* 0x1000 bytes a context: threshold, claim */
#define MAX_IRQ		128

static volatile u32 *plic;
static u32 nr_irqs;
static int boot_context = -1;

static struct irq_source {
	void (*handler)(void *arg);
	void *arg;
	const char *name;
	u64 count;
} sources[MAX_IRQ];

static volatile u32 *plic_reg(u32 offset)
{
	return plic + offset / 4;
}

static u32 be32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

/* The SBI hart id of the cpu node whose interrupt controller has this phandle. */
static bool hart_of_intc(u32 phandle, u32 *sbi_id)
{
	int node = fdt_by_phandle(&machine_fdt, phandle);

	if (node < 0)
		return false;
	node = fdt_parent(&machine_fdt, node);
	return node >= 0 && fdt_prop_u32(&machine_fdt, node, "reg", sbi_id) == 0;
}

void plic_init(void)
{
	const struct fdt *f = &machine_fdt;
	u64 addr, size;
	const u8 *ext;
	u32 len, id;
	int node = -1, depth = 0;

	while ((node = fdt_next_node(f, node, &depth)) >= 0)
		if (fdt_compatible(f, node, "sifive,plic-1.0.0") ||
		    fdt_compatible(f, node, "riscv,plic0"))
			break;
	if (node < 0 || fdt_reg(f, node, 0, &addr, &size) != 0 ||
	    fdt_prop_u32(f, node, "riscv,ndev", &nr_irqs) != 0)
		panic("no interrupt controller: the device tree names no usable PLIC");
	nr_irqs = MIN(nr_irqs + 1, (u32)MAX_IRQ);

	ext = fdt_prop(f, node, "interrupts-extended", &len);
	for (u32 i = 0; ext != NULL && i + 8 <= len; i += 8)
		if (be32(ext + i + 4) == IRQ_S_EXT && hart_of_intc(be32(ext + i), &id) &&
		    id == hart_to_sbi[0])
			boot_context = i / 8;
	if (boot_context < 0)
		panic("PLIC: no supervisor context for the boot hart %u", hart_to_sbi[0]);
	/* Only the part up to the boot hart's context is needed. */
	plic = ioremap(addr, MIN(size, (u64)PLIC_CONTEXT + 0x1000 * (boot_context + 1)));
	if (plic == NULL)
		panic("PLIC: cannot map its registers");
	*plic_reg(PLIC_CONTEXT + 0x1000 * boot_context) = 0;	/* threshold: let all through */
}

void plic_init_hart(void)
{
	csr_set(sie, SIE_SEIE);
}

int irq_register(unsigned irq, void (*handler)(void *arg), void *arg, const char *name)
{
	volatile u32 *enable = plic_reg(PLIC_ENABLE + 0x80 * boot_context + irq / 32 * 4);
	unsigned long flags;

	if (irq == 0 || irq >= nr_irqs)
		return -EINVAL;
	if (sources[irq].handler != NULL)
		return -EBUSY;
	flags = irq_save();
	sources[irq] = (struct irq_source){ handler, arg, name, 0 };
	*plic_reg(PLIC_PRIORITY + irq * 4) = 1;
	*enable |= 1U << irq % 32;
	irq_restore(flags);
	return 0;
}

void plic_interrupt(void)
{
	volatile u32 *claim = plic_reg(PLIC_CONTEXT + 0x1000 * boot_context + 4);
	u32 irq;

	while ((irq = *claim) != 0) {
		if (irq < MAX_IRQ && sources[irq].handler != NULL) {
			sources[irq].count++;
			sources[irq].handler(sources[irq].arg);
		}
		*claim = irq;
	}
}

/* For /proc/interrupts. => false past the last source; name NULL: nobody's */
bool irq_stats(unsigned irq, const char **name, u64 *count)
{
	if (irq >= nr_irqs)
		return false;
	*name = sources[irq].name;
	*count = sources[irq].count;
	return true;
}
