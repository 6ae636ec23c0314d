// SPDX-License-Identifier: MIT
/*
 * virtio.h - the virtio-mmio transport, version 2, and split virtqueues
 * (Virtual I/O Device specification 1.1, sections 2.6 and 4.2).
 */
#ifndef DEV_VIRTIO_H
#define DEV_VIRTIO_H

#include "lib/types.h"

/* registers, by byte offset */
#define VIRTIO_MAGIC            0x000 /* "virt" */
#define VIRTIO_VERSION          0x004
#define VIRTIO_DEVICE_ID        0x008
#define VIRTIO_DEV_FEATURES     0x010
#define VIRTIO_DEV_FEATURES_SEL 0x014
#define VIRTIO_DRV_FEATURES     0x020
#define VIRTIO_DRV_FEATURES_SEL 0x024
#define VIRTIO_QUEUE_SEL        0x030
#define VIRTIO_QUEUE_NUM_MAX    0x034
#define VIRTIO_QUEUE_NUM        0x038
#define VIRTIO_QUEUE_READY      0x044
#define VIRTIO_QUEUE_NOTIFY     0x050
#define VIRTIO_IRQ_STATUS       0x060
#define VIRTIO_IRQ_ACK          0x064
#define VIRTIO_STATUS           0x070
#define VIRTIO_QUEUE_DESC       0x080 /* each a low and a high half */
#define VIRTIO_QUEUE_DRIVER     0x090
#define VIRTIO_QUEUE_DEVICE     0x0a0
#define VIRTIO_CONFIG_GEN       0x0fc
#define VIRTIO_CONFIG           0x100

#define VIRTIO_S_ACKNOWLEDGE    1u
#define VIRTIO_S_DRIVER         2u
#define VIRTIO_S_DRIVER_OK      4u
#define VIRTIO_S_FEATURES_OK    8u
#define VIRTIO_S_FAILED         128u

#define VIRTIO_F_INDIRECT       BIT(28)
#define VIRTIO_F_VERSION_1      BIT(32)

#define VIRTIO_ID_BLK           2

#define VIRTQ_DESC_NEXT         1
#define VIRTQ_DESC_WRITE        2 /* the device writes */
#define VIRTQ_DESC_INDIRECT     4
#define VIRTQ_NO_INTERRUPT      1 /* avail->flags */

struct virtq_desc {
	u64 addr;
	u32 len;
	u16 flags, next;
};
struct virtq_avail {
	u16 flags, idx;
	u16 ring[];
};
struct virtq_used {
	u16 flags, idx;
	struct {
		u32 id, len;
	} ring[];
};

/* One slot that holds a device. */
struct virtio_dev {
	volatile u8 *regs;
	unsigned irq;
	u32 id; /* VIRTIO_ID_* */
	u64 features; /* agreed on */
};

static inline u32 virtio_read(const struct virtio_dev *v, unsigned off)
{
	return *(const volatile u32 *)(v->regs + off);
}

static inline void virtio_write(const struct virtio_dev *v, unsigned off, u32 val)
{
	*(volatile u32 *)(v->regs + off) = val;
}

/* Memory writes come before the register write that follows, and register reads
 * before the memory reads that follow. */
static inline void virtio_mb(void)
{
	__asm__ volatile("fence rw, rw\n\tfence iorw, iorw" ::: "memory");
}

/* The device forgets everything, requests included. */
void virtio_reset(struct virtio_dev *v);
/* Reset and negotiate: of wanted, what the device offers; VERSION_1 always.
 * => 0, or -ENODEV if it does not agree. */
int virtio_negotiate(struct virtio_dev *v, u64 wanted);
/* The rest of the initialisation, for drivers that repeat it: features are known. */
void virtio_renegotiate(struct virtio_dev *v);
/* Tell the device where queue 0 lies. */
void virtio_queue_setup(struct virtio_dev *v, u32 num, paddr_t desc, paddr_t avail, paddr_t used);
/* Everything is in place: go. */
void virtio_start(struct virtio_dev *v);

void virtio_probe_all(void);
int virtio_blk_probe(struct virtio_dev *v); /* virtio_blk.c; 0 or -errno */

#endif
