// SPDX-License-Identifier: MIT
/*
 * sched.c - which task runs on which hart, and for how long.
 *
 * Each hart has a run queue of its own with a lock of its own, so that harts meet
 * only when one has nothing to do and takes a task from another.
 *
 * A run queue is three lists.  A task runs from the head of "active" until it has
 * used up its time slice; then it gets a new slice and waits at the end of "expired".
 * When nothing else is left active and expired change places.  A task that wakes up
 * with some of its slice left waits in "fresh", which is served first.  What is left of
 * a slice survives sleeping: so a task that sleeps much is served soon, yet two tasks
 * that wake each other all day use up their slices like anybody else, and nobody
 * starves.  Every step is O(1).  The nice value sets the length of the slice.
 *
 * A woken task takes the hart from the running one if that has already run for a
 * tick of its slice, or is less nice; otherwise it waits for that.  So a pipe's
 * writer is not interrupted by its reader at each byte, and a shell is not held up
 * by a computation.
 *
 * Which hart: the one where it ran last, unless that is asleep while the waker's own
 * hart has nobody waiting: then the waker's, because the waker probably sleeps soon
 * and an interrupt to another hart costs more than the wait.  If that was wrong, the
 * tick finds a waiting task and a sleeping hart, and sends the one for the other.
 * New tasks start beside their parent; the second one in the queue wakes a hart.
 * While all harts are busy the tick evens out their queues.
 *
 * A hart without a task runs its idle task, which waits for an interrupt (WFI) with
 * its tick off.  idle_harts has a bit for each; whoever clears the bit sends the
 * interrupt, so there is one for each sleep at most.
 *
 * Invariants, whenever rq->lock is free:
 *   S1  exactly one task has on_hart set for this hart: rq->curr;
 *   S2  queued is set exactly for the nr_ready tasks on the lists; they are
 *       RUNNING, or were preempted on their way to sleep;
 *   S3  a task is on one list at most, of the hart that t->hart names;
 *   S4  a task that is neither on_hart nor queued has saved its context completely.
 *
 * Locking: rq->lock is taken with interrupts off, and under it only the timer queue's
 * and the ASIDs' lock, which the switch to the next task needs.  It is
 * held across the context switch: taken by the task that leaves, released by the one
 * that arrives (finish_switch).  That gives S4, and nobody ever has to wait for a
 * task to have "really" stopped.  Because taker and releaser differ, the lock is a
 * bare word and not known to the lock-order checker.  Of two run queues the second
 * is only ever tried (steal), never waited for.
 *
 * Rejected: one tree ordered by virtual run time.  It is fairer by shares, but costs
 * a rebalancing at each of the two switches of a round trip and explains nothing
 * about memory.
 */
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/vm/mm.h"
#include "proc/rq.h"
#include "riscv/gang.h"
#include "riscv/pgtable.h"
#include "riscv/timer.h"
#include "riscv/trap.h"
#include "sync/lockdep.h"

#define SLICE_UNIT_NS	(10 * NSEC_PER_MSEC)
#define NS_PER_TICK	(NSEC_PER_SEC / HZ)
#define BALANCE_TICKS	4

struct rq rqs[NR_HARTS];
static u32 idle_harts;			/* (a) asleep, or about to be */
static u32 online_harts;		/* (a) */

/* nice 19 .. -20 gives half a tick .. seven and a half; 0 gives four and a half. */
void sched_set_nice(struct task *t, int nice)
{
	t->nice = nice;
	t->slice_max_ns = (u64)(24 - nice) / 6 * SLICE_UNIT_NS + SLICE_UNIT_NS / 2;
}

/* --- queues --- */

static inline void enqueue(struct rq *rq, struct task *t, bool woken)
{
	t->queued = true;
	rq->nr_ready++;
	if (unlikely(t->slice_ns >= t->slice_max_ns)) {
		t->slice_ns = 0;
		list_add_tail(&t->run_link, rq->expired);
	} else {
		list_add_tail(&t->run_link, woken ? &rq->fresh : rq->active);
	}
}

static inline void dequeue(struct rq *rq, struct task *t)
{
	list_del(&t->run_link);
	t->queued = false;
	rq->nr_ready--;
}

/* The oldest task that may run here of another hart's queue with at least min tasks,
 * taken off it; or NULL.  => rq, this hart's, is locked. */
static struct task *steal(struct rq *rq, u32 min)
{
	unsigned me = rq->hart;

	for (unsigned i = 1; i < nr_harts; i++) {
		struct rq *from = &rqs[(me + i) % nr_harts];
		struct task *t;

		if (READ_ONCE(from->nr_ready) < min || !rq_trylock(from))
			continue;
		for (int k = 0; k < 3; k++) {
			struct list *l = k == 0 ? from->expired : k == 1 ? from->active : &from->fresh;

			list_for_each(t, l, run_link) {
				if (!(t->harts_allowed & BIT(me)))
					continue;
				dequeue(from, t);
				WRITE_ONCE(t->hart, me);
				rq_unlock(from);
				return t;
			}
		}
		rq_unlock(from);
	}
	return NULL;
}

/* Take the next task off the queue. => rq locked */
static inline struct task *pick_next(struct rq *rq)
{
	struct task *t;

	if (!list_empty(&rq->fresh)) {
		t = list_first(&rq->fresh, struct task, run_link);
		dequeue(rq, t);
		return t;
	}
	if (list_empty(rq->active)) {
		struct list *l = rq->active;

		if (rq->nr_ready == 0) {
			t = nr_harts > 1 ? steal(rq, 1) : NULL;
			return t ? t : rq->idle;
		}
		rq->active = rq->expired;
		rq->expired = l;
	}
	t = list_first(rq->active, struct task, run_link);
	dequeue(rq, t);
	return t;
}

/* Wake one of the sleeping harts of mask. */
static void kick_idle(u32 mask)
{
	smp_mb();	/* the queue first, then who sleeps: see idle_loop */
	mask &= READ_ONCE(idle_harts);
	while (mask) {
		u32 bit = mask & -mask;

		if (__atomic_fetch_and(&idle_harts, ~bit, __ATOMIC_SEQ_CST) & bit) {
			hart_kick(__builtin_ctz(bit));
			return;
		}
		mask &= ~bit;
	}
}

/* A task has come to rq's queue: does rq's hart have to know? => rq locked */
static inline void resched_for(struct rq *rq, struct task *t)
{
	struct task *curr = rq->curr;
	unsigned hart = rq->hart;

	if (curr == rq->idle) {
		set_bits(&curr->work, WORK_RESCHED);
		if (hart != hart_id())
			kick_idle(BIT(hart));
	} else if (curr->nice > t->nice || curr->slice_ns >= NS_PER_TICK) {
		set_bits(&curr->work, WORK_RESCHED);
	}
}

/* --- the switch --- */

/* Kernel threads and idle tasks run in whatever address space is there; they hold a
 * reference to it, so that its root table stays until another one is loaded. */
static inline void switch_mm(struct rq *rq, struct task *prev, struct task *next)
{
	struct mm *old = prev->active_mm;

	if (next->mm) {
		if (next->mm != old)
			mm_switch(next->mm);
		next->active_mm = next->mm;
		if (!prev->mm) {
			rq->drop_mm = old;
			prev->active_mm = NULL;
		}
	} else {
		next->active_mm = old;
		if (prev->mm)
			mm_get(old);
		else
			prev->active_mm = NULL;
	}
}

/* A task that may no longer run where it ran, on its way to another queue.  If it was preempted
 * before it slept its state says so, and a waker would queue it as well: let it be awake, in
 * vain, as every sleeper must expect. => its run queue's lock held */
static inline struct task *take_away(struct task *t)
{
	WRITE_ONCE(t->state, TASK_RUNNING);
	return t;
}

/* Put such a task on the queue of a hart where it may run.
 * => t is neither on a hart nor queued, and RUNNING, so nobody else touches it; interrupts off */
static void move_task(struct task *t)
{
	u32 mask = t->harts_allowed & online_harts;
	unsigned hart = mask ? (unsigned)__builtin_ctz(mask) : 0;
	struct rq *rq = &rqs[hart];

	WRITE_ONCE(t->hart, hart);
	rq_lock(rq);
	enqueue(rq, t, false);
	resched_for(rq, t);
	rq_unlock(rq);
}

/* The second half of a switch, in the task that has arrived: let go of the run queue,
 * then of what the task before left behind. => interrupts off; flags: what they shall
 * be after the lock is gone */
static inline void finish_switch(unsigned long flags)
{
	struct rq *rq = this_rq();
	struct task *prev = rq->prev;
	struct task *move = rq->move;
	struct mm *drop = rq->drop_mm;
	bool dead = unlikely(prev->state == TASK_DEAD || prev->state == TASK_ZOMBIE) &&
		    !prev->queued;

	rq->drop_mm = NULL;
	rq->move = NULL;
	rq_unlock(rq);
	if (unlikely(move))
		move_task(move);
	irq_restore(flags);
	if (drop)
		mm_put(drop);
	if (unlikely(dead))
		task_dead(prev);
}

void schedule_tail(void)
{
	finish_switch(SSTATUS_SIE);
}

/* Give the hart to the next task.  preempt: the current one wants to go on, whatever
 * its state says. */
static void switch_task(bool preempt)
{
	unsigned long flags = irq_save();
	struct task *prev = current, *next;
	struct rq *rq = this_rq();
	u64 now;

	rq_lock(rq);
	clear_bits(&prev->work, WORK_RESCHED);
	now = account(prev);
	if (prev != rq->idle && (prev->state == TASK_RUNNING || preempt)) {
		if (unlikely(!(prev->harts_allowed & BIT(rq->hart))))
			rq->move = take_away(prev);
		else
			enqueue(rq, prev, false);
		prev->nivcsw++;
	} else {
		prev->nvcsw++;
	}
	next = pick_next(rq);
	next->on_hart = true;
	if (next == prev) {
		rq_unlock(rq);
		irq_restore(flags);
		return;
	}
	prev->on_hart = false;
	rq->curr = next;
	rq->prev = prev;
	rq->switches++;
	next->last_run_ns = now;
	if (unlikely(prev == rq->idle)) {
		rq->idle_ns += now - rq->idle_since_ns;
		if (!rq->tick_on) {
			rq->tick_on = true;
			tick_start();
		}
	} else if (next == rq->idle) {
		rq->idle_since_ns = now;
	}
	switch_mm(rq, prev, next);
	switch_fp(rq, prev, next);
	context_switch(prev, next);
	finish_switch(flags);		/* the hart, and with it rq, may be another now */
}

void schedule(void)
{
	assert(current->preempt_count == 0);
	switch_task(false);
}

void switch_away(void)
{
	switch_task(false);
}

void sched_yield(void)
{
	struct task *t = current;

	/* Nobody to yield to: racy, but so is yielding. */
	if (READ_ONCE(rqs[t->hart].nr_ready) == 0 && !(READ_ONCE(t->work) & WORK_RESCHED))
		return;
	switch_task(false);
}

void preempt_schedule(void)
{
	if (irqs_off())
		return;
	do
		switch_task(true);
	while (READ_ONCE(current->work) & WORK_RESCHED);
}

void preempt_schedule_irq(void)
{
	if (current->preempt_count == 0 && (READ_ONCE(current->work) & WORK_RESCHED))
		switch_task(true);
}

void might_sleep(void)
{
	if (unlikely(current->preempt_count != 0 || irqs_off())) {
		lockdep_show_held();
		panic("task %d (%s) may sleep here, but preempt_count is %u, interrupts %s",
		      current->pid, current->comm, current->preempt_count,
		      irqs_off() ? "off" : "on");
	}
}

/* --- waking --- */

/* Where t, asleep until now, shall wait for its turn. => interrupts off */
static inline unsigned choose_hart(struct task *t)
{
	unsigned me = hart_id(), home = t->hart;
	u32 allowed = t->harts_allowed & online_harts;
	u32 idle;

	if (likely(home == me && (allowed & BIT(me))))
		return me;
	if ((allowed & BIT(me)) && rqs[me].nr_ready == 0 &&
	    (!(allowed & BIT(home)) || rqs[home].curr == rqs[home].idle))
		return me;
	idle = READ_ONCE(idle_harts) & allowed;
	if ((allowed & BIT(home)) && ((idle & BIT(home)) || !idle))
		return home;
	return idle ? (unsigned)__builtin_ctz(idle) :
	       allowed ? (unsigned)__builtin_ctz(allowed) : home;
}

bool wake_task(struct task *t, unsigned state_mask)
{
	unsigned long flags = irq_save();
	struct rq *rq;
	unsigned hart;

	smp_mb();	/* what the sleeper waits for is visible before its state is read */
	rq = task_rq_lock(t);
	if (!(BIT(t->state) & state_mask)) {
		rq_unlock(rq);
		irq_restore(flags);
		return false;
	}
	WRITE_ONCE(t->state, TASK_RUNNING);
	if (!t->on_hart && !t->queued) {
		hart = choose_hart(t);
		if (unlikely(&rqs[hart] != rq)) {
			/* RUNNING and on no list: nobody else touches it meanwhile. */
			WRITE_ONCE(t->hart, hart);
			rq_unlock(rq);
			rq = &rqs[hart];
			rq_lock(rq);
		}
		enqueue(rq, t, true);
		resched_for(rq, t);
		if (unlikely(rq->nr_ready > 1))
			kick_idle(t->harts_allowed);
	}
	rq_unlock(rq);
	irq_restore(flags);
	return true;
}

void wake_new_task(struct task *t)
{
	unsigned long flags = irq_save();
	struct rq *rq;

	t->state = TASK_RUNNING;
	t->hart = hart_id();
	if (unlikely(!(t->harts_allowed & BIT(t->hart)))) {
		move_task(t);
		irq_restore(flags);
		return;
	}
	rq = this_rq();
	rq_lock(rq);
	enqueue(rq, t, false);
	if (rq->curr == rq->idle)
		set_bits(&rq->curr->work, WORK_RESCHED);
	if (rq->nr_ready > 1)
		kick_idle(t->harts_allowed);
	rq_unlock(rq);
	irq_restore(flags);
}

int sched_set_affinity(struct task *t, u32 mask)
{
	unsigned long flags;
	struct rq *rq;
	bool queued = false;

	if (!(mask & online_harts))
		return -EINVAL;
	flags = irq_save();
	rq = task_rq_lock(t);
	t->harts_allowed = mask;
	if (!(mask & BIT(t->hart))) {
		if (t->queued) {
			dequeue(rq, take_away(t));
			queued = true;
		} else if (t->on_hart) {
			set_bits(&t->work, WORK_RESCHED);
			if (t != current)
				hart_kick(t->hart);
		}
	}
	rq_unlock(rq);
	if (queued)
		move_task(t);
	irq_restore(flags);
	if (t == current && (READ_ONCE(current->work) & WORK_RESCHED))
		sched_yield();
	return 0;
}

/* --- the tick --- */

/* All harts are busy, but another one has two tasks more that wait than this one. */
static void balance(struct rq *rq)
{
	struct task *t = steal(rq, rq->nr_ready + 2);

	if (t)
		enqueue(rq, t, false);
}

void sched_tick(void)
{
	struct rq *rq = this_rq();
	struct task *t = current;
	u64 now;

	if (t == rq->idle) {
		rq->tick_on = false;
		tick_stop();
		return;
	}
	rq_lock(rq);
	now = account(t);
	if (nr_harts > 1 && (++rq->ticks & (BALANCE_TICKS - 1)) == 0)
		balance(rq);
	rq_unlock(rq);
	if (t->mm && t->tf->scause == (SCAUSE_IRQ | IRQ_S_TIMER))
		t->ticks_user++, rq->ticks_user++;
	else
		t->ticks_kernel++, rq->ticks_kernel++;
	if (rq->nr_ready != 0) {
		if (t->slice_ns >= t->slice_max_ns ||
		    (t->slice_ns >= NS_PER_TICK && !list_empty(&rq->fresh)))
			set_bits(&t->work, WORK_RESCHED);
		kick_idle(~0u);
	}
	load_update(now);
}

/* --- idling --- */

static bool work_elsewhere(unsigned me)
{
	for (unsigned i = 0; i < nr_harts; i++)
		if (i != me && READ_ONCE(rqs[i].nr_ready) > 0)
			return true;
	return false;
}

static void wait_for_interrupt(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

__noreturn void idle_loop(void)
{
	struct rq *rq = this_rq();
	u32 bit = BIT(hart_id());

	for (;;) {
		irq_disable();
		clear_bits(&current->work, WORK_RESCHED);
		if (READ_ONCE(rq->nr_ready) || work_elsewhere(hart_id()))
			switch_task(false);
		/* Announce the sleep first, look for work afterwards: a waker does it
		 * the other way round, so one sees the other.  WFI ends at a pending
		 * interrupt although they are off. */
		__atomic_fetch_or(&idle_harts, bit, __ATOMIC_SEQ_CST);
		smp_mb();
		if (!READ_ONCE(rq->nr_ready) && !(READ_ONCE(current->work) & WORK_RESCHED))
			gang_on ? gang_idle() : wait_for_interrupt();
		clear_bits(&idle_harts, bit);
		irq_enable();
	}
}

/* --- start --- */

void sched_init_hart(void)
{
	struct task *idle = current;
	unsigned hart = idle - idle_tasks;
	struct rq *rq = &rqs[hart];

	assert(hart < NR_HARTS);
	for (int i = 0; i < 2; i++)
		list_init(&rq->lists[i]);
	list_init(&rq->fresh);
	rq->active = &rq->lists[0];
	rq->expired = &rq->lists[1];
	rq->idle = rq->curr = idle;
	rq->hart = hart;
	idle->hart = hart;
	idle->on_hart = true;
	idle->kthread = true;
	idle->state = TASK_RUNNING;
	idle->harts_allowed = BIT(hart);
	idle->active_mm = &init_mm;
	mm_get(&init_mm);
	idle->pid = idle->tgid = 0;
	idle->leader = idle;
	sched_set_nice(idle, 0);
	list_init(&idle->threads);
	list_init(&idle->children);
	atomic_set(&idle->refs, 1);
	memcpy(idle->comm, "idle/0", 7);
	idle->comm[5] += hart;
	rq->idle_since_ns = idle->last_run_ns = time_ns();
	set_bits(&online_harts, BIT(hart));
	if (hart != 0)			/* it goes to idle_loop next: worth a message from now on */
		set_bits(&idle_harts, BIT(hart));
}

void sched_init(void)
{
	task_init();
}
