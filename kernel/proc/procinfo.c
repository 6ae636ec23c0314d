// SPDX-License-Identifier: MIT
/*
 * procinfo.c - the /proc files about tasks and what the harts do, in Linux's formats.
 *
 *	/proc/PID/	stat status cmdline comm
 *	/proc/		loadavg stat
 *
 * A reader holds a reference to the task, which may end meanwhile; what belongs to the
 * tree of relations is read under pid_lock, the rest may be a moment old.
 */
#include "fs/procfs.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/slab.h"
#include "mm/vm/mm.h"
#include "proc/proc_internal.h"
#include "riscv/irq.h"

#define CLOCK_TICK_NS	(NSEC_PER_SEC / 100)	/* USER_HZ */

static char state_letter(const struct task *t)
{
	static const char letters[] = {
		[TASK_RUNNING] = 'R', [TASK_INTERRUPTIBLE] = 'S', [TASK_UNINTERRUPTIBLE] = 'D',
		[TASK_STOPPED] = 'T', [TASK_ZOMBIE] = 'Z', [TASK_DEAD] = 'X',
	};

	return letters[READ_ONCE(t->state)];
}

static const char *state_name(const struct task *t)
{
	static const char *const names[] = {
		[TASK_RUNNING] = "running", [TASK_INTERRUPTIBLE] = "sleeping",
		[TASK_UNINTERRUPTIBLE] = "disk sleep", [TASK_STOPPED] = "stopped",
		[TASK_ZOMBIE] = "zombie", [TASK_DEAD] = "dead",
	};

	return names[READ_ONCE(t->state)];
}

/* What pid_lock guards, copied out. */
struct relations {
	pid_t ppid, pgid, sid;
	unsigned threads;
	u64 utime, stime, cutime, cstime, min_flt, maj_flt;
	sigset_t pending, shared, ignored, caught;
	u64 rss_limit;
};

static void look(struct task *t, struct relations *r)
{
	unsigned long flags = pid_lock_irq();
	struct sighand *sh = t->sighand;
	struct task *parent = t->leader->parent;

	memset(r, 0, sizeof(*r));
	r->ppid = parent ? parent->pid : 0;
	r->pgid = t->leader->pgid;
	r->sid = t->leader->sid;
	r->threads = 1;
	r->min_flt = t->min_flt;
	r->maj_flt = t->maj_flt;
	r->pending = t->pending.set;
	group_times(t, &r->utime, &r->stime);
	if (sh) {
		r->threads = sh->nr_threads;
		r->cutime = sh->cutime_ns;
		r->cstime = sh->cstime_ns;
		r->min_flt += sh->min_flt;
		r->maj_flt += sh->maj_flt;
		r->shared = sh->pending.set;
		r->ignored = sh->ignored;
		r->caught = sh->caught;
		r->rss_limit = sh->rlimit[RLIMIT_RSS];
	}
	pid_unlock_irq(flags);
}

static int show_stat(struct seq *s, struct task *t)
{
	struct relations r;
	struct mm_layout l;
	u64 vsz = 0, rss = 0;

	look(t, &r);
	if (READ_ONCE(t->mm))
		mm_sizes(t, &vsz, &rss);
	seq_printf(s, "%d (%s) %c %d %d %d 0 -1 %u ", t->pid, t->comm, state_letter(t), r.ppid,
		   r.pgid, r.sid, t->kthread ? 0x200000 : 0);
	seq_printf(s, "%lu 0 %lu 0 %lu %lu %lu %lu ", r.min_flt, r.maj_flt,
		   r.utime / CLOCK_TICK_NS, r.stime / CLOCK_TICK_NS, r.cutime / CLOCK_TICK_NS,
		   r.cstime / CLOCK_TICK_NS);
	seq_printf(s, "%d %d %u 0 %lu %lu %lu %lu ", 20 + t->nice, t->nice, r.threads,
		   t->start_ns / CLOCK_TICK_NS, vsz, rss >> PAGE_SHIFT, r.rss_limit);
	/* kstkesp, kstkeip, wchan, nswap, cnswap, rt_priority ... cguest_time: not told */
	mm_layout(t, &l);
	seq_printf(s, "%lu %lu %lu 0 0 %lu %lu %lu %lu 0 0 0 %d %u 0 0 0 0 0 ", l.start_code,
		   l.end_code, l.start_stack, r.pending | r.shared, t->blocked, r.ignored,
		   r.caught, t->exit_signal, t->hart);
	seq_printf(s, "%lu %lu %lu %lu %lu %lu %lu %d\n", l.start_data, l.end_data, l.start_brk,
		   l.arg_start, l.arg_end, l.env_start, l.env_end, t->exit_code);
	return 0;
}

static int show_status(struct seq *s, struct task *t)
{
	struct relations r;

	look(t, &r);
	seq_printf(s, "Name:\t%s\nState:\t%c (%s)\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\n", t->comm,
		   state_letter(t), state_name(t), t->tgid, t->pid, r.ppid);
	seq_printf(s, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nNSpgid:\t%d\nNSsid:\t%d\n", r.pgid, r.sid);
	mm_show_status(s, t);
	seq_printf(s, "Threads:\t%u\nSigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\n"
		   "SigIgn:\t%016lx\nSigCgt:\t%016lx\n", r.threads, r.pending, r.shared, t->blocked,
		   r.ignored, r.caught);
	seq_printf(s, "Cpus_allowed:\t%x\nvoluntary_ctxt_switches:\t%lu\n"
		   "nonvoluntary_ctxt_switches:\t%lu\n",
		   t->harts_allowed & (u32)(BIT(nr_harts) - 1), t->nvcsw, t->nivcsw);
	return 0;
}

static int show_cmdline(struct seq *s, struct task *t)
{
	struct mm *mm = task_mm_get(t);
	vaddr_t from, to;
	char *buf;

	if (!mm)
		return 0;
	from = mm->arg_start;
	to = MIN(mm->arg_end, from + KIB(4));
	buf = kmalloc(256, GFP_KERNEL);
	for (; buf && from < to; from += 256) {
		size_t n = MIN(to - from, 256UL);

		if (mm_read(mm, from, buf, n))
			break;
		for (size_t i = 0; i < n; i++)
			seq_putc(s, buf[i]);
	}
	kfree(buf);
	mm_put(mm);
	return 0;
}

static int show_comm(struct seq *s, struct task *t)
{
	seq_printf(s, "%s\n", t->comm);
	return 0;
}

static int show_loadavg(struct seq *s, void *arg __maybe_unused)
{
	u64 avg[3];
	unsigned long flags;
	unsigned n;
	pid_t last;

	load_average(avg);
	flags = pid_lock_irq();
	n = nr_tasks;
	last = pid_last();
	pid_unlock_irq(flags);
	for (int i = 0; i < 3; i++) {
		u64 hundredths = (avg[i] * 100 + 1024) >> 11;

		seq_printf(s, "%lu.%02lu ", hundredths / 100, hundredths % 100);
	}
	seq_printf(s, "%u/%u %d\n", nr_running(), n, last);
	return 0;
}

static void cpu_line(struct seq *s, const char *name, const u64 t[3])
{
	seq_printf(s, "%s %lu 0 %lu %lu 0 0 0 0 0 0\n", name, t[0] / CLOCK_TICK_NS,
		   t[1] / CLOCK_TICK_NS, t[2] / CLOCK_TICK_NS);
}

static int show_system_stat(struct seq *s, void *arg __maybe_unused)
{
	u64 sum[3] = { 0 }, t[3];
	const char *device;
	u64 count, interrupts = 0;
	char name[8];
	pid_t last;

	for (unsigned i = 0; i < nr_harts; i++) {
		hart_times(i, t);
		for (int k = 0; k < 3; k++)
			sum[k] += t[k];
	}
	cpu_line(s, "cpu ", sum);
	for (unsigned i = 0; i < nr_harts; i++) {
		hart_times(i, t);
		snprintf(name, sizeof(name), "cpu%u", i);
		cpu_line(s, name, t);
	}
	last = READ_ONCE(nr_tasks) ? pid_last() : 0;
	for (unsigned irq = 1; irq_stats(irq, &device, &count); irq++)
		interrupts += count;
	seq_printf(s, "intr %lu\n", interrupts);
	seq_printf(s, "ctxt %lu\nbtime %lu\nprocesses %d\nprocs_running %u\nprocs_blocked 0\n",
		   nr_switches(), (time_realtime_ns() - time_ns()) / NSEC_PER_SEC, last,
		   nr_running());
	return 0;
}

void procinfo_init(void)
{
	proc_create_pid("stat", show_stat);
	proc_create_pid("status", show_status);
	proc_create_pid("cmdline", show_cmdline);
	proc_create_pid("comm", show_comm);
	proc_create("loadavg", show_loadavg, NULL, NULL);
	proc_create("stat", show_system_stat, NULL, NULL);
}
