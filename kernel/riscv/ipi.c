// SPDX-License-Identifier: MIT
/*
 * ipi.c - messages between harts.
 *
 * A message is a bit in the receiver's word followed by a software interrupt (SBI
 * IPI extension).  The receiver clears the pending interrupt before it reads the
 * word: a bit set later raises a new interrupt, so none is lost.  A receiver that is
 * busy with an earlier message may find a bit before its interrupt comes: whatever
 * the message is about has to be written before the bit.
 *
 * Locks: call_lock serialises callers of hart_call_all, and keeps each on its hart: a
 * caller that moved between its own part and the others' would leave one hart out.  It
 * waits with interrupts on, so two harts that call each other both make progress.
 */
#include "riscv/ipi.h"
#include "lib/atomic.h"
#include "lib/printk.h"
#include "proc/sched.h"
#include "riscv/csr.h"
#include "riscv/gang.h"
#include "riscv/hart.h"
#include "riscv/sbi.h"
#include "riscv/timer.h"
#include "sync/spinlock.h"

#define IPI_KICK	0x1U
#define IPI_CALL	0x2U
#define IPI_STOP	0x4U

static u32 pending[NR_HARTS];
static spinlock_t call_lock = SPINLOCK_INIT("hart_call");
static void (*call_fn)(void *arg);
static void *call_arg;
static atomic_t call_left;

static void send(unsigned hart, u32 message)
{
	/* What the message is about before the message, that before the interrupt. */
	__atomic_fetch_or(&pending[hart], message, __ATOMIC_RELEASE);
	smp_mb();
	if (!gang_on)
		sbi_send_ipi(1UL << hart_to_sbi[hart]);
	else if (hart == hart_id())
		csr_set(sip, SIE_SSIE);
}

bool gang_has_message(unsigned hart)
{
	return READ_ONCE(pending[hart]) != 0;
}

void hart_kick(unsigned hart)
{
	send(hart, IPI_KICK);
}

void hart_call_all(void (*fn)(void *arg), void *arg)
{
	unsigned n = READ_ONCE(nr_harts);	/* grows while the harts are brought up */
	unsigned long flags;

	assert(n == 1 || !irqs_off());
	spin_lock(&call_lock);
	call_fn = fn;
	call_arg = arg;
	atomic_set(&call_left, (s32)n - 1);
	for (unsigned h = 0; h < n; h++)
		if (h != hart_id())
			send(h, IPI_CALL);
	flags = irq_save();
	fn(arg);
	irq_restore(flags);
	while (smp_load_acquire(&call_left.v) != 0)
		cpu_relax();
	spin_unlock(&call_lock);
}

void ipi_interrupt(void)
{
	u32 got;

	csr_clear(sip, SIE_SSIE);
	smp_mb();	/* a register is no memory: the exchange alone does not wait for it */
	got = __atomic_exchange_n(&pending[hart_id()], 0, __ATOMIC_SEQ_CST);
	if (got & IPI_STOP)
		for (;;) {
			csr_write(sie, 0);
			__asm__ volatile("wfi");
		}
	if (got & IPI_CALL) {
		call_fn(call_arg);
		__atomic_sub_fetch(&call_left.v, 1, __ATOMIC_RELEASE);
	}
	if (got & IPI_KICK)
		set_bits(&current->work, WORK_RESCHED);
}

void ipi_stop_others(void)
{
	for (unsigned h = 0; h < nr_harts; h++)
		if (h != hart_id())
			send(h, IPI_STOP);
}
