// SPDX-License-Identifier: MIT
/*
 * wait.c - wait queues.
 *
 *   W1  a waiter is linked from wait_prepare until wait_finish or until it is woken:
 *       the waker unlinks it, so that one wake_up does not count a task twice.
 *       It uses the waiter only while it holds the lock, and wait_finish does not
 *       return while the lock is held, so the waiter can live on the stack.
 *   W2  the task's state is set under wq->lock, before the condition is tested again.
 *
 * Locks: wq->lock, then the run queue's lock (in wake_task).
 */
#include "sync/wait.h"
#include "proc/sched.h"
#include "riscv/hart.h"

void wait_queue_init(struct wait_queue *wq)
{
	spin_lock_init(&wq->lock, "wait_queue");
	list_init(&wq->waiters);
}

void wait_prepare(struct wait_queue *wq, struct waiter *w, bool interruptible)
{
	unsigned long flags = spin_lock_irqsave(&wq->lock);

	if (list_empty(&w->link)) {	/* first time, or woken in vain */
		if (w->exclusive)
			list_add_tail(&w->link, &wq->waiters);
		else
			list_add(&w->link, &wq->waiters);
	}
	/* A full barrier: the state before the caller's test of the condition. */
	__atomic_exchange_n((u32 *)&current->state, interruptible ? TASK_INTERRUPTIBLE
							   : TASK_UNINTERRUPTIBLE,
			    __ATOMIC_SEQ_CST);
	spin_unlock_irqrestore(&wq->lock, flags);
}

void wait_finish(struct wait_queue *wq, struct waiter *w)
{
	unsigned long flags;

	WRITE_ONCE(current->state, TASK_RUNNING);
	/* Unlinked by a waker who has also let go of the lock: w is ours alone. */
	if (smp_load_acquire(&w->link.next) == &w->link && !READ_ONCE(wq->lock.locked))
		return;
	flags = spin_lock_irqsave(&wq->lock);
	list_del_init(&w->link);
	spin_unlock_irqrestore(&wq->lock, flags);
}

void wake_up_nr(struct wait_queue *wq, int nr)
{
	struct waiter *w, *tmp;
	unsigned long flags;

	smp_mb();	/* the caller's change before the look at the queue */
	if (list_empty(&wq->waiters))
		return;
	flags = spin_lock_irqsave(&wq->lock);
	list_for_each_safe(w, tmp, &wq->waiters, link) {
		bool exclusive = w->exclusive;

		if (exclusive && nr <= 0)
			break;		/* shared waiters stand before all exclusive ones */
		list_del_init(&w->link);
		if (wake_task(w->task, BIT(TASK_INTERRUPTIBLE) | BIT(TASK_UNINTERRUPTIBLE)) &&
		    exclusive)
			nr--;
	}
	spin_unlock_irqrestore(&wq->lock, flags);
}

void wake_up(struct wait_queue *wq)
{
	wake_up_nr(wq, 1);
}

void wake_up_all(struct wait_queue *wq)
{
	wake_up_nr(wq, 0x7fffffff);
}

struct task *wait_current(void)
{
	return current;
}
