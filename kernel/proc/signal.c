// SPDX-License-Identifier: MIT
/*
 * signal.c - signals: sending them, and what they do to the receiver.
 *
 * A signal is sent to a thread group (kill, the terminal, a child's death) or to one
 * thread (a fault, tgkill).  Sending sets a bit in a pending mask, the group's or the
 * thread's, and makes sure that a thread that does not block it looks: its WORK_SIGNAL
 * is set, it is woken if it sleeps interruptibly, interrupted if it runs elsewhere.
 * Nothing happens to the receiver but what it does itself, on its way back to user
 * mode (return_work): take a signal, and
 *
 *	ignore it | end the group | stop the group | run the program's handler
 *
 * WORK_SIGNAL is set whenever a pending signal is not blocked, or the group is to end
 * or to stop; it is cleared only by the task itself, under the lock, when that is no
 * longer so.  A system call that gives up with -ERESTARTSYS has seen it set; so such a
 * call always comes by here, where it is restarted or ends with -EINTR.
 *
 * SIGKILL is marked in every thread of the group at once: the last way out, without
 * any choice of a receiver.
 *
 * Details (siginfo) wait in notes beside the mask.  If there is no memory for one the
 * signal comes without details; if the program has no handler none is made.
 *
 * A handler runs on the program's own stack: return_work writes a struct sigframe_abi
 * there, with all registers, points pc to the handler and ra to the library's stub
 * that calls sigreturn, which puts everything back.
 *
 * The table of handlers is shared with the forked child until one changes it.  The
 * masks "ignored" and "caught" repeat what it says, so that most questions are one
 * bit; no table means that all is default.
 *
 * Locking: sighand->lock for masks, table and notes; pid_lock, outside of it, for the
 * list of threads and for whatever goes to another process.
 */
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/slab.h"
#include "mm/vm/mm.h"
#include "proc/sig_internal.h"
#include "riscv/trap.h"

/* What a fault makes comes before anything else: the handler must see that pc. */
#define FAULT_SIGNALS (SIG_BIT(SIGSEGV) | SIG_BIT(SIGBUS) | SIG_BIT(SIGILL) | SIG_BIT(SIGTRAP) | \
		       SIG_BIT(SIGFPE))

/* --- handlers --- */

void sigtable_put(struct sigtable *table)
{
	if (table && atomic_dec_and_test(&table->refs))
		kfree(table);
}

int do_sigaction(int sig, const struct sigaction_abi *act, struct sigaction_abi *old)
{
	struct sighand *sh = current->sighand;
	struct sigtable *fresh = NULL, *drop = NULL;
	sigset_t bit;

	if (sig < 1 || sig >= NSIG || (act && (SIG_BIT(sig) & SIG_UNMASKABLE)))
		return -EINVAL;
	bit = SIG_BIT(sig);
	if (act) {
		fresh = kzalloc(sizeof(*fresh), GFP_KERNEL);
		if (!fresh)
			return -ENOMEM;
	}
	spin_lock_irq(&sh->lock);
	if (old) {
		memset(old, 0, sizeof(*old));
		if (sh->table)
			*old = sh->table->action[sig];
		old->handler = sig_handler(sh, sig);
	}
	if (act) {
		if (!sh->table || atomic_read(&sh->table->refs) > 1) {
			if (sh->table)
				memcpy(fresh->action, sh->table->action, sizeof(fresh->action));
			atomic_set(&fresh->refs, 1);
			drop = sh->table;
			sh->table = fresh;
			fresh = NULL;
		}
		sh->table->action[sig] = *act;
		sh->table->action[sig].mask &= ~SIG_UNMASKABLE;
		sh->caught = act->handler > SIG_IGN ? sh->caught | bit : sh->caught & ~bit;
		sh->ignored = act->handler == SIG_IGN ? sh->ignored | bit : sh->ignored & ~bit;
		if (act->handler == SIG_IGN ||
		    (act->handler == SIG_DFL && (bit & IGNORED_BY_DEFAULT))) {
			pend_drop(&sh->pending, bit);
			pend_drop(&current->pending, bit);
			recalc_sigpending(current);
		}
	}
	spin_unlock_irq(&sh->lock);
	sigtable_put(drop);
	kfree(fresh);
	return 0;
}

/* A new program: no handlers, but what was ignored stays ignored. */
void signals_for_exec(void)
{
	struct sighand *sh = current->sighand;
	struct sigtable *table;

	if (!sh->table)
		return;
	spin_lock_irq(&sh->lock);
	table = sh->table;
	sh->table = NULL;
	sh->caught = 0;
	spin_unlock_irq(&sh->lock);
	sigtable_put(table);
}

/* --- taking --- */

/* The next signal to take, off its mask; 0 if there is none. => sighand->lock held */
static int take_signal(struct task *t, struct siginfo_abi *info)
{
	struct sigpending *pend = &t->pending;
	sigset_t set = pend->set & ~t->blocked;

	if (!set) {
		pend = &t->sighand->pending;
		set = pend->set & ~t->blocked;
	}
	if (!set)
		return 0;
	if (set & FAULT_SIGNALS)
		set &= FAULT_SIGNALS;
	int sig = __builtin_ctzl(set) + 1;

	pend_take(pend, sig, info);
	return sig;
}

/* The group stops; this thread sleeps until it goes on or ends.  sig: the signal that
 * this thread has taken for it; a SIGCONT that came after that has cleared sh->stopping. */
static void stop_here(struct sighand *sh, int sig)
{
	unsigned long flags = pid_lock_irq();

	spin_lock(&sh->lock);
	if (sig != 0 && sh->stopping && !sh->group_exit && !sh->stopped) {
		struct task *t;

		sh->stopped = true;
		sh->stop_waiting = true;
		sh->cont_waiting = false;
		sh->group_code = sig;
		for_each_thread(t, sh->leader)
			if (t != current && t->state < TASK_ZOMBIE)
				signal_wake(t, false);
		spin_unlock(&sh->lock);
		if (sh->leader->parent)
			notify_parent(sh->leader, SIGCHLD, CLD_STOPPED, sig);
		spin_lock(&sh->lock);
	}
	/* Under the lock that group_continue holds: nobody can wake us too early. */
	if (sh->stopped && !sh->group_exit)
		WRITE_ONCE(current->state, TASK_STOPPED);
	spin_unlock(&sh->lock);
	spin_unlock(&pid_lock);
	if (current->state == TASK_STOPPED)
		switch_away();
	irq_restore(flags);
}

/* Continue in the program's handler.  false: its stack cannot be written. */
static bool enter_handler(struct trap_frame *tf, int sig, const struct siginfo_abi *info,
			  const struct sigaction_abi *act)
{
	struct task *t = current;
	struct sigframe_abi f;
	const struct altstack *alt = &t->altstack;
	vaddr_t top = tf->sp, sp;
	sigset_t mask;

	if ((act->flags & SA_ONSTACK) && tf->sp - alt->ss_sp > alt->ss_size)
		top = alt->ss_size > 0 ? alt->ss_sp + alt->ss_size : top;
	sp = ALIGN_DOWN(top - sizeof(f), 16);

	f.info = *info;
	f.mask = t->restore_blocked ? t->saved_blocked : t->blocked;
	f.pc = tf->sepc;
	memcpy(f.regs, &tf->ra, sizeof(f.regs));
	fp_flush();
	f.fpvalid = t->fp_used;
	if (t->fp_used) {
		memcpy(f.fp, t->fp.f, sizeof(f.fp));
		f.fcsr = t->fp.fcsr;
	}
	if (sp > top || copy_to_user(sp, &f, t->fp_used ? sizeof(f) :
					offsetof(struct sigframe_abi, fp)))
		return false;
	t->restore_blocked = false;
	mask = t->blocked | act->mask;
	if (!(act->flags & SA_NODEFER))
		mask |= SIG_BIT(sig);
	set_blocked(mask);
	tf->sepc = act->handler;
	tf->ra = act->restorer;
	tf->sp = sp;
	tf->a0 = sig;
	tf->a1 = sp + offsetof(struct sigframe_abi, info);
	tf->a2 = sp;
	return true;
}

/* The system call that was interrupted: once more, or -EINTR. */
static void end_syscall(struct trap_frame *tf, const struct sigaction_abi *act)
{
	long ret = tf->a0;

	if (tf->scause != EXC_SYSCALL)
		return;
	tf->scause = 0;			/* settled */
	if (ret != -ERESTARTSYS && ret != -ERESTARTNOHAND)
		return;
	if (act && (ret == -ERESTARTNOHAND || !(act->flags & SA_RESTART))) {
		tf->a0 = -EINTR;
	} else {
		tf->a0 = tf->orig_a0;
		tf->sepc -= 4;
	}
}

static void do_signal(struct trap_frame *tf)
{
	struct task *t = current;
	struct sighand *sh = t->sighand;
	struct sigaction_abi act;
	struct siginfo_abi info;
	int sig;

	for (;;) {
		spin_lock_irq(&sh->lock);
		if (sh->group_exit || (t->pending.set & SIG_BIT(SIGKILL))) {
			spin_unlock_irq(&sh->lock);
			do_group_exit(SIGKILL);
		}
		if (sh->stopped) {
			spin_unlock_irq(&sh->lock);
			stop_here(sh, 0);
			continue;
		}
		sig = take_signal(t, &info);
		if (sig == 0) {
			recalc_sigpending(t);
			spin_unlock_irq(&sh->lock);
			end_syscall(tf, NULL);
			if (t->restore_blocked) {
				t->restore_blocked = false;
				set_blocked(t->saved_blocked);
			}
			return;
		}
		if (sh->caught & SIG_BIT(sig)) {
			act = sh->table->action[sig];
			if (act.flags & SA_RESETHAND)
				sh->caught &= ~SIG_BIT(sig);
			recalc_sigpending(t);
			spin_unlock_irq(&sh->lock);
			end_syscall(tf, &act);
			if (enter_handler(tf, sig, &info, &act))
				return;
			printk_loud("pid %d (%s): no stack for the handler of signal %d, sp 0x%lx\n",
				    t->tgid, t->comm, sig, tf->sp);
			do_group_exit(SIGSEGV);
		}
		recalc_sigpending(t);
		if (SIG_BIT(sig) & STOPS_BY_DEFAULT)
			sh->stopping = true;
		spin_unlock_irq(&sh->lock);
		if ((sh->ignored & SIG_BIT(sig)) || (SIG_BIT(sig) & IGNORED_BY_DEFAULT))
			continue;
		if (SIG_BIT(sig) & STOPS_BY_DEFAULT) {
			stop_here(sh, sig);
			continue;
		}
		do_group_exit(sig);
	}
}

void return_work(struct trap_frame *tf)
{
	if (READ_ONCE(current->work) & WORK_RESCHED)
		preempt_schedule();
	if (READ_ONCE(current->work) & WORK_SIGNAL)
		do_signal(tf);
}

long do_sigreturn(struct trap_frame *tf)
{
	struct task *t = current;
	struct sigframe_abi f;
	vaddr_t sp = tf->sp;

	if (copy_from_user(&f, sp, offsetof(struct sigframe_abi, fp)) ||
	    (f.fpvalid && copy_from_user(f.fp, sp + offsetof(struct sigframe_abi, fp),
					 sizeof(f.fp) + sizeof(f.fcsr)))) {
		printk_loud("pid %d (%s): sigreturn without a frame, sp 0x%lx\n", t->tgid, t->comm, sp);
		do_group_exit(SIGSEGV);
	}
	tf->sepc = f.pc;
	memcpy(&tf->ra, f.regs, sizeof(f.regs));
	tf->scause = 0;			/* no system call to restart */
	if (f.fpvalid)
		fp_set(f.fp, f.fcsr);
	else if ((tf->sstatus & SSTATUS_FS) == SSTATUS_FS_DIRTY || t->fp_used)
		fp_set(NULL, 0);
	set_blocked(f.mask);
	return tf->a0;
}

/* --- faults --- */

static void say_why(int sig, int code, vaddr_t addr, const struct trap_frame *tf)
{
	struct task *t = current;
	const char *what = tf->scause == EXC_STORE_PAGE_FAULT || tf->scause == EXC_STORE_ACCESS ||
			   tf->scause == EXC_STORE_MISALIGNED ? "store to" :
			   tf->scause == EXC_LOAD_PAGE_FAULT || tf->scause == EXC_LOAD_ACCESS ||
			   tf->scause == EXC_LOAD_MISALIGNED ? "load from" : "jump to";
	u32 insn = 0;

	switch (sig) {
	case SIGSEGV:
		printk_loud("pid %d (%s): segmentation fault: %s 0x%lx %s, pc 0x%lx\n", t->tgid,
			    t->comm, what, addr, code == SEGV_ACCERR ? "not permitted" :
			    "not mapped", tf->sepc);
		break;
	case SIGBUS:
		printk_loud("pid %d (%s): bus error: %s 0x%lx %s, pc 0x%lx\n", t->tgid, t->comm,
			    what, addr, code == BUS_ADRALN ? "not aligned" :
			    "beyond the end of the file, or unreadable", tf->sepc);
		break;
	case SIGILL:
		if (copy_from_user(&insn, tf->sepc, 2) == 0 && (insn & 3) == 3)
			copy_from_user(&insn, tf->sepc, 4);
		printk_loud("pid %d (%s): illegal instruction 0x%0*x, pc 0x%lx\n", t->tgid, t->comm,
			    (insn & 3) == 3 ? 8 : 4, insn, tf->sepc);
		break;
	case SIGTRAP:
		printk_loud("pid %d (%s): breakpoint, pc 0x%lx\n", t->tgid, t->comm, tf->sepc);
		break;
	default:
		printk_loud("pid %d (%s): killed: no memory for %s 0x%lx, pc 0x%lx\n", t->tgid,
			    t->comm, what, addr, tf->sepc);
	}
}

void force_signal(int sig, int code, vaddr_t addr, struct trap_frame *tf)
{
	struct task *t = current;
	struct sighand *sh = t->sighand;
	struct siginfo_abi info = { .si_signo = sig, .si_code = code, .si_addr = addr };

	spin_lock_irq(&sh->lock);
	if (sh->group_exit || (t->pending.set & SIG_BIT(SIGKILL))) {
		spin_unlock_irq(&sh->lock);	/* it is dying already; no need to say why */
		return;
	}
	if ((sh->caught & SIG_BIT(sig)) && !(t->blocked & SIG_BIT(sig))) {
		pend_add(&t->pending, sig, &info);
		set_bits(&t->work, WORK_SIGNAL);
		spin_unlock_irq(&sh->lock);
		return;
	}
	spin_unlock_irq(&sh->lock);
	say_why(sig, code, addr, tf);
	do_group_exit(sig);
}
