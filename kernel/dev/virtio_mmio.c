// SPDX-License-Identifier: MIT
/*
 * virtio_mmio.c - finding virtio devices and shaking hands with them.
 *
 * Every "virtio,mmio" node of the FDT is a window of registers with at most one
 * device behind it; device identity 0 means an empty slot.  They are probed by address,
 * not in the tree's order (QEMU lists them backwards), so that bus=virtio-mmio-bus.0 of
 * its command line is vda.  Without "bus=" QEMU fills its slots from the last one on.
 *
 * The handshake (specification 3.1.1): reset, ACKNOWLEDGE, DRIVER, features,
 * FEATURES_OK (read back: the device may refuse), queues, DRIVER_OK.
 *
 * Only version 2 is spoken.  Version 1 ("legacy") would need the guest's page size and
 * one contiguous queue; QEMU offers it by default, so the message says how to turn it off.
 */
#include "dev/dev.h"
#include "dev/virtio.h"
#include "lib/fdt.h"
#include "lib/printk.h"
#include "mm/kmem/slab.h"
#include "mm/kmem/vmalloc.h"
#include "uapi/errno.h"

#define VIRTIO_MAGIC_VALUE 0x74726976u

void virtio_reset(struct virtio_dev *v)
{
	virtio_write(v, VIRTIO_STATUS, 0);
	/* QEMU is done when the store returns; others may take their time. */
	for (unsigned i = 0; i < 1000000 && virtio_read(v, VIRTIO_STATUS) != 0; i++)
		;
}

void virtio_renegotiate(struct virtio_dev *v)
{
	virtio_write(v, VIRTIO_STATUS, VIRTIO_S_ACKNOWLEDGE | VIRTIO_S_DRIVER);
	virtio_write(v, VIRTIO_DRV_FEATURES_SEL, 0);
	virtio_write(v, VIRTIO_DRV_FEATURES, (u32)v->features);
	virtio_write(v, VIRTIO_DRV_FEATURES_SEL, 1);
	virtio_write(v, VIRTIO_DRV_FEATURES, (u32)(v->features >> 32));
	virtio_write(v, VIRTIO_STATUS,
	             VIRTIO_S_ACKNOWLEDGE | VIRTIO_S_DRIVER | VIRTIO_S_FEATURES_OK);
}

int virtio_negotiate(struct virtio_dev *v, u64 wanted)
{
	u64 offered;

	virtio_reset(v);
	virtio_write(v, VIRTIO_STATUS, VIRTIO_S_ACKNOWLEDGE);
	virtio_write(v, VIRTIO_STATUS, VIRTIO_S_ACKNOWLEDGE | VIRTIO_S_DRIVER);
	virtio_write(v, VIRTIO_DEV_FEATURES_SEL, 0);
	offered = virtio_read(v, VIRTIO_DEV_FEATURES);
	virtio_write(v, VIRTIO_DEV_FEATURES_SEL, 1);
	offered |= (u64)virtio_read(v, VIRTIO_DEV_FEATURES) << 32;
	if (!(offered & VIRTIO_F_VERSION_1))
		return -ENODEV;
	v->features = offered & (wanted | VIRTIO_F_VERSION_1);
	virtio_renegotiate(v);
	if (!(virtio_read(v, VIRTIO_STATUS) & VIRTIO_S_FEATURES_OK))
		return -ENODEV;
	return 0;
}

static void write64(struct virtio_dev *v, unsigned off, u64 val)
{
	virtio_write(v, off, (u32)val);
	virtio_write(v, off + 4, (u32)(val >> 32));
}

void virtio_queue_setup(struct virtio_dev *v, u32 num, paddr_t desc, paddr_t avail, paddr_t used)
{
	virtio_write(v, VIRTIO_QUEUE_SEL, 0);
	virtio_write(v, VIRTIO_QUEUE_NUM, num);
	write64(v, VIRTIO_QUEUE_DESC, desc);
	write64(v, VIRTIO_QUEUE_DRIVER, avail);
	write64(v, VIRTIO_QUEUE_DEVICE, used);
	virtio_write(v, VIRTIO_QUEUE_READY, 1);
}

void virtio_start(struct virtio_dev *v)
{
	virtio_mb();
	virtio_write(v, VIRTIO_STATUS,
	             VIRTIO_S_ACKNOWLEDGE | VIRTIO_S_DRIVER | VIRTIO_S_FEATURES_OK |
	                     VIRTIO_S_DRIVER_OK);
}

static void __init probe_slot(const char *node, paddr_t pa, u64 size, unsigned irq)
{
	struct virtio_dev *v = kzalloc(sizeof(*v), GFP_KERNEL);
	u32 version;

	if (v == NULL)
		return;
	v->regs = ioremap(pa, size);
	if (v->regs == NULL)
		goto free;
	v->irq = irq;
	v->id = virtio_read(v, VIRTIO_DEVICE_ID);
	version = virtio_read(v, VIRTIO_VERSION);
	if (virtio_read(v, VIRTIO_MAGIC) != VIRTIO_MAGIC_VALUE || v->id == 0)
		goto unmap;
	if (version != 2) {
		printk_loud("virtio: %s speaks version %u, not 2 "
		            "(QEMU: -global virtio-mmio.force-legacy=false)\n",
		            node, version);
		goto unmap;
	}
	if (v->id == VIRTIO_ID_BLK && virtio_blk_probe(v) == 0)
		return;
	if (v->id != VIRTIO_ID_BLK)
		printk("virtio: %s: no driver for device type %u\n", node, v->id);
	virtio_write(v, VIRTIO_STATUS, VIRTIO_S_FAILED);
unmap:
	iounmap((void *)v->regs);
free:
	kfree(v);
}

#define MAX_SLOTS 32

void __init virtio_probe_all(void)
{
	struct {
		int node;
		u64 pa, size;
	} slots[MAX_SLOTS], slot;
	const struct fdt *f = &machine_fdt;
	unsigned n = 0;
	int depth = 0;

	for (int node = fdt_next_node(f, -1, &depth); node >= 0;
	     node = fdt_next_node(f, node, &depth)) {
		unsigned i;

		if (!fdt_compatible(f, node, "virtio,mmio") || !fdt_available(f, node))
			continue;
		slot.node = node;
		if (n == MAX_SLOTS || fdt_reg(f, node, 0, &slot.pa, &slot.size) != 0 ||
		    slot.size < 0x200) {
			printk_loud("virtio: %s: bad \"reg\", or one slot too many\n",
			            fdt_name(f, node));
			continue;
		}
		for (i = n++; i > 0 && slots[i - 1].pa > slot.pa; i--)
			slots[i] = slots[i - 1];
		slots[i] = slot;
	}
	for (unsigned i = 0; i < n; i++)
		probe_slot(fdt_name(f, slots[i].node), slots[i].pa, slots[i].size,
		           fdt_irq(slots[i].node));
}
