// SPDX-License-Identifier: MIT
/*
 * virtio_blk.c - disks (Virtual I/O Device specification 1.1, section 5.2).
 *
 * A request to the device is a chain of memory pieces: a 16-byte header (what, where),
 * the data, and one byte for the device's verdict.  Every chain is an indirect one: it
 * lies in a table of its own and takes a single entry of the ring, so the ring is
 * simply an array of slots.  Slot i owns ring entry i, a header, a status byte and a
 * table for small requests; requests of more than SLOT_SEGS pieces borrow one of a few
 * page-sized tables (256 descriptors, hence 1 MiB of scattered pages less two, which
 * then travel in a second chain).  All of this is made when the disk is found: the
 * path of a request allocates nothing, because memory is often wanted for the very
 * reason that there is none.
 *
 *   B1  a slot is on the free stack, or its req is set and the device owns its memory;
 *   B2  a request that does not fit in now waits on pending, in order; pending is
 *       nonempty only while slots or tables are short;
 *   B3  a request is finished when it is issued whole and no chain of it is out.
 *
 * Locking: vb->lock, taken with interrupts off, a leaf.  done() runs without it.
 *
 * Deterministic runs.  Under "-icount" a guest's instructions are its time, but a
 * disk's answer comes when the host is ready, at no fixed instruction.  Resetting the
 * device makes QEMU finish every request in flight before the store returns, so with
 * icount=1 each chain is notified and the device reset at once; the used ring then
 * holds the answer, and the handshake is done again (some 100 instructions).  done()
 * still comes from an interrupt: the timer's, set to now.  QEMU must run with
 * virtio-mmio.ioeventfd=off, so that the notification is served by the processor's
 * own thread.
 */
#include "dev/blk.h"
#include "dev/dev.h"
#include "dev/virtio.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/slab.h"
#include "mm/phys/page.h"
#include "riscv/irq.h"
#include "riscv/timer.h"
#include "sync/spinlock.h"
#include "uapi/errno.h"

#define F_SEG_MAX  BIT(2)
#define F_RO       BIT(5)
#define F_BLK_SIZE BIT(6)
#define F_FLUSH    BIT(9)
#define C_CAPACITY (VIRTIO_CONFIG + 0)
#define C_SEG_MAX  (VIRTIO_CONFIG + 12)
#define C_BLK_SIZE (VIRTIO_CONFIG + 20)

#define T_IN       0
#define T_OUT      1
#define T_FLUSH    4
#define T_GET_ID   8

#define S_OK       0
#define S_UNSUPP   2
#define S_NONE     0xff /* what we put there: the device has not answered */

#define MAX_RING   256U
#define MAX_SLOTS  64U
#define SLOT_SEGS  4U /* pieces that fit in the slot's own table */
#define NR_TABLES  4
#define TABLE_SEGS ((u32)(PAGE_SIZE / sizeof(struct virtq_desc)) - 2)
#define SERIAL_LEN 20

struct slot {
	struct {
		u32 type, reserved;
		u64 sector;
	} hdr;
	struct virtq_desc small[SLOT_SEGS + 2];
	struct blk_req *req; /* NULL: free */
	struct virtq_desc *table; /* borrowed, or NULL */
	volatile u8 status;
	u8 next_free;
};

/* Locks: (c) constant after probe  (l) lock */
struct vblk {
	struct bdev bdev;
	struct virtio_dev *v; /* (c) */
	spinlock_t lock;
	unsigned num; /* (c) size of the ring */
	unsigned max_segs; /* (c) pieces of one chain */
	struct virtq_desc *desc; /* (c) */
	struct virtq_avail *avail; /* (l) written by us */
	volatile struct virtq_used *used; /* (l) written by the device */
	u16 used_seen; /* (l) */
	u16 kicked; /* (l) avail->idx the device was told of */
	struct slot *slots; /* (l) */
	int free_slot; /* (l) top of the stack, or -1 */
	struct virtq_desc *tables[NR_TABLES]; /* (l) free ones */
	unsigned nr_tables; /* (l) */
	struct list pending; /* (l) requests not issued whole */
	struct list finished; /* (l) deterministic mode: done() is due */
	struct timer timer; /* ... and this will call it */
};

static void start_queue(struct vblk *vb)
{
	vb->avail->flags = deterministic ? VIRTQ_NO_INTERRUPT : 0;
	vb->avail->idx = 0;
	vb->used->idx = 0;
	vb->used_seen = vb->kicked = 0;
	virtio_queue_setup(vb->v, vb->num, __pa(vb->desc), __pa(vb->avail), __pa((void *)vb->used));
	virtio_start(vb->v);
}

/* Put one chain into the ring: header, n descriptors already in table[1..n], status. */
static void post(struct vblk *vb, unsigned id, struct virtq_desc *table, unsigned n, u32 type,
                 u64 sector)
{
	struct slot *s = &vb->slots[id];

	s->hdr.type = type;
	s->hdr.sector = sector;
	s->status = S_NONE;
	table[0] = (struct virtq_desc){ __pa(&s->hdr), sizeof(s->hdr), VIRTQ_DESC_NEXT, 1 };
	table[n + 1] = (struct virtq_desc){ __pa((void *)&s->status), 1, VIRTQ_DESC_WRITE, 0 };
	vb->desc[id] = (struct virtq_desc){ __pa(table), (n + 2) * sizeof(struct virtq_desc),
		                            VIRTQ_DESC_INDIRECT, 0 };
	vb->avail->ring[vb->avail->idx & (vb->num - 1)] = (u16)id;
	virtio_mb();
	WRITE_ONCE(vb->avail->idx, (u16)(vb->avail->idx + 1));
}

/* Issue as much of req as one chain takes.
 * => false: no slot, or no table.  => vb->lock held */
static bool issue(struct vblk *vb, struct blk_req *req)
{
	unsigned left = req->nr_segs - req->next_seg, n = 0, max;
	u16 flags = VIRTQ_DESC_NEXT | (req->op == BLK_READ ? VIRTQ_DESC_WRITE : 0);
	struct virtq_desc *table, *d;
	u64 sectors = 0;
	struct slot *s;
	unsigned id;

	if (vb->free_slot < 0)
		return false;
	id = (unsigned)vb->free_slot;
	s = &vb->slots[id];
	if (left <= SLOT_SEGS) {
		table = s->small;
		max = SLOT_SEGS;
	} else if (vb->nr_tables > 0) {
		table = s->table = vb->tables[--vb->nr_tables];
		max = vb->max_segs;
	} else {
		return false;
	}
	vb->free_slot = s->next_free == 0xff ? -1 : s->next_free;
	s->req = req;

	d = table;
	while (req->next_seg < req->nr_segs) {
		const struct blk_seg *seg = &req->segs[req->next_seg];

		if (n > 0 && d->addr + d->len == seg->addr) {
			d->len += seg->len; /* neighbours in memory */
		} else {
			if (n == max)
				break;
			n++;
			*++d = (struct virtq_desc){ seg->addr, seg->len, flags, (u16)(n + 1) };
		}
		sectors += seg->len / SECTOR_SIZE;
		req->next_seg++;
	}
	req->chains++;
	post(vb, id, table, n,
	     req->op == BLK_READ    ? T_IN
	     : req->op == BLK_WRITE ? T_OUT
	                            : T_FLUSH,
	     req->op == BLK_FLUSH ? 0 : req->next_sector);
	req->next_sector += sectors;
	return true;
}

static void free_slot(struct vblk *vb, unsigned id)
{
	struct slot *s = &vb->slots[id];

	if (s->table != NULL) {
		vb->tables[vb->nr_tables++] = s->table;
		s->table = NULL;
	}
	s->req = NULL;
	s->next_free = vb->free_slot < 0 ? 0xff : (u8)vb->free_slot;
	vb->free_slot = (int)id;
}

static bool issued_whole(const struct blk_req *req) /* => issued in part */
{
	return req->next_seg == req->nr_segs;
}

static void kick(struct vblk *vb)
{
	if (vb->kicked == vb->avail->idx)
		return;
	vb->kicked = vb->avail->idx;
	virtio_mb();
	virtio_write(vb->v, VIRTIO_QUEUE_NOTIFY, 0);
}

/* Take what the device has finished; requests that are complete go to done.
 * => vb->lock held */
static void reap(struct vblk *vb, struct list *done)
{
	while (vb->used_seen != READ_ONCE(vb->used->idx)) {
		struct blk_req *req;
		struct slot *s;
		u32 id;

		virtio_mb();
		id = vb->used->ring[vb->used_seen++ & (vb->num - 1)].id;
		if (id >= MAX_SLOTS || vb->slots[id].req == NULL) {
			printk_loud("%s: device answers a request that was not made (%u)\n",
			            vb->bdev.name, id);
			continue;
		}
		s = &vb->slots[id];
		req = s->req;
		if (s->status != S_OK)
			req->err = s->status == S_UNSUPP ? -EOPNOTSUPP : -EIO;
		free_slot(vb, id);
		if (--req->chains == 0 && issued_whole(req))
			list_add_tail(&req->link, done);
	}
}

/* Issue what waits, as far as it goes. => vb->lock held */
static void run_pending(struct vblk *vb)
{
	while (!list_empty(&vb->pending)) {
		struct blk_req *req = list_first(&vb->pending, struct blk_req, link);

		do {
			if (!issue(vb, req))
				return;
		} while (!issued_whole(req));
		list_del(&req->link);
	}
}

static void complete(struct vblk *vb, struct list *done)
{
	struct blk_req *req, *tmp;

	list_for_each_safe (req, tmp, done, link)
		blk_complete(&vb->bdev, req, req->err);
}

static void interrupt(void *arg)
{
	struct vblk *vb = arg;
	struct list done = LIST_INIT(done);
	unsigned long flags;

	virtio_write(vb->v, VIRTIO_IRQ_ACK, virtio_read(vb->v, VIRTIO_IRQ_STATUS));
	virtio_mb();
	flags = spin_lock_irqsave(&vb->lock);
	reap(vb, &done);
	run_pending(vb);
	kick(vb);
	spin_unlock_irqrestore(&vb->lock, flags);
	complete(vb, &done);
}

/* Deterministic mode: have everything that was issued answered now. */
static void answer_now(struct vblk *vb, struct list *done)
{
	kick(vb);
	virtio_reset(vb->v);
	reap(vb, done);
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		struct slot *s = &vb->slots[i];
		struct blk_req *req = s->req;

		if (req == NULL)
			continue;
		req->err = -EIO; /* dropped by the device */
		free_slot(vb, i);
		if (--req->chains == 0 && issued_whole(req))
			list_add_tail(&req->link, done);
	}
	virtio_renegotiate(vb->v);
	start_queue(vb);
}

static void timer_fires(struct timer *t)
{
	struct vblk *vb = container_of(t, struct vblk, timer);
	struct list done = LIST_INIT(done);
	unsigned long flags = spin_lock_irqsave(&vb->lock);

	list_splice_tail_init(&vb->finished, &done);
	spin_unlock_irqrestore(&vb->lock, flags);
	complete(vb, &done);
}

static void submit(struct bdev *b, struct blk_req *req)
{
	struct vblk *vb = b->driver;
	unsigned long flags;

	req->next_seg = 0;
	req->next_sector = req->sector;
	req->chains = 0;
	req->err = 0;
	flags = spin_lock_irqsave(&vb->lock);
	list_add_tail(&req->link, &vb->pending);
	run_pending(vb);
	if (deterministic) {
		bool idle = list_empty(&vb->finished);

		answer_now(vb, &vb->finished);
		while (!list_empty(&vb->pending)) {
			run_pending(vb);
			answer_now(vb, &vb->finished);
		}
		if (idle)
			timer_arm(&vb->timer, time_ns());
	} else {
		kick(vb);
	}
	spin_unlock_irqrestore(&vb->lock, flags);
}

static const struct bdev_ops vblk_ops = { .submit = submit };

/* Ask for the serial number, by polling: interrupts may not be on yet. */
static void __init read_serial(struct vblk *vb)
{
	struct slot *s = &vb->slots[0];
	struct virtq_desc *table = vb->tables[0];
	u8 *buf = (u8 *)(table + TABLE_SEGS);

	table[1] =
		(struct virtq_desc){ __pa(buf), SERIAL_LEN, VIRTQ_DESC_NEXT | VIRTQ_DESC_WRITE, 2 };
	vb->avail->flags = VIRTQ_NO_INTERRUPT;
	post(vb, 0, table, 1, T_GET_ID, 0);
	kick(vb);
	if (!deterministic)
		for (u64 end = time_ns() + NSEC_PER_SEC;
		     READ_ONCE(vb->used->idx) == 0 && time_ns() < end;)
			;
	virtio_reset(vb->v);
	virtio_mb();
	if (s->status == S_OK)
		memcpy(vb->bdev.serial, buf, SERIAL_LEN);
	virtio_renegotiate(vb->v);
	start_queue(vb);
}

/* Rings and slots in one block of four pages, then the tables. */
static int __init make_memory(struct vblk *vb)
{
	size_t desc = vb->num * sizeof(struct virtq_desc);
	size_t avail = ALIGN_UP(6 + 2 * (size_t)vb->num, 8);
	size_t used = ALIGN_UP(6 + 8 * (size_t)vb->num, 8);
	struct page *page;
	char *mem;

	BUILD_ASSERT(MAX_RING * 16 + 6 + 2 * MAX_RING + 2 + 6 + 8 * MAX_RING + 2 +
	                     MAX_SLOTS * sizeof(struct slot) <=
	             4 * PAGE_SIZE);
	page = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_COMP, 2);
	if (page == NULL)
		return -ENOMEM;
	mem = page_address(page);
	vb->desc = (void *)mem;
	vb->avail = (void *)(mem + desc);
	vb->used = (void *)(mem + desc + avail);
	vb->slots = (void *)(mem + desc + avail + used);
	vb->free_slot = -1;
	for (int i = (int)MIN(vb->num, MAX_SLOTS) - 1; i >= 0; i--)
		free_slot(vb, (unsigned)i);
	for (; vb->nr_tables < NR_TABLES; vb->nr_tables++) {
		vb->tables[vb->nr_tables] = get_free_page(GFP_KERNEL);
		if (vb->tables[vb->nr_tables] == NULL)
			break;
	}
	if (vb->nr_tables == 0) {
		free_pages(page, 2);
		return -ENOMEM;
	}
	return 0;
}

/* Size of the ring, and what the device says of itself. => 0 or -ENODEV, reported */
static int __init read_config(struct vblk *vb)
{
	struct virtio_dev *v = vb->v;
	u32 gen, max, block = 0;

	virtio_write(v, VIRTIO_QUEUE_SEL, 0);
	max = virtio_read(v, VIRTIO_QUEUE_NUM_MAX);
	if (max < 2) {
		printk_loud("%s: the device has no queue: not used\n", vb->bdev.name);
		return -ENODEV;
	}
	for (vb->num = MAX_RING; vb->num > max; vb->num /= 2)
		;
	vb->max_segs = TABLE_SEGS;
	do {
		gen = virtio_read(v, VIRTIO_CONFIG_GEN);
		vb->bdev.nr_sectors =
			virtio_read(v, C_CAPACITY) | (u64)virtio_read(v, C_CAPACITY + 4) << 32;
		if (v->features & F_SEG_MAX)
			vb->max_segs = CLAMP(virtio_read(v, C_SEG_MAX), SLOT_SEGS, TABLE_SEGS);
		if (v->features & F_BLK_SIZE)
			block = virtio_read(v, C_BLK_SIZE);
	} while (gen != virtio_read(v, VIRTIO_CONFIG_GEN));
	if (block > PAGE_SIZE) {
		printk_loud("%s: blocks of %u bytes are more than a page: not used\n",
		            vb->bdev.name, block);
		return -ENODEV;
	}
	vb->bdev.readonly = v->features & F_RO;
	vb->bdev.can_flush = v->features & F_FLUSH;
	return 0;
}

int __init virtio_blk_probe(struct virtio_dev *v)
{
	static unsigned nr_disks;
	struct vblk *vb;
	int err;

	if (nr_disks == 26)
		return -ENOSPC;
	vb = kzalloc(sizeof(*vb), GFP_KERNEL);
	if (vb == NULL)
		return -ENOMEM;
	vb->v = v;
	snprintf(vb->bdev.name, sizeof(vb->bdev.name), "vd%c", 'a' + nr_disks);
	spin_lock_init(&vb->lock, "vblk");
	list_init(&vb->pending);
	list_init(&vb->finished);
	timer_init(&vb->timer, timer_fires);

	err = virtio_negotiate(v, VIRTIO_F_INDIRECT | F_SEG_MAX | F_RO | F_BLK_SIZE | F_FLUSH);
	if (err != 0 || !(v->features & VIRTIO_F_INDIRECT)) {
		printk_loud("%s: the device does not agree on virtio 1 with indirect "
		            "descriptors: not used\n",
		            vb->bdev.name);
		err = -ENODEV;
		goto free;
	}
	err = read_config(vb);
	if (err != 0)
		goto free;
	err = make_memory(vb);
	if (err != 0)
		goto free;
	start_queue(vb);
	read_serial(vb);
	if (!deterministic && (err = irq_register(v->irq, interrupt, vb, vb->bdev.name)) != 0) {
		printk_loud("%s: interrupt %u cannot be had: not used\n", vb->bdev.name, v->irq);
		goto free;
	}
	vb->bdev.dev = MKDEV(MAJOR_BLK, nr_disks);
	vb->bdev.ops = &vblk_ops;
	vb->bdev.driver = vb;
	err = bdev_register(&vb->bdev);
	if (err != 0)
		goto free;
	nr_disks++;
	printk("%s: %lu sectors (%lu MiB)%s%s%s%s, %u in flight\n", vb->bdev.name,
	       vb->bdev.nr_sectors, vb->bdev.nr_sectors >> 11,
	       vb->bdev.readonly ? ", read-only" : "", vb->bdev.can_flush ? ", write cache" : "",
	       vb->bdev.serial[0] ? ", serial " : "", vb->bdev.serial, MIN(vb->num, MAX_SLOTS));
	return 0;
free:
	kfree(vb); /* at boot, once: the rings of a refused disk stay */
	return err;
}
