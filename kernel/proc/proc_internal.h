// SPDX-License-Identifier: MIT
/* proc_internal.h - what the files of kernel/proc tell each other. */
#ifndef PROC_INTERNAL_H
#define PROC_INTERNAL_H

#include "proc/sched.h"
#include "uapi/errno.h"
#include "uapi/sched.h"

#define SIG_BIT(sig)	(1UL << ((sig) - 1))
/* A restart only if no handler ran: sleeps, sigsuspend. */
#define ERESTARTNOHAND	514

#define CLD_EXITED	1
#define CLD_KILLED	2
#define CLD_STOPPED	5
#define CLD_CONTINUED	6

#define SIG_UNMASKABLE	(SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP))

/* --- task.c --- */
/* A task with a kernel stack, one reference and nothing else; NULL: no memory. */
struct task *task_alloc(void);
void task_dead(struct task *t);		/* it has left its stack for good */
struct sighand *sighand_alloc(void);	/* all signals default, one thread, no limits yet */
void rlimits_init(u64 rlimit[16], u64 hard[16]);
void task_set_comm(struct task *t, const char *name);

/* --- pid.c: => pid_lock held --- */
pid_t pid_alloc(void);
void pid_insert(struct task *t);	/* a reference with it */
void pid_remove(struct task *t);
struct task *pid_find(pid_t pid);
struct task *pid_next(pid_t after);	/* the first with a larger pid */
pid_t pid_last(void);			/* given out most recently; any context */
#define for_each_task(t) for (t = pid_next(-1); t; t = pid_next(t->pid))
extern struct task *init_task;		/* pid 1, once it exists */

static inline unsigned long pid_lock_irq(void) { return spin_lock_irqsave(&pid_lock); }
static inline void pid_unlock_irq(unsigned long flags) { spin_unlock_irqrestore(&pid_lock, flags); }

/* --- sched.c --- */
void sched_set_nice(struct task *t, int nice);	/* => -20 .. 19 */
int sched_set_affinity(struct task *t, u32 mask);
void switch_away(void);			/* a dead task's last switch. => interrupts off */

/* The current program's floating-point registers into current->fp, if it has any. */
void fp_flush(void);
/* Give the current program these instead, 32 of them; NULL: zeros, as if it never had any. */
void fp_set(const unsigned long *f, u64 fcsr);

/* User and kernel time of t's whole group. => pid_lock held */
void group_times(struct task *t, u64 *utime_ns, u64 *stime_ns);
void hart_times(unsigned hart, u64 t[3]);	/* user, kernel, idle ns */
void procinfo_init(void);
#define KERNEL_RELEASE	"1.0"

/* --- signal.c --- */
/* => sighand->lock held: what the task must be told changed. */
void recalc_sigpending(struct task *t);
void signal_notes_free(struct sigpending *p);
/* => pid_lock held.  Tell t's parent that t has ended, or stopped, or goes on. */
void notify_parent(struct task *t, int sig, int code, int status);
/* => pid_lock held.  Does the parent not want to hear of dead children? */
bool sigchld_ignored(struct task *parent);
void sigtable_put(struct sigtable *table);
/* => sighand->lock held.  The handler of sig. */
static inline unsigned long sig_handler(const struct sighand *sh, int sig)
{
	return sh->caught & SIG_BIT(sig) ? sh->table->action[sig].handler :
	       sh->ignored & SIG_BIT(sig) ? SIG_IGN : SIG_DFL;
}
/* => interrupts on */
static inline void spin_lock_irq(spinlock_t *l) { irq_disable(); spin_lock(l); }
static inline void spin_unlock_irq(spinlock_t *l) { spin_unlock_irqrestore(l, SSTATUS_SIE); }
void post_signal(struct task *t, int sig);	/* to the group. => pid_lock held */
int send_signal_all(int sig);		/* all processes but pid 1 and the caller's */
long do_sigreturn(struct trap_frame *tf);
int do_sigaction(int sig, const struct sigaction_abi *act, struct sigaction_abi *old);
void signals_for_exec(void);
void set_blocked(sigset_t mask);
/* => pid_lock held. Every thread of t's group but the current task is to end. */
void kill_other_threads(struct task *t);

/* --- exec.c --- */
/* => argc, or -errno and nothing has changed */
long do_execve(vaddr_t upath, vaddr_t uargv, vaddr_t uenvp);

/* --- wait.c --- */
/* What a waiting parent asks. */
long do_wait(pid_t pid, int options, int *status);

/* --- exit and exec: the vfork parent may go on --- */
void vfork_done(void);

/* --- futex.c --- */
int futex_wake(vaddr_t addr, int nr);
/* arg: WAIT's timeout in ns, if timed; REQUEUE's second count. */
long do_futex(vaddr_t addr, int op, u32 val, bool timed, u64 arg, vaddr_t addr2);

#endif
