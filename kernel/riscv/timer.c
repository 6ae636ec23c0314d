// SPDX-License-Identifier: MIT
/*
 * timer.c - what time it is, and being told when it is later.
 *
 * The time CSR counts at the FDT's timebase-frequency.  Each hart has one compare
 * value: with the Sstc extension the stimecmp register, else a call into the
 * firmware.  The compare value is always the earliest of this hart's armed timers
 * (a red-black tree) and its next scheduler tick, which runs only while the hart is
 * busy: an idle hart with nothing armed sleeps until a device wakes it.
 *
 *   T1  a hart's compare value is the earliest of its tree and its tick.
 *   T2  a timer is in the tree of t->hart if and only if t->when != 0.
 *
 * Locks: each queue's lock, taken with interrupts off; fn is called without it.
 */
#include "riscv/timer.h"
#include "lib/fdt.h"
#include "lib/printk.h"
#include "proc/sched.h"
#include "riscv/csr.h"
#include "riscv/hart.h"
#include "riscv/sbi.h"
#include "sync/spinlock.h"
#include "uapi/errno.h"

#define NEVER (~0UL)

struct timer_queue {
	spinlock_t lock;
	struct rb_root tree;		/* by when */
	u64 tick;			/* time of the next tick, NEVER while idle */
	struct timer *running;		/* whose fn is being called */
	u64 programmed;			/* what the hart's compare value stands for */
};

static struct timer_queue queues[NR_HARTS];
static u32 timebase = 10000000;
u64 ns_per_tick_q = (NSEC_PER_SEC << 24) / 10000000;
static bool has_sstc;

static void set_compare(u64 when)
{
	u64 count = NEVER;

	if (when != NEVER)	/* round up: never early */
		count = when / NSEC_PER_SEC * timebase +
			(when % NSEC_PER_SEC * timebase + NSEC_PER_SEC - 1) / NSEC_PER_SEC;
	if (has_sstc)
		csr_write(CSR_STIMECMP, count);
	else
		sbi_set_timer(count);
}

static void program(struct timer_queue *q)
{
	struct rb_node *first = rb_first(&q->tree);
	u64 when = first != NULL ? rb_entry(first, struct timer, node)->when : NEVER;

	when = MIN(when, q->tick);
	if (when == q->programmed)
		return;
	q->programmed = when;
	set_compare(when);
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
	*t = (struct timer){ .fn = fn };
}

static void remove_locked(struct timer_queue *q, struct timer *t)
{
	rb_erase(&q->tree, &t->node, NULL);
	t->when = 0;
}

void timer_cancel(struct timer *t)
{
	for (;;) {
		struct timer_queue *q = &queues[READ_ONCE(t->hart)];
		unsigned long flags = spin_lock_irqsave(&q->lock);
		bool running = q->running == t;

		if (t->when != 0) {
			remove_locked(q, t);
			if (q == &queues[hart_id()])
				program(q);
		}
		spin_unlock_irqrestore(&q->lock, flags);
		if (!running || q == &queues[current->hart])
			return;		/* fn runs on this hart only below us: it cancelled itself */
	}
}

void timer_arm(struct timer *t, u64 when_ns)
{
	struct timer_queue *q;
	struct rb_node **link, *parent = NULL;
	unsigned long flags;

	timer_cancel(t);
	flags = irq_save();
	q = &queues[hart_id()];
	spin_lock(&q->lock);
	t->hart = hart_id();
	t->when = MAX(when_ns, 1UL);
	link = &q->tree.node;
	while (*link != NULL) {
		parent = *link;
		link = t->when < rb_entry(parent, struct timer, node)->when ? &parent->left
									     : &parent->right;
	}
	rb_link(&t->node, parent, link);
	rb_insert(&q->tree, &t->node, NULL);
	program(q);
	spin_unlock(&q->lock);
	irq_restore(flags);
}

void tick_start(void)
{
	struct timer_queue *q = &queues[hart_id()];

	if (q->tick != NEVER)
		return;
	spin_lock(&q->lock);
	q->tick = time_ns() + NSEC_PER_SEC / HZ;
	program(q);
	spin_unlock(&q->lock);
}

void tick_stop(void)
{
	struct timer_queue *q = &queues[hart_id()];

	if (q->tick == NEVER)
		return;
	spin_lock(&q->lock);
	q->tick = NEVER;
	program(q);
	spin_unlock(&q->lock);
}

/* => interrupts off, preempt_count > 0 */
void timer_interrupt(void)
{
	struct timer_queue *q = &queues[hart_id()];
	u64 now = time_ns();
	bool tick = false;

	spin_lock(&q->lock);
	q->programmed = 0;	/* the compare value has passed */
	for (;;) {
		struct rb_node *first = rb_first(&q->tree);
		struct timer *t;

		if (first == NULL)
			break;
		t = rb_entry(first, struct timer, node);
		if (t->when > now)
			break;
		remove_locked(q, t);
		q->running = t;
		spin_unlock(&q->lock);
		t->fn(t);		/* may free or arm t */
		spin_lock(&q->lock);
		q->running = NULL;
	}
	if (q->tick <= now) {
		tick = true;
		q->tick = now + NSEC_PER_SEC / HZ;
	}
	program(q);
	spin_unlock(&q->lock);
	if (tick) {
		sched_tick();
		cpu_relax();	/* gang.c: the next one's turn */
	}
}

u64 timer_deadline(unsigned hart)
{
	return READ_ONCE(queues[hart].programmed);
}

/* This hart has the turn again: the tick counts from now.  No lock: no other hart runs, and
 * the code we interrupted waits for another hart, so it does not hold this queue's lock. */
void tick_restart(void)
{
	struct timer_queue *q = &queues[hart_id()];

	if (q->tick == NEVER)
		return;
	q->tick = time_ns() + NSEC_PER_SEC / HZ;
	program(q);
}

void timer_wfi_until(u64 when)
{
	set_compare(when);
	__asm__ volatile("wfi" ::: "memory");
	set_compare(queues[hart_id()].programmed);
}

struct sleeper {
	struct timer timer;
	struct wait_queue wq;
	bool done;
};

static void sleeper_wake(struct timer *t)
{
	struct sleeper *s = container_of(t, struct sleeper, timer);

	WRITE_ONCE(s->done, true);
	wake_up_all(&s->wq);
}

int sleep_ns(u64 ns, bool interruptible)
{
	struct sleeper s = { .done = false };
	int err = 0;

	wait_queue_init(&s.wq);
	timer_init(&s.timer, sleeper_wake);
	timer_arm(&s.timer, time_ns() + ns);
	if (interruptible)
		err = wait_event_interruptible(&s.wq, READ_ONCE(s.done));
	else
		wait_event(&s.wq, READ_ONCE(s.done));
	timer_cancel(&s.timer);		/* also waits for sleeper_wake to leave the stack */
	return err;
}

/* Does writing stimecmp trap?  The firmware may not have enabled it. */
static bool probe_sstc(void)
{
	unsigned long ok = 1, old;

	__asm__ volatile("lla %1, 1f\n"
			 "csrrw %1, stvec, %1\n"
			 "csrw %3, %2\n"
			 "j 2f\n"
			 ".balign 4\n"
			 "1: li %0, 0\n"
			 "2: csrw stvec, %1\n"
			 : "+r"(ok), "=&r"(old) : "r"(NEVER), "i"(CSR_STIMECMP) : "memory");
	return ok;
}

void timer_setup(void)
{
	int cpus = fdt_path(&machine_fdt, "/cpus");

	if (cpus < 0 || fdt_prop_u32(&machine_fdt, cpus, "timebase-frequency", &timebase) != 0 ||
	    timebase == 0)
		panic("no clock: /cpus of the device tree has no timebase-frequency");
	ns_per_tick_q = (NSEC_PER_SEC << 24) / timebase;
	has_sstc = probe_sstc();
	for (unsigned h = 0; h < NR_HARTS; h++) {
		spin_lock_init(&queues[h].lock, "timer");
		queues[h].tick = NEVER;
	}
	printk("timer: %u Hz, %s, tick %u Hz while busy\n", timebase,
	       has_sstc ? "stimecmp (Sstc)" : "SBI set_timer", HZ);
}

void timer_setup_hart(void)
{
	struct timer_queue *q = &queues[hart_id()];

	q->programmed = 0;
	spin_lock(&q->lock);
	program(q);
	spin_unlock(&q->lock);
	csr_set(sie, SIE_STIE | SIE_SSIE);
	csr_write(scounteren, 7);	/* programs may read cycle, time and instret */
}
