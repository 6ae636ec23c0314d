// SPDX-License-Identifier: MIT
/*
 * uart.c - the 16550 serial port ("ns16550a" in the FDT).
 *
 * Output goes into the chip's FIFO at once while it has room: THRE in the line status
 * says that all 16 places are free, so one status read serves 16 bytes.  What finds
 * no room waits in a ring that the transmitter's interrupt empties; the interrupt
 * is enabled only while the ring holds something.  Under QEMU the FIFO is always
 * free, and the ring is never used.
 *
 * Input is moved by the receiver's interrupt into another ring.  When that is full the
 * interrupt is switched off and the chip's own FIFO fills, which makes QEMU (or the
 * sender, where there is flow control) hold back: nothing is lost.
 *
 * The kernel log has its own way out, uart_putc_sync: polled, no lock, good in a panic.
 * It may run in the middle of anything here; the worst is a line inside a line.
 *
 *   U1  ring indexes count bytes ever put and got; put - got <= RING.
 *   U2  IER_THRI is set if and only if the output ring holds something;
 *       IER_RDI is clear if and only if the input ring is full.
 *
 * Locking: uart.lock, with interrupts off; a leaf but for the wait queues.
 */
#include "dev/dev.h"
#include "lib/fdt.h"
#include "lib/log.h"
#include "lib/printk.h"
#include "mm/kmem/vmalloc.h"
#include "riscv/irq.h"
#include "sync/wait.h"
#include "uapi/errno.h"

#define RBR              0 /* in: received byte */
#define THR              0 /* out: byte to send */
#define IER              1
#define IER_RDI          1 /* interrupt: received data */
#define IER_THRI         2 /* ... room to send */
#define IIR              2
#define FCR              2
#define FCR_ENABLE       1
#define FCR_CLEAR        6
#define LCR              3
#define LCR_8N1          3
#define MCR              4
#define MCR_DTR_RTS_OUT2 0x0b
#define LSR              5
#define LSR_DR           1 /* data ready */
#define LSR_THRE         0x20 /* transmit FIFO empty */

#define FIFO_SIZE        16
#define RING             1024U
#define BURST            64 /* bytes sent in one go with interrupts off */

static struct {
	volatile u8 *regs; /* NULL: no UART, use the firmware's console for output */
	unsigned shift; /* registers are 1 << shift bytes apart */
	spinlock_t lock;
	u8 ier;
	u32 in_put, in_got, out_put, out_got;
	u8 in[RING], out[RING];
	struct wait_queue in_wq, out_wq;
} uart;

static u8 get(unsigned reg)
{
	return uart.regs[reg << uart.shift];
}
static void set(unsigned reg, u8 v)
{
	uart.regs[reg << uart.shift] = v;
}

static void set_ier(u8 ier)
{
	if (uart.ier != ier) {
		uart.ier = ier;
		set(IER, ier);
	}
}

static void uart_putc_sync(int c)
{
	for (unsigned i = 0; i < 1000000 && !(get(LSR) & LSR_THRE); i++)
		;
	set(THR, (u8)c);
}

/* Move the output ring into the FIFO, as far as it goes. => lock held */
static void push(void)
{
	while (uart.out_got != uart.out_put && (get(LSR) & LSR_THRE))
		for (unsigned i = 0; i < FIFO_SIZE && uart.out_got != uart.out_put; i++)
			set(THR, uart.out[uart.out_got++ % RING]);
	set_ier(uart.out_got == uart.out_put ? uart.ier & ~IER_THRI : uart.ier | IER_THRI);
}

size_t uart_write(const u8 *buf, size_t n)
{
	size_t done = 0;

	if (uart.regs == NULL) {
		for (; done < n; done++)
			console_putc(buf[done]);
		return n;
	}
	while (done < n) {
		unsigned long flags = spin_lock_irqsave(&uart.lock);
		size_t end = done + MIN(n - done, (size_t)BURST), before = done;

		if (uart.out_got == uart.out_put)
			while (done < end && (get(LSR) & LSR_THRE))
				for (unsigned i = 0; i < FIFO_SIZE && done < end; i++)
					set(THR, buf[done++]);
		while (done < end && uart.out_put - uart.out_got < RING)
			uart.out[uart.out_put++ % RING] = buf[done++];
		if (uart.out_got != uart.out_put)
			push();
		spin_unlock_irqrestore(&uart.lock, flags);
		if (done == before)
			break;
	}
	return done;
}

bool uart_has_room(void)
{
	return READ_ONCE(uart.out_put) - READ_ONCE(uart.out_got) < RING;
}

static bool out_empty(void)
{
	return READ_ONCE(uart.out_put) == READ_ONCE(uart.out_got);
}

int uart_wait(bool drained)
{
	if (drained)
		return wait_event_interruptible(&uart.out_wq, out_empty());
	return wait_event_interruptible(&uart.out_wq, uart_has_room());
}

size_t uart_read(u8 *buf, size_t n)
{
	unsigned long flags;
	size_t done = 0;

	wait_event(&uart.in_wq, READ_ONCE(uart.in_put) != READ_ONCE(uart.in_got));
	flags = spin_lock_irqsave(&uart.lock);
	while (done < n && uart.in_got != uart.in_put)
		buf[done++] = uart.in[uart.in_got++ % RING];
	set_ier(uart.ier | IER_RDI);
	spin_unlock_irqrestore(&uart.lock, flags);
	return done;
}

bool uart_peek_for(u8 c)
{
	unsigned long flags = spin_lock_irqsave(&uart.lock);
	bool found = false;

	for (u32 i = uart.in_got; i != uart.in_put && !found; i++)
		found = uart.in[i % RING] == c;
	spin_unlock_irqrestore(&uart.lock, flags);
	return found;
}

static void interrupt(void *arg)
{
	unsigned long flags = spin_lock_irqsave(&uart.lock);
	u32 had = uart.in_put;
	bool sending = !out_empty(), room;

	(void)arg;
	(void)get(IIR); /* takes back a transmitter interrupt */
	while (uart.in_put - uart.in_got < RING && (get(LSR) & LSR_DR))
		uart.in[uart.in_put++ % RING] = get(RBR);
	if (uart.in_put - uart.in_got == RING)
		set_ier(uart.ier & ~IER_RDI);
	push();
	room = sending && uart.out_put - uart.out_got <= RING / 2;
	had = uart.in_put - had;
	spin_unlock_irqrestore(&uart.lock, flags);
	if (had != 0)
		wake_up_all(&uart.in_wq);
	if (room)
		wake_up_all(&uart.out_wq);
}

void __init uart_init(void)
{
	int node = fdt_device("ns16550a");
	u64 pa, size;
	int err;

	spin_lock_init(&uart.lock, "uart");
	wait_queue_init(&uart.in_wq);
	wait_queue_init(&uart.out_wq);
	if (node < 0)
		node = fdt_device("ns16550");
	if (node < 0 || fdt_reg(&machine_fdt, node, 0, &pa, &size) != 0) {
		printk_loud("uart: the device tree names no 16550; no input\n");
		return;
	}
	fdt_prop_u32(&machine_fdt, node, "reg-shift", &uart.shift);
	uart.regs = ioremap(pa, size);
	if (uart.regs == NULL) {
		printk_loud("uart: no address space for its registers; no input\n");
		return;
	}
	set(IER, 0);
	set(LCR, LCR_8N1); /* the firmware has set the speed */
	set(FCR, FCR_ENABLE | FCR_CLEAR);
	set(MCR, MCR_DTR_RTS_OUT2);
	console_putc = uart_putc_sync;
	err = irq_register(fdt_irq(node), interrupt, NULL, "uart");
	if (err != 0)
		printk_loud("uart: interrupt %u cannot be had (%d); no input\n", fdt_irq(node),
		            -err);
	else
		set_ier(IER_RDI);
}
