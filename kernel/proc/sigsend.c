// SPDX-License-Identifier: MIT
/*
 * sigsend.c - signals on their way: who gets one, and that he looks.
 *
 * The theory stands at the head of signal.c.  Sending ends with a bit in a mask and
 * WORK_SIGNAL in the task that shall take it; what then happens is that task's doing.
 *
 * Locking: pid_lock, which keeps the receiver's group together, then sighand->lock.
 */
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/slab.h"
#include "proc/sig_internal.h"

/* --- pending --- */

void signal_notes_free(struct sigpending *p)
{
	while (p->notes) {
		struct signote *n = p->notes;

		p->notes = n->next;
		kfree(n);
	}
}

void pend_add(struct sigpending *p, int sig, const struct siginfo_abi *info)
{
	struct signote *n, **link = &p->notes;

	if (p->set & SIG_BIT(sig))
		return;			/* one of each kind waits at most */
	p->set |= SIG_BIT(sig);
	if (!info)
		return;
	n = kmalloc(sizeof(*n), GFP_ATOMIC | __GFP_NOWARN);
	if (!n)
		return;
	n->info = *info;
	n->info.si_signo = sig;
	n->next = NULL;
	while (*link)
		link = &(*link)->next;
	*link = n;
}

/* Take sig off, with its details if there are any. */
void pend_take(struct sigpending *p, int sig, struct siginfo_abi *info)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = sig;
	p->set &= ~SIG_BIT(sig);
	for (struct signote **link = &p->notes; *link; link = &(*link)->next) {
		struct signote *n = *link;

		if (n->info.si_signo == sig) {
			*info = n->info;
			*link = n->next;
			kfree(n);
			return;
		}
	}
}

void pend_drop(struct sigpending *p, sigset_t set)
{
	struct siginfo_abi info;

	set &= p->set;
	while (set) {
		pend_take(p, __builtin_ctzl(set) + 1, &info);
		set &= set - 1;
	}
}

/* Must t look at its signals? */
static inline bool has_signal_work(const struct task *t)
{
	const struct sighand *sh = t->sighand;

	return ((t->pending.set | sh->pending.set) & ~t->blocked) || sh->stopped || sh->group_exit;
}

void recalc_sigpending(struct task *t)
{
	assert(holding(&t->sighand->lock));
	if (has_signal_work(t))
		set_bits(&t->work, WORK_SIGNAL);
	else if (t == current)
		clear_bits(&t->work, WORK_SIGNAL);
}

void set_blocked(sigset_t mask)
{
	struct task *t = current;
	unsigned long flags;

	if (t->blocked == (mask & ~SIG_UNMASKABLE))
		return;
	flags = spin_lock_irqsave(&t->sighand->lock);
	t->blocked = mask & ~SIG_UNMASKABLE;
	recalc_sigpending(t);
	spin_unlock_irqrestore(&t->sighand->lock, flags);
}

bool signal_pending_current(void)
{
	return READ_ONCE(current->work) & WORK_SIGNAL;
}

bool fatal_signal_pending(void)
{
	struct task *t = current;

	return unlikely(READ_ONCE(t->work) & WORK_SIGNAL) && t->sighand &&
	       (t->sighand->group_exit || (READ_ONCE(t->pending.set) & SIG_BIT(SIGKILL)));
}

/* --- sending --- */

/* Make t look at its signals soon. */
void signal_wake(struct task *t, bool fatal)
{
	set_bits(&t->work, WORK_SIGNAL);
	if (wake_task(t, BIT(TASK_INTERRUPTIBLE) | (fatal ? BIT(TASK_STOPPED) : 0)))
		return;
	if (t != current && READ_ONCE(t->on_hart))
		hart_kick(t->hart);
}

/* => pid_lock and sighand->lock held */
static void kill_threads(struct sighand *sh, struct task *except)
{
	struct task *t;

	for_each_thread(t, sh->leader) {
		if (t == except || t->state >= TASK_ZOMBIE)
			continue;
		t->pending.set |= SIG_BIT(SIGKILL);
		signal_wake(t, true);
	}
}

void kill_other_threads(struct task *t)
{
	kill_threads(t->sighand, t);
}

/* A signal that ends a stop: whoever was about to stop does not, everybody goes on.
 * => both locks held */
static void group_continue(struct sighand *sh)
{
	struct task *t;

	sh->stopping = false;
	for_each_thread(t, sh->leader)
		pend_drop(&t->pending, STOPS_BY_DEFAULT);
	if (!sh->stopped)
		return;
	sh->stopped = false;
	sh->stop_waiting = false;
	sh->cont_waiting = true;
	for_each_thread(t, sh->leader)
		wake_task(t, BIT(TASK_STOPPED));
}

/* The thread of the group that shall take sig: the one that was addressed, if it can. */
static struct task *receiver(struct task *want, int sig)
{
	struct task *t;

	if (want->sighand->nr_threads == 1 && want->state < TASK_ZOMBIE)
		return want->blocked & SIG_BIT(sig) ? NULL : want;
	for_each_thread(t, want)
		if (t->state < TASK_ZOMBIE && !t->exiting && !(t->blocked & SIG_BIT(sig)))
			return t;
	return NULL;
}

/* => pid_lock held */
static void post(struct task *t, int sig, const struct siginfo_abi *info, bool to_group)
{
	struct sighand *sh = t->sighand;
	struct sigpending *pend;
	unsigned long handler;
	bool continued = false;
	struct task *r;

	assert(holding(&pid_lock));
	if (!sh || sh->nr_threads == 0)
		return;
	spin_lock(&sh->lock);
	if (sig == SIGCONT) {
		pend_drop(&sh->pending, STOPS_BY_DEFAULT);
		continued = sh->stopped;
		group_continue(sh);
	} else if (SIG_BIT(sig) & STOPS_BY_DEFAULT) {
		pend_drop(&sh->pending, SIG_BIT(SIGCONT));
	}
	handler = sig_handler(sh, sig);
	if (t->leader == init_task && handler == SIG_DFL)
		goto unlock;		/* nobody kills pid 1 */
	if ((handler == SIG_IGN || (handler == SIG_DFL && (SIG_BIT(sig) & IGNORED_BY_DEFAULT))) &&
	    !(t->blocked & SIG_BIT(sig)))
		goto unlock;
	if (sig == SIGKILL) {
		if (!sh->group_exit && !sh->execing) {
			sh->group_exit = true;
			sh->group_code = SIGKILL;
		}
		sh->stopped = false;
		kill_threads(sh, NULL);
		goto unlock;
	}
	pend = to_group ? &sh->pending : &t->pending;
	pend_add(pend, sig, handler > SIG_IGN ? info : NULL);
	r = to_group ? receiver(t, sig) : t->blocked & SIG_BIT(sig) ? NULL : t;
	if (r)
		signal_wake(r, false);
	else if (to_group) {
		for_each_thread(r, t)
			if (r->awaited & SIG_BIT(sig))
				wake_task(r, BIT(TASK_INTERRUPTIBLE));
	} else if (t->awaited & SIG_BIT(sig)) {
		wake_task(t, BIT(TASK_INTERRUPTIBLE));
	}
unlock:
	spin_unlock(&sh->lock);
	if (continued && sh->leader->parent)
		notify_parent(sh->leader, SIGCHLD, CLD_CONTINUED, SIGCONT);
}

void post_signal(struct task *t, int sig)
{
	post(t, sig, NULL, true);
}

int send_signal(struct task *t, int sig, const struct siginfo_abi *info)
{
	unsigned long flags;

	if (sig == 0)
		return 0;
	flags = pid_lock_irq();
	post(t->leader, sig, info, true);
	pid_unlock_irq(flags);
	return 0;
}

int send_signal_thread(struct task *t, int sig, const struct siginfo_abi *info)
{
	unsigned long flags;

	if (sig == 0)
		return 0;
	flags = pid_lock_irq();
	if (t->state < TASK_ZOMBIE)
		post(t, sig, info, false);
	pid_unlock_irq(flags);
	return 0;
}

int send_signal_group(pid_t pgid, int sig)
{
	unsigned long flags = pid_lock_irq();
	int err = -ESRCH;
	struct task *t;

	for_each_task(t) {
		if (t->leader != t || t->pgid != pgid || t->kthread)
			continue;
		err = 0;
		if (sig != 0)
			post(t, sig, NULL, true);
	}
	pid_unlock_irq(flags);
	return err;
}

int send_signal_all(int sig)
{
	unsigned long flags = pid_lock_irq();
	int err = -ESRCH;
	struct task *t;

	for_each_task(t) {
		if (t->leader != t || t->kthread || t == init_task || t == current->leader)
			continue;
		err = 0;
		if (sig != 0)
			post(t, sig, NULL, true);
	}
	pid_unlock_irq(flags);
	return err;
}

/* --- children --- */

bool sigchld_ignored(struct task *parent)
{
	struct sighand *sh = parent->sighand;
	bool ignored;

	if (likely(!((sh->ignored | sh->caught) & SIG_BIT(SIGCHLD))))
		return false;
	spin_lock(&sh->lock);
	ignored = (sh->ignored & SIG_BIT(SIGCHLD)) ||
		  (sh->table && (sh->table->action[SIGCHLD].flags & SA_NOCLDWAIT));
	spin_unlock(&sh->lock);
	return ignored;
}

/* The parent asked not to hear of stops by SIGCHLD. */
static bool stops_unwanted(struct task *parent)
{
	struct sighand *sh = parent->sighand;
	bool unwanted;

	spin_lock(&sh->lock);
	unwanted = sh->table && (sh->table->action[SIGCHLD].flags & SA_NOCLDSTOP);
	spin_unlock(&sh->lock);
	return unwanted;
}

void notify_parent(struct task *t, int sig, int code, int status)
{
	struct task *parent = t->parent;
	struct siginfo_abi info;

	if ((code == CLD_STOPPED || code == CLD_CONTINUED) && stops_unwanted(parent))
		sig = 0;
	if (sig != 0 && (parent->sighand->caught & SIG_BIT(sig))) {
		info = (struct siginfo_abi){ .si_signo = sig, .si_code = code, .si_pid = t->pid,
					     .si_status = status };
		post(parent, sig, &info, true);
	} else if (sig != 0 && (sig != SIGCHLD || parent->blocked)) {
		post(parent, sig, NULL, true);
	}
	wake_up_all(&parent->sighand->child_wait);
}
