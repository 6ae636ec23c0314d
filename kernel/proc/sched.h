// SPDX-License-Identifier: MIT
/* sched.h - the scheduler: run queues, switching, sleeping and waking. */
#ifndef PROC_SCHED_H
#define PROC_SCHED_H

#include "proc/task.h"

void sched_init(void);
void sched_init_hart(void);		/* on each hart, from its idle task */
__noreturn void idle_loop(void);
void schedule(void);			/* give the hart away; returns when chosen again */
void sched_yield(void);
/* Make t runnable if its state is one of the mask's (BIT(TASK_...)). true if it was. */
bool wake_task(struct task *t, unsigned state_mask);
void wake_new_task(struct task *t);
void sched_tick(void);			/* from the timer interrupt, interrupts off */
void preempt_schedule(void);
/* Before the way back to user mode, when current->work is set; interrupts on. */
void return_work(struct trap_frame *tf);

/* Is preemption (or are interrupts) off, so that sleeping is a bug?  Panics if so. */
void might_sleep(void);
bool signal_pending_current(void);
bool fatal_signal_pending(void);

/* fork.c, exit.c, exec.c, signal.c */
__noreturn void do_exit(int code);	/* this thread; code as task.exit_code */
__noreturn void do_group_exit(int code);
int do_exec(const char *path, char *const *kargv, char *const *kenvp);
/* => sig 1..NSIG-1, or 0 to test only. 0 or -ESRCH. */
int send_signal(struct task *t, int sig, const struct siginfo_abi *info);
int send_signal_group(pid_t pgid, int sig);
/* A fault of the current task's own doing: handler if it has one, else it dies with one line. */
void force_signal(int sig, int code, vaddr_t addr, struct trap_frame *tf);
void start_init(void);			/* make pid 1 */

#endif
