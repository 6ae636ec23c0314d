// SPDX-License-Identifier: MIT
/*
 * load.c - how busy: time used by tasks and harts, and the load average.
 *
 * What a task has run is measured at every switch.  How much of it was in user mode
 * would take two more looks at the clock in every system call; instead the tick counts
 * where it finds the hart, and the measured time is shared out in that proportion.
 *
 * The load average is brought forward by whichever hart's tick comes first after five
 * seconds.  If all slept there was no tick, and nothing to count: the steps missed are
 * made up with zero.
 */
#include "proc/rq.h"

/* The load average decays by a factor each 5 s; the factors in 11 binary places are
 * 2048 * e^(-5/60), e^(-5/300), e^(-5/900). */
#define LOAD_PERIOD_NS	(5 * NSEC_PER_SEC)
static const u32 load_decay[3] = { 1884, 2014, 2037 };
static u64 load_avg[3], load_next_ns = LOAD_PERIOD_NS;
static spinlock_t load_lock = SPINLOCK_INIT("load");

unsigned nr_running(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < nr_harts; i++)
		n += rqs[i].nr_ready + (rqs[i].curr != rqs[i].idle);
	return n;
}

/* One step for each period gone by; all but the last were slept through, or there would
 * have been a tick. */
void load_update(u64 now)
{
	unsigned long flags;
	u64 active;

	if (likely(now < READ_ONCE(load_next_ns)))
		return;
	flags = spin_lock_irqsave(&load_lock);
	for (int steps = 0; now >= load_next_ns; steps++) {
		load_next_ns += LOAD_PERIOD_NS;
		active = now < load_next_ns ? nr_running() : 0;
		for (int i = 0; i < 3; i++)
			load_avg[i] = (load_avg[i] * load_decay[i] +
				       (active << 11) * (2048 - load_decay[i])) >> 11;
		if (steps > 1000)	/* hours asleep: all is zero by now */
			load_next_ns = now + LOAD_PERIOD_NS;
	}
	spin_unlock_irqrestore(&load_lock, flags);
}

void load_average(u64 avg[3])
{
	load_update(time_ns());
	for (int i = 0; i < 3; i++)
		avg[i] = load_avg[i];
}

void task_times(struct task *t, u64 *utime_ns, u64 *stime_ns)
{
	u64 user = t->ticks_user, all = user + t->ticks_kernel;
	u64 run = READ_ONCE(t->runtime_ns);

	if (t == current)
		run += time_ns() - t->last_run_ns;
	*utime_ns = all == 0 ? run : run / all * user;
	*stime_ns = run - *utime_ns;
}

/* All threads of t's group, those that have ended included. => pid_lock held */
void group_times(struct task *t, u64 *utime_ns, u64 *stime_ns)
{
	struct task *first = t->leader, *i = first;
	u64 u, s;

	*utime_ns = *stime_ns = 0;
	if (!t->sighand) {
		task_times(t, utime_ns, stime_ns);
		return;
	}
	*utime_ns = t->sighand->utime_ns;
	*stime_ns = t->sighand->stime_ns;
	do {
		if (i->state < TASK_ZOMBIE) {
			task_times(i, &u, &s);
			*utime_ns += u;
			*stime_ns += s;
		}
		i = list_next(i, threads);
	} while (i != first);
}

u64 hart_idle_ns(unsigned hart)
{
	struct rq *rq = &rqs[hart];

	return rq->idle_ns + (rq->curr == rq->idle ? time_ns() - rq->idle_since_ns : 0);
}

/* The clock of a hart, less its idle time, is shared out as the ticks saw it. */
void hart_times(unsigned hart, u64 t[3])
{
	struct rq *rq = &rqs[hart];
	u64 idle = hart_idle_ns(hart), busy = time_ns() - idle;
	u64 ticks = rq->ticks_user + rq->ticks_kernel;

	t[0] = ticks ? busy / ticks * rq->ticks_user : 0;
	t[1] = busy - t[0];
	t[2] = idle;
}

u64 nr_switches(void)
{
	u64 n = 0;

	for (unsigned i = 0; i < nr_harts; i++)
		n += rqs[i].switches;
	return n;
}
