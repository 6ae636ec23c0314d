// SPDX-License-Identifier: MIT
/*
 * gang.c - deterministic runs with several harts.
 *
 * Under QEMU's -icount all harts share one host thread: one runs until it halts or the next
 * timer is due, then the next one.  That is nearly a deterministic machine, but
 *
 *   - any event of the host (a disk answers, QEMU's main loop wakes) may end a hart's share
 *     early, and the next hart then runs at another instant than in the last run;
 *   - a hart that uses its share up exactly to the next timer leaves the following ones a
 *     share of nothing.  Who spins, waiting for another hart, spins for ever.
 *
 * Both are harmless while only one hart has anything to execute.  So the harts pass a
 * turn around.  One has it; the others sit in WFI with every interrupt masked but the
 * software interrupt, where QEMU gives them no instruction whatever happens.  The turn is
 * passed
 *
 *   - by a hart that idles, to one that does not, or has a message, or a timer due;
 *   - at the tick, to the next of those: a busy hart keeps the turn for 10 ms;
 *   - in every loop that waits for another hart (cpu_relax).
 *
 * When nobody has anything to do, hart 0 keeps the turn, for it gets the devices'
 * interrupts, and sleeps until the first of all harts' timers.
 *
 * Messages between harts are only noted; the receiver finds them when it has the turn.
 * The same with TLB flushes, which must not be the firmware's: its sender spins.
 *
 *   G1  turn names the only hart that is not in pass(), or on its way into or out of it.
 *   G2  a hart that takes the turn first lets the one that gave it come to rest: it
 *       executes WFI twice with the interrupt still pending, which costs one instruction
 *       and hands QEMU's thread on.
 *
 * Time is virtual, so all this costs no accuracy, and a run with four harts shows what a
 * time-sharing machine of four would do.  It is not for measuring parallel speed.
 */
#include "riscv/gang.h"
#include "lib/atomic.h"
#include "riscv/csr.h"
#include "riscv/hart.h"
#include "riscv/sbi.h"
#include "riscv/timer.h"

bool deterministic, gang_on;

static unsigned turn;
static bool idle[NR_HARTS], flush[NR_HARTS];

static void wfi(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

/* Sleep until the turn is ours. => interrupts off, sie holds SSIE alone */
static void wait_for_turn(unsigned me)
{
	for (;;) {
		wfi();
		wfi(); /* G2 */
		wfi();
		csr_clear(sip, SIE_SSIE);
		if (READ_ONCE(turn) == me)
			break;
	}
	if (flush[me]) {
		flush[me] = false;
		__asm__ volatile("sfence.vma\n\tfence.i" ::: "memory");
	}
	if (gang_has_message(me))
		csr_set(sip, SIE_SSIE);
	tick_restart();
}

static void pass(unsigned to)
{
	unsigned me = hart_id();
	unsigned long sie = csr_read(sie);

	csr_write(sie, SIE_SSIE);
	csr_clear(sip, SIE_SSIE);
	WRITE_ONCE(turn, to);
	smp_mb();
	sbi_send_ipi(1UL << hart_to_sbi[to]);
	wait_for_turn(me);
	csr_write(sie, sie);
}

/* The next hart after me that has something to do; me if none has. */
static unsigned next_busy(unsigned me)
{
	u64 now = time_ns();

	for (unsigned i = 1; i < nr_harts; i++) {
		unsigned h = (me + i) % nr_harts;

		if (!idle[h] || gang_has_message(h) || timer_deadline(h) <= now)
			return h;
	}
	return me;
}

void gang_relax(void)
{
	unsigned long flags = irq_save();
	unsigned me = hart_id(), next = next_busy(me);

	if (next != me)
		pass(next);
	irq_restore(flags);
}

void gang_idle(void)
{
	unsigned me = hart_id(), next;

	idle[me] = true;
	next = next_busy(me);
	if (next == me && me != 0)
		next = 0;
	if (next != me) {
		pass(next);
	} else {
		u64 first = ~0UL;

		for (unsigned h = 0; h < nr_harts; h++)
			first = MIN(first, timer_deadline(h));
		timer_wfi_until(first);
	}
	idle[me] = false;
}

void gang_flush_others(void)
{
	for (unsigned h = 0; h < nr_harts; h++)
		if (h != hart_id())
			flush[h] = true;
}

void gang_join(void)
{
	unsigned me = hart_id();
	unsigned long sie = csr_read(sie);

	idle[me] = true;
	csr_write(sie, SIE_SSIE);
	wait_for_turn(me);
	csr_write(sie, sie);
	idle[me] = false;
}

void gang_start(void)
{
	gang_on = nr_harts > 1;
}
