// SPDX-License-Identifier: MIT
/*
 * sys_signal.c - the system calls about signals; proc/sigsend.c and proc/signal.c do the work.
 *
 * xv6's kill(pid) is SIGKILL, no choice; sendsig(pid, sig) is POSIX's kill.
 */
#include "mm/vm/mm.h"
#include "proc/sig_internal.h"
#include "riscv/trap.h"
#include "sync/mutex.h"
#include "syscalls.h"

long sys_sendsig(pid_t pid, int sig)
{
	struct siginfo_abi info = { .si_code = SI_USER, .si_pid = current->tgid };
	struct task *t;
	long err = -ESRCH;

	if (sig < 0 || sig >= NSIG)
		return -EINVAL;
	if (pid == 0)
		return send_signal_group(current->leader->pgid, sig);
	if (pid == -1)
		return send_signal_all(sig);
	if (pid < 0)
		return send_signal_group(-pid, sig);
	t = task_find_get(pid);
	if (!t)
		return -ESRCH;
	if (t->kthread)
		err = -EPERM;
	else
		err = send_signal(t, sig, &info);
	task_put(t);
	return err;
}

long sys_kill(pid_t pid)
{
	return sys_sendsig(pid, SIGKILL);
}

long sys_tgkill(pid_t tgid, pid_t tid, int sig)
{
	struct siginfo_abi info = { .si_code = SI_USER, .si_pid = current->tgid };
	struct task *t;
	long err = -ESRCH;

	if (sig < 0 || sig >= NSIG || tgid <= 0 || tid <= 0)
		return -EINVAL;
	t = task_find_get(tid);
	if (!t)
		return -ESRCH;
	if (t->tgid == tgid && !t->kthread)
		err = send_signal_thread(t, sig, &info);
	task_put(t);
	return err;
}

long sys_sigaction(int sig, vaddr_t act, vaddr_t old)
{
	struct sigaction_abi new, was;
	long err;

	if (act && copy_from_user(&new, act, sizeof(new)))
		return -EFAULT;
	if (old && fault_in_user(old, sizeof(was), true))
		return -EFAULT;
	err = do_sigaction(sig, act ? &new : NULL, old ? &was : NULL);
	if (!err && old && copy_to_user(old, &was, sizeof(was)))
		err = -EFAULT;
	return err;
}

long sys_sigprocmask(int how, vaddr_t set, vaddr_t old)
{
	sigset_t was = current->blocked, mask;

	if (set) {
		if (copy_from_user(&mask, set, sizeof(mask)))
			return -EFAULT;
		if (how != SIG_BLOCK && how != SIG_UNBLOCK && how != SIG_SETMASK)
			return -EINVAL;
	}
	if (old && copy_to_user(old, &was, sizeof(was)))
		return -EFAULT;
	if (set)
		set_blocked(how == SIG_BLOCK ? was | mask : how == SIG_UNBLOCK ? was & ~mask : mask);
	return 0;
}

long sys_sigpending(vaddr_t set)
{
	sigset_t s = (current->pending.set | current->sighand->pending.set) & current->blocked;

	return copy_to_user(set, &s, sizeof(s));
}

long sys_sigsuspend(vaddr_t set)
{
	struct task *t = current;
	sigset_t mask;

	if (copy_from_user(&mask, set, sizeof(mask)))
		return -EFAULT;
	t->saved_blocked = t->blocked;
	t->restore_blocked = true;
	set_blocked(mask);
	for (;;) {
		set_state(TASK_INTERRUPTIBLE);
		if (signal_pending_current())
			break;
		schedule();
	}
	set_state(TASK_RUNNING);
	return -ERESTARTNOHAND;
}

/* Take one of the set's signals, which the caller has blocked, and wait for it if need be.
 * Blocked signals wake nobody: post() looks for who awaits them. */
long sys_sigwaitinfo(vaddr_t set, vaddr_t uinfo)
{
	struct sighand *sh = current->sighand;
	struct siginfo_abi info;
	struct task *t = current;
	sigset_t want, got;
	int sig = 0;
	long ret;

	if (copy_from_user(&want, set, sizeof(want)))
		return -EFAULT;
	if (uinfo && fault_in_user(uinfo, sizeof(info), true))
		return -EFAULT;
	want &= ~SIG_UNMASKABLE;
	for (;;) {
		struct sigpending *p = &t->pending;

		set_state(TASK_INTERRUPTIBLE);
		spin_lock_irq(&sh->lock);
		got = p->set & want;
		if (got == 0) {
			p = &sh->pending;
			got = p->set & want;
		}
		if (got != 0) {
			sig = __builtin_ctzl(got) + 1;
			pend_take(p, sig, &info);
			recalc_sigpending(t);
		}
		t->awaited = sig == 0 ? want : 0;
		spin_unlock_irq(&sh->lock);
		ret = sig;
		if (sig != 0)
			break;
		ret = -EINTR;
		if (signal_pending_current())
			break;
		schedule();
	}
	set_state(TASK_RUNNING);
	spin_lock_irq(&sh->lock);
	t->awaited = 0;
	spin_unlock_irq(&sh->lock);
	return ret > 0 && uinfo && copy_to_user(uinfo, &info, sizeof(info)) ? -EFAULT : ret;
}

static bool on_altstack(void)
{
	struct task *t = current;

	return t->tf->sp - t->altstack.ss_sp <= t->altstack.ss_size && t->altstack.ss_size > 0;
}

/* Where handlers with SA_ONSTACK run: what a program needs that wants to survive the
 * overflow of its stack. */
long sys_sigaltstack(vaddr_t new, vaddr_t old)
{
	struct task *t = current;
	struct altstack s = t->altstack, n;

	if (new && copy_from_user(&n, new, sizeof(n)))
		return -EFAULT;
	s.ss_flags = s.ss_size == 0 ? SS_DISABLE : on_altstack() ? SS_ONSTACK : 0;
	if (old && copy_to_user(old, &s, sizeof(s)))
		return -EFAULT;
	if (!new)
		return 0;
	if (on_altstack())
		return -EPERM;
	if (n.ss_flags & ~SS_DISABLE)
		return -EINVAL;
	if (n.ss_flags & SS_DISABLE)
		n.ss_size = n.ss_sp = 0;
	else if (n.ss_size < MINSIGSTKSZ)
		return -ENOMEM;
	t->altstack = n;
	return 0;
}

long sys_sigreturn(void)
{
	return do_sigreturn(current->tf);
}

/* Of all processes: two threads that set theirs at once must not both link the timer. */
static struct mutex alarm_lock = MUTEX_INIT(alarm_lock);

static void alarm_rings(struct timer *timer)
{
	struct sighand *sh = container_of(timer, struct sighand, alarm);
	unsigned long flags = pid_lock_irq();

	if (sh->nr_threads > 0) {
		u64 every = READ_ONCE(sh->alarm_every);

		post_signal(sh->leader, SIGALRM);
		if (every != 0)
			timer_arm(timer, time_ns() + every);
	}
	pid_unlock_irq(flags);
}

/* What alarm and setitimer share: the process's one timer.
 * => ns that were left of the old one, 0 if none was running; its interval in *old_every */
static u64 set_alarm(bool set, u64 first, u64 every, u64 *old_every)
{
	struct sighand *sh = current->sighand;
	u64 now, when, left = 0;

	mutex_lock(&alarm_lock);
	now = time_ns();
	*old_every = sh->alarm_every;
	if (!sh->alarm_set) {
		timer_init(&sh->alarm, alarm_rings);
		sh->alarm_set = true;
	}
	when = READ_ONCE(sh->alarm.when);	/* becomes 0 when it rings */
	if (when > now)
		left = when - now;
	if (set) {
		WRITE_ONCE(sh->alarm_every, first ? every : 0);
		if (first)
			timer_arm(&sh->alarm, now + first);
		else
			timer_cancel(&sh->alarm);
	}
	mutex_unlock(&alarm_lock);
	return left;
}

long sys_alarm(unsigned seconds)
{
	u64 every;

	return DIV_ROUND_UP(set_alarm(true, seconds * NSEC_PER_SEC, 0, &every), NSEC_PER_SEC);
}

/* Rings no more often than this, lest a program keep its hart in the timer's interrupt. */
#define ALARM_MIN	NSEC_PER_MSEC

/* A timeval as ns; ~0: it is none. */
static u64 timeval_ns(const struct timeval *tv)
{
	u64 ns;

	if (tv->tv_sec < 0 || tv->tv_usec < 0 || tv->tv_usec >= 1000000)
		return ~0UL;
	ns = (u64)MIN(tv->tv_sec, 1L << 32) * NSEC_PER_SEC + (u64)tv->tv_usec * 1000;
	return ns == 0 ? 0 : MAX(ns, ALARM_MIN);
}

static struct timeval ns_timeval(u64 ns)
{
	return (struct timeval){ (long)(ns / NSEC_PER_SEC), (long)(ns % NSEC_PER_SEC / 1000) };
}

/* new: 0 for who only asks. */
long sys_setitimer(int which, vaddr_t new, vaddr_t old)
{
	struct itimerval it = { 0 };
	u64 first, every, left;

	if (which != ITIMER_REAL)
		return -EINVAL;
	if (new && copy_from_user(&it, new, sizeof(it)))
		return -EFAULT;
	if (old && fault_in_user(old, sizeof(it), true))
		return -EFAULT;
	first = timeval_ns(&it.it_value);
	every = timeval_ns(&it.it_interval);
	if (first == ~0UL || every == ~0UL)
		return -EINVAL;
	left = set_alarm(new != 0, first, every, &every);
	it.it_value = ns_timeval(left);
	it.it_interval = ns_timeval(every);
	return old ? copy_to_user(old, &it, sizeof(it)) : 0;
}
