// SPDX-License-Identifier: MIT
/* sched.h - the scheduler: run queues, switching, sleeping and waking. */
#ifndef PROC_SCHED_H
#define PROC_SCHED_H

#include "proc/task.h"
#include "riscv/hart.h"

void sched_init(void);
void sched_init_hart(void);		/* on each hart, from its idle task */
__noreturn void idle_loop(void);
void schedule(void);			/* give the hart away; returns when chosen again */
void sched_yield(void);
/* Make t runnable if its state is one of the mask's (BIT(TASK_...)). true if it was. */
bool wake_task(struct task *t, unsigned state_mask);
void wake_new_task(struct task *t);
void sched_tick(void);			/* from the timer interrupt, interrupts off */
void preempt_schedule(void);		/* nothing while interrupts are off */
/* On the way out of an interrupt that came in kernel mode, interrupts off: take the
 * hart from the current task if it may be taken and somebody wants it. */
void preempt_schedule_irq(void);
void schedule_tail(void);		/* from entry.S: a new task's first act */
/* Before the way back to user mode, when current->work is set; interrupts on. */
void return_work(struct trap_frame *tf);

/* Is preemption (or are interrupts) off, so that sleeping is a bug?  Panics if so. */
void might_sleep(void);
bool signal_pending_current(void);
bool fatal_signal_pending(void);

/* Set the current task's state before the test that decides whether to schedule(). */
static inline void set_state(enum task_state state)
{
	WRITE_ONCE(current->state, state);
	smp_mb();
}
/* Load average since boot: 1, 5, 15 minutes, 11 binary places. */
void load_average(u64 avg[3]);
unsigned nr_running(void);		/* on harts or run queues; racy, for display */
u64 hart_idle_ns(unsigned hart);
u64 nr_switches(void);

/* fork.c, exit.c, exec.c, signal.c */
/* What clone() does, from the current task's registers.  => the child's pid, or -EAGAIN,
 * -ENOMEM, -EINVAL; after an error nothing is left behind. */
long do_clone(unsigned long flags, vaddr_t stack, vaddr_t ptid, vaddr_t tls, vaddr_t ctid);
__noreturn void do_exit(int code);	/* this thread; code as task.exit_code */
__noreturn void do_group_exit(int code);
int do_exec(const char *path, char *const *kargv, char *const *kenvp);
/* => sig 1..NSIG-1, or 0 to test only. 0 or -ESRCH. */
int send_signal(struct task *t, int sig, const struct siginfo_abi *info);
int send_signal_group(pid_t pgid, int sig);
/* A fault of the current task's own doing: handler if it has one, else it dies with one line. */
void force_signal(int sig, int code, vaddr_t addr, struct trap_frame *tf);
int send_signal_thread(struct task *t, int sig, const struct siginfo_abi *info);
void start_init(void);			/* make pid 1: mounts the root, runs /bin/init */
void task_init(void);			/* caches and limits; called by sched_init */

#endif
