// SPDX-License-Identifier: MIT
/*
 * fp.c - the program's floating-point registers.
 *
 * Thirty-three registers are too many to move at every switch for programs that mostly
 * do not use them.  The hardware says in sstatus.FS whether they were written (dirty);
 * only then are they saved when their program leaves the hart.  They are loaded when it
 * comes back and the hart holds somebody else's meanwhile: each hart remembers whose
 * they are (fp_owner), and each task where they were last (fp_hart), so that a stale
 * copy on another hart is not taken for the present one.
 *
 * A program that has never used them must find zeros, not another program's numbers.
 * fp_owner NULL means that the hart's registers are zero; as long as no program uses
 * them nothing is moved at all.
 *
 *   F1  tf->sstatus.FS dirty: the hart's registers are newer than task->fp.
 *   F2  rq->fp_owner == t and t->fp_hart == this hart and FS not dirty: both are equal.
 */
#include "lib/string.h"
#include "proc/rq.h"

static const struct fp_state fp_zero;

/* Save the changed registers of t, which runs on rq's hart. */
void fp_keep(struct rq *rq, struct task *t)
{
	fp_save(&t->fp);
	t->tf->sstatus ^= SSTATUS_FS_DIRTY ^ SSTATUS_FS_CLEAN;
	t->fp_used = true;
	t->fp_hart = rq->hart;
	rq->fp_owner = t;
}

/* Let rq's hart hold the registers of t. */
void fp_give(struct rq *rq, struct task *t)
{
	if (!t->fp_used) {
		fp_restore(&fp_zero);
		rq->fp_owner = NULL;
	} else if (rq->fp_owner != t || t->fp_hart != rq->hart) {
		fp_restore(&t->fp);
		rq->fp_owner = t;
		t->fp_hart = rq->hart;
	}
}

void fp_flush(void)
{
	if ((current->tf->sstatus & SSTATUS_FS) != SSTATUS_FS_DIRTY)
		return;
	preempt_disable();
	/* A switch just before may have done it. */
	if ((current->tf->sstatus & SSTATUS_FS) == SSTATUS_FS_DIRTY)
		fp_keep(this_rq(), current);
	preempt_enable();
}

void fp_set(const unsigned long *f, u64 fcsr)
{
	struct task *t = current;
	struct rq *rq;

	preempt_disable();	/* or a switch would keep what the hart holds, over the new */
	rq = this_rq();
	t->fp_used = f != NULL;
	if (f != NULL) {
		memcpy(t->fp.f, f, sizeof(t->fp.f));
		t->fp.fcsr = fcsr;
	}
	t->tf->sstatus &= ~SSTATUS_FS;
	t->tf->sstatus |= f != NULL ? SSTATUS_FS_CLEAN : SSTATUS_FS_INITIAL;
	fp_restore(f != NULL ? &t->fp : &fp_zero);
	rq->fp_owner = f != NULL ? t : NULL;
	t->fp_hart = rq->hart;
	preempt_enable();
}
