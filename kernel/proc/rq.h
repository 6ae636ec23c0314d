// SPDX-License-Identifier: MIT
/* rq.h - a hart's run queue, for the files that make up the scheduler: sched.c (the theory
 * stands there), fp.c, load.c. */
#ifndef PROC_RQ_H
#define PROC_RQ_H

#include "proc/proc_internal.h"
#include "riscv/trap.h"

struct rq {
	u32 lock;
	u32 nr_ready;			/* on the lists */
	struct task *curr;		/* runs now */
	struct task *idle;
	unsigned hart;			/* whose queue it is */
	struct list *active, *expired;
	struct list fresh;
	struct list lists[2];
	bool tick_on;
	u32 ticks;
	/* handed from the leaving to the arriving task */
	struct task *prev;
	struct mm *drop_mm;		/* a borrowed address space no longer needed */
	struct task *move;		/* prev, if it must not run here any more */
	/* statistics */
	u64 idle_since_ns, idle_ns, switches;
	u64 ticks_user, ticks_kernel;
	struct task *fp_owner;		/* whose FP registers this hart holds; NULL: zeros */
} __aligned(64);

extern struct rq rqs[NR_HARTS];

static inline void rq_lock(struct rq *rq)
{
	while (unlikely(__atomic_exchange_n(&rq->lock, 1, __ATOMIC_ACQUIRE)))
		while (READ_ONCE(rq->lock))
			cpu_relax();
}

static inline bool rq_trylock(struct rq *rq)
{
	return !__atomic_exchange_n(&rq->lock, 1, __ATOMIC_ACQUIRE);
}

static inline void rq_unlock(struct rq *rq)
{
	__atomic_store_n(&rq->lock, 0, __ATOMIC_RELEASE);
}

static inline struct rq *this_rq(void)
{
	struct rq *rq = &rqs[hart_id()];

	__asm__("" : "+r"(rq));		/* or the compiler multiplies again at each use */
	return rq;
}

/* The run queue of t, locked. => interrupts off */
static inline struct rq *task_rq_lock(struct task *t)
{
	for (;;) {
		u32 hart = READ_ONCE(t->hart);
		struct rq *rq = &rqs[hart];

		rq_lock(rq);
		if (likely(READ_ONCE(t->hart) == hart))
			return rq;
		rq_unlock(rq);
	}
}

/* --- fp.c --- */
void fp_keep(struct rq *rq, struct task *t);
void fp_give(struct rq *rq, struct task *t);

/* The program's floating-point registers: saved if prev has changed them, loaded if the
 * hart does not hold next's already.  => rq->lock held */
static inline void switch_fp(struct rq *rq, struct task *prev, struct task *next)
{
	if (prev->tf && unlikely((prev->tf->sstatus & SSTATUS_FS) == SSTATUS_FS_DIRTY))
		fp_keep(rq, prev);
	if (next->mm && (unlikely(next->fp_used) || unlikely(rq->fp_owner)))
		fp_give(rq, next);
}

/* --- load.c --- */
/* Bring t's clocks up to date; returns now. => rq->lock held */
static inline u64 account(struct task *t)
{
	u64 now = time_ns();
	u64 ran = now - t->last_run_ns;

	t->slice_ns += ran;
	t->runtime_ns += ran;
	t->last_run_ns = now;
	return now;
}

void load_update(u64 now);

#endif
