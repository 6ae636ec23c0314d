// SPDX-License-Identifier: MIT
/*
 * sys_proc.c - the system calls about processes, time and the machine.
 *
 * Each checks its arguments, copies what it needs from user memory, and calls the
 * function in kernel/proc that does the work.  Pointers are tried before anything
 * happens that cannot be undone (a child is not buried whose status has no place).
 *
 * xv6's calls and POSIX's of the same name differ:
 *	exit(n)		ends the calling thread, which is all an xv6 program has;
 *			exit_group(n) ends the process
 *	wait(&n)	n is what exit was given, or -1 for a child that was killed;
 *			waitpid gives POSIX's encoding
 *	sleep, uptime	in ticks of a tenth of a second
 */
#include "fs/vfs.h"
#include "lib/fdt.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/phys/gfp.h"
#include "mm/vm/mm.h"
#include "mm/vm/show.h"
#include "proc/proc_internal.h"
#include "proc/random.h"
#include "riscv/sbi.h"
#include "riscv/trap.h"
#include "syscalls.h"

#define XV6_TICK_NS	(NSEC_PER_SEC / 10)
#define CLOCK_TICK_NS	(NSEC_PER_SEC / 100)	/* times() */

/* --- life --- */

long sys_fork(void)
{
	return do_clone(SIGCHLD, 0, 0, 0, 0);
}

long sys_vfork(void)
{
	return do_clone(CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
}

long sys_clone(unsigned long flags, vaddr_t stack, vaddr_t ptid, vaddr_t tls, vaddr_t ctid)
{
	return do_clone(flags, stack, ptid, tls, ctid);
}

long sys_exit(int code)
{
	do_exit((int)((unsigned)code << 8));
}

long sys_exit_group(int code)
{
	do_group_exit((int)((unsigned)code << 8));
}

long sys_exec(vaddr_t path, vaddr_t argv)
{
	return do_execve(path, argv, 0);
}

long sys_execve(vaddr_t path, vaddr_t argv, vaddr_t envp)
{
	return do_execve(path, argv, envp);
}

long sys_wait(vaddr_t status)
{
	int st, code;
	long pid;

	if (status && fault_in_user(status, sizeof(int), true))
		return -EFAULT;
	pid = do_wait(-1, 0, &st);
	if (pid > 0 && status) {
		code = st & 0x7f ? -1 : st >> 8;
		if (copy_to_user(status, &code, sizeof(code)))
			return -EFAULT;
	}
	return pid;
}

long sys_waitpid(pid_t pid, vaddr_t status, int options)
{
	int st;
	long ret;

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED))
		return -EINVAL;
	if (status && fault_in_user(status, sizeof(int), true))
		return -EFAULT;
	ret = do_wait(pid, options, &st);
	if (ret > 0 && status) {
		st &= 0xffff;
		if (copy_to_user(status, &st, sizeof(st)))
			return -EFAULT;
	}
	return ret;
}

/* --- numbers --- */

long sys_getpid(void)
{
	return current->tgid;
}

long sys_gettid(void)
{
	return current->pid;
}

long sys_getppid(void)
{
	unsigned long flags = pid_lock_irq();
	struct task *parent = current->leader->parent;
	pid_t pid = parent ? parent->pid : 0;

	pid_unlock_irq(flags);
	return pid;
}

long sys_set_tid_address(vaddr_t addr)
{
	current->clear_tid = addr;
	return current->pid;
}

/* A process may move itself and its children, to its own group or one of its session. */
long sys_setpgid(pid_t pid, pid_t pgid)
{
	struct task *me = current->leader, *t, *other;
	unsigned long flags;
	long err;

	if (pgid < 0)
		return -EINVAL;
	flags = pid_lock_irq();
	t = pid == 0 ? me : pid_find(pid);
	err = -ESRCH;
	if (!t || t->leader != t || (t != me && t->parent != me))
		goto out;
	err = -EPERM;
	if (t->sid != me->sid || t->sid == t->pid)
		goto out;
	if (pgid == 0)
		pgid = t->pid;
	if (pgid != t->pid) {
		for_each_task(other)
			if (other->pgid == pgid && other->sid == me->sid)
				break;
		if (!other)
			goto out;
	}
	t->pgid = pgid;
	err = 0;
out:
	pid_unlock_irq(flags);
	return err;
}

long sys_getpgid(pid_t pid)
{
	unsigned long flags = pid_lock_irq();
	struct task *t = pid == 0 ? current : pid_find(pid);
	long ret = t ? t->leader->pgid : -ESRCH;

	pid_unlock_irq(flags);
	return ret;
}

/* A session of one's own, and in it a group of one's own; not for one who leads a group. */
long sys_setsid(void)
{
	struct task *me = current->leader, *other;
	unsigned long flags = pid_lock_irq();
	long err = -EPERM;

	for_each_task(other)
		if (other->pgid == me->pid)
			goto out;
	me->sid = me->pgid = me->pid;
	err = me->pid;
out:
	pid_unlock_irq(flags);
	return err;
}

long sys_getsid(pid_t pid)
{
	unsigned long flags = pid_lock_irq();
	struct task *t = pid == 0 ? current : pid_find(pid);
	long ret = t ? t->leader->sid : -ESRCH;

	pid_unlock_irq(flags);
	return ret;
}

/* --- time --- */

static int get_timespec(vaddr_t addr, u64 *ns)
{
	struct timespec ts;

	if (copy_from_user(&ts, addr, sizeof(ts)))
		return -EFAULT;
	if (ts.tv_sec < 0 || ts.tv_nsec < 0 || (u64)ts.tv_nsec >= NSEC_PER_SEC)
		return -EINVAL;
	*ns = (u64)MIN(ts.tv_sec, 1L << 32) * NSEC_PER_SEC + ts.tv_nsec;
	return 0;
}

static long put_timespec(vaddr_t addr, u64 ns)
{
	return put_user_pair(addr, ns / NSEC_PER_SEC, ns % NSEC_PER_SEC);
}

long sys_sleep(int ticks)
{
	if (ticks <= 0)
		return 0;
	return sleep_ns(ticks * XV6_TICK_NS, true) ? -ERESTARTNOHAND : 0;
}

long sys_uptime(void)
{
	return time_ns() / XV6_TICK_NS;
}

long sys_nanosleep(vaddr_t req, vaddr_t rem)
{
	u64 ns, end, now;
	int err = get_timespec(req, &ns);

	if (err)
		return err;
	if (rem && fault_in_user(rem, sizeof(struct timespec), true))
		return -EFAULT;
	end = time_ns() + ns;
	if (!sleep_ns(ns, true))
		return 0;
	now = time_ns();
	if (rem && put_timespec(rem, now < end ? end - now : 0))
		return -EFAULT;
	return -ERESTARTNOHAND;
}

long sys_clock_gettime(int clock, vaddr_t ts)
{
	if (likely(clock == CLOCK_MONOTONIC))
		return put_timespec(ts, time_ns());
	return clock == CLOCK_REALTIME ? put_timespec(ts, time_realtime_ns()) : -EINVAL;
}

long sys_times(vaddr_t buf)
{
	struct sighand *sh = current->sighand;
	struct tms t;
	u64 u, s;

	if (buf) {
		unsigned long flags = pid_lock_irq();

		group_times(current, &u, &s);
		t.tms_cutime = sh->cutime_ns / CLOCK_TICK_NS;
		t.tms_cstime = sh->cstime_ns / CLOCK_TICK_NS;
		pid_unlock_irq(flags);
		t.tms_utime = u / CLOCK_TICK_NS;
		t.tms_stime = s / CLOCK_TICK_NS;
		if (copy_to_user(buf, &t, sizeof(t)))
			return -EFAULT;
	}
	return time_ns() / CLOCK_TICK_NS;
}

static struct timeval timeval(u64 ns)
{
	return (struct timeval){ ns / NSEC_PER_SEC, ns % NSEC_PER_SEC / 1000 };
}

/* Of children only the times are kept. */
long sys_getrusage(int who, vaddr_t buf)
{
	struct sighand *sh = current->sighand;
	struct rusage r = { 0 };
	unsigned long flags;
	u64 u, s;

	if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD)
		return -EINVAL;
	flags = pid_lock_irq();
	if (who == RUSAGE_CHILDREN) {
		u = sh->cutime_ns;
		s = sh->cstime_ns;
	} else {
		if (who == RUSAGE_SELF)
			group_times(current, &u, &s);
		else
			task_times(current, &u, &s);
		r.ru_minflt = current->min_flt + (who == RUSAGE_SELF ? sh->min_flt : 0);
		r.ru_majflt = current->maj_flt + (who == RUSAGE_SELF ? sh->maj_flt : 0);
		r.ru_nvcsw = current->nvcsw;
		r.ru_nivcsw = current->nivcsw;
		r.ru_maxrss = MAX(current->mm->hiwater_rss, mm_rss(current->mm)) * (PAGE_SIZE / 1024);
	}
	pid_unlock_irq(flags);
	r.ru_utime = timeval(u);
	r.ru_stime = timeval(s);
	return copy_to_user(buf, &r, sizeof(r));
}

/* --- scheduling --- */

long sys_sched_yield(void)
{
	sched_yield();
	return 0;
}

long sys_sched_getcpu(void)
{
	return READ_ONCE(current->hart);
}

long sys_sched_setaffinity(pid_t pid, unsigned long mask)
{
	struct task *t = pid == 0 ? current : task_find_get(pid);
	long err;

	if (!t)
		return -ESRCH;
	err = t->kthread ? -EPERM : sched_set_affinity(t, mask & (BIT(NR_HARTS) - 1));
	if (pid != 0)
		task_put(t);
	return err;
}

/* 20 - nice, as Linux does, so that no result looks like an error. */
long sys_getpriority(int which, pid_t pid)
{
	struct task *t;
	long ret;

	if (which != 0)
		return -EINVAL;
	t = pid == 0 ? current : task_find_get(pid);
	if (!t)
		return -ESRCH;
	ret = 20 - t->nice;
	if (pid != 0)
		task_put(t);
	return ret;
}

long sys_setpriority(pid_t pid, int nice)
{
	struct task *t = pid == 0 ? current : task_find_get(pid);

	if (!t)
		return -ESRCH;
	sched_set_nice(t, CLAMP(nice, -20, 19));
	if (pid != 0)
		task_put(t);
	return 0;
}

long sys_futex(vaddr_t addr, int op, u32 val, vaddr_t arg, vaddr_t addr2)
{
	bool timed = (op & ~FUTEX_PRIVATE) == FUTEX_WAIT && arg;
	u64 ns = arg;
	int err = timed ? get_timespec(arg, &ns) : 0;

	return err ? err : do_futex(addr, op, val, timed, ns, addr2);
}

/* --- limits and the machine --- */

long sys_getrlimit(unsigned which, vaddr_t buf)
{
	struct rlimit r;

	if (which >= 16)
		return -EINVAL;
	spin_lock_irq(&current->sighand->lock);
	r.rlim_cur = current->sighand->rlimit[which];
	r.rlim_max = current->sighand->rlimit_hard[which];
	spin_unlock_irq(&current->sighand->lock);
	return copy_to_user(buf, &r, sizeof(r));
}

long sys_setrlimit(unsigned which, vaddr_t buf)
{
	struct sighand *sh = current->sighand;
	struct mm *mm = current->mm;
	struct rlimit r;
	bool allowed;

	if (which >= 16)
		return -EINVAL;
	if (copy_from_user(&r, buf, sizeof(r)))
		return -EFAULT;
	if (r.rlim_cur > r.rlim_max)
		return -EINVAL;
	spin_lock_irq(&sh->lock);
	allowed = r.rlim_max <= sh->rlimit_hard[which];
	if (allowed) {
		WRITE_ONCE(sh->rlimit[which], r.rlim_cur);
		sh->rlimit_hard[which] = r.rlim_max;
	}
	spin_unlock_irq(&sh->lock);
	if (!allowed)
		return -EPERM;
	if (which == RLIMIT_AS)
		WRITE_ONCE(mm->rlimit_as, r.rlim_cur);
	else if (which == RLIMIT_DATA)
		WRITE_ONCE(mm->rlimit_data, r.rlim_cur);
	else if (which == RLIMIT_STACK)
		WRITE_ONCE(mm->rlimit_stack, r.rlim_cur);
	else if (which == RLIMIT_MEMLOCK)
		WRITE_ONCE(mm->rlimit_memlock, r.rlim_cur);
	return 0;
}

long sys_reboot(int how)
{
	int what = how & 0xff, status = (how >> 8) & 0xff;

	if (what != REBOOT_RESTART && what != REBOOT_POWEROFF)
		return -EINVAL;
	sync_filesystems();
	if (what == REBOOT_RESTART)
		sbi_reboot();
	machine_poweroff(status);
}

long sys_sysinfo(vaddr_t buf)
{
	struct sysinfo si = { .mem_unit = 1 };
	u64 avg[3];

	si.uptime = time_ns() / NSEC_PER_SEC;
	load_average(avg);
	for (int i = 0; i < 3; i++)
		si.loads[i] = avg[i] << 5;
	si.totalram = nr_total_pages() * PAGE_SIZE;
	si.freeram = nr_free_pages() * PAGE_SIZE;
	si.procs = nr_tasks;
	return copy_to_user(buf, &si, sizeof(si));
}

long sys_uname(vaddr_t buf)
{
	static const struct utsname name = {
		.sysname = "Pagoda", .nodename = "pagoda", .release = KERNEL_RELEASE,
		.version = "Sv39", .machine = "riscv64", .domainname = "(none)",
	};

	return copy_to_user(buf, &name, sizeof(name));
}

long sys_getrandom(vaddr_t buf, size_t n, unsigned flags)
{
	size_t done = 0;
	u8 bytes[128];

	if (flags & ~3u)
		return -EINVAL;
	n = MIN(n, (size_t)0x7ffff000);
	while (done < n) {
		size_t part = MIN(n - done, sizeof(bytes));

		random_bytes(bytes, part);
		if (copy_to_user(buf + done, bytes, part))
			return done ? (long)done : -EFAULT;
		done += part;
		if (signal_pending_current())
			break;
	}
	return done;
}
