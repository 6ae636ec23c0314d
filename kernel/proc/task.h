// SPDX-License-Identifier: MIT
/*
 * task.h - a task: one thread of control, of a program or of the kernel.
 *
 * Tasks of one program share mm, files, fs and signal handlers and form a thread
 * group (tgid is the leader's pid).  Tasks are slab objects; pid_lock guards the
 * tree of relations.
 *
 * Locks: (o) the task itself only  (r) its run queue's lock  (p) pid_lock
 *        (s) sighand->lock  (c) constant  (a) atomic
 * Order: pid_lock, sighand->lock, a wait queue's lock, the run queue's lock; all
 *        are taken with interrupts off.
 */
#ifndef PROC_TASK_H
#define PROC_TASK_H

/* task->work: why the way back to user mode is not the short one */
#define WORK_RESCHED	0x1
#define WORK_SIGNAL	0x2

/* Offsets for entry.S, checked by proc/task.c */
#define TASK_TF		0
#define TASK_WORK	8
#define TASK_PREEMPT	12
#define TASK_HART	16
#define TASK_SCRATCH	24
#define TASK_CTX	40

#define THREAD_SIZE	16384		/* kernel stack; aligned to twice its size */
#define THREAD_SHIFT	14

#ifndef __ASSEMBLER__
#include "lib/atomic.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "riscv/timer.h"
#include "sync/wait.h"
#include "uapi/signal.h"

struct mm;
struct files;
struct fs_info;
struct trap_frame;

enum task_state {
	TASK_RUNNING,		/* on a hart or on a run queue */
	TASK_INTERRUPTIBLE,	/* asleep; a signal wakes it */
	TASK_UNINTERRUPTIBLE,
	TASK_STOPPED,
	TASK_ZOMBIE,		/* has exited; the parent has not waited */
	TASK_DEAD,		/* nobody will wait: gone with its last reference */
};

/* What the switch keeps of a task that does not run. */
struct context {
	u64 ra, sp, s[12];
	u64 gp;				/* the program's: see entry.S */
};

/* User floating-point registers, saved when they were used. */
struct fp_state {
	u64 f[32];
	u64 fcsr;
};

/* What each signal does; shared by parent and child until one of them changes it. */
struct sigtable {
	atomic_t refs;
	struct sigaction_abi action[NSIG];	/* constant while refs > 1 */
};

/* A signal that has more to tell than its number. */
struct signote {
	struct signote *next;
	struct siginfo_abi info;
};

/* Signals sent and not yet taken. */
struct sigpending {
	sigset_t set;			/* bit sig-1 */
	struct signote *notes;		/* oldest first; none if there was no memory */
};

/*
 * What the threads of a group have in common beside mm, files and fs.  It lives as
 * long as the leader's struct task.
 *
 * Locks: (s) lock, innermost but for the run queue's  (p) pid_lock
 *	  (m) alarm_lock of sys_signal.c
 */
struct sighand {
	spinlock_t lock;
	atomic_t refs;			/* threads */
	struct sigtable *table;		/* (s) NULL: every signal has its default action */
	sigset_t ignored;		/* (s) SIG_IGN was asked for */
	sigset_t caught;		/* (s) has a handler */
	struct sigpending pending;	/* (s) for the whole group */
	u32 nr_threads;			/* (p) not yet exited */
	bool group_exit;		/* (s) all threads are to end ... */
	bool execing;			/* (s) ... but the one in exec */
	bool stopped;			/* (s) by SIGSTOP and its like */
	bool stopping;			/* (s) a thread has taken such a signal; no SIGCONT since */
	int group_code;			/* (s) exit code, or the signal that stopped it */
	bool stop_waiting;		/* (p) a stop to be told by waitpid(WUNTRACED) */
	bool cont_waiting;		/* (p) it goes on, to be told by waitpid(WCONTINUED) */
	bool alarm_set;			/* (m) the timer has been initialised */
	struct timer alarm;		/* (m) to arm and cancel */
	u64 alarm_every;		/* (m) to write: ns from one ringing to the next; 0: only one */
	struct task *leader;		/* (p) */
	struct wait_queue child_wait;	/* wait() sleeps here; exec too, for its threads to end */
	u64 rlimit[16];			/* RLIMIT_*, in bytes or pieces */
	u64 rlimit_hard[16];		/* (s) how far setrlimit may raise them */
	u64 utime_ns, stime_ns;		/* (p) of threads that have ended */
	u64 cutime_ns, cstime_ns;	/* (p) of children waited for */
	u64 min_flt, maj_flt;		/* (p) of threads that have ended */
};

#define TASK_COMM_LEN 16

struct task {
	/* entry.S knows these by offset */
	struct trap_frame *tf;		/* (c) user registers, at the top of the kernel stack */
	u32 work;			/* (a) WORK_* */
	u32 preempt_count;		/* (o) > 0: stays on its hart */
	u32 hart;			/* (r) where it runs or ran last */
	u32 pad;
	u64 scratch[2];			/* entry.S's */

	struct context ctx;		/* (r) valid while not running */
	enum task_state state;		/* (r) */
	bool on_hart;			/* (r) running just now */
	bool queued;			/* (r) on a run queue */
	bool kthread;			/* (c) */
	bool fp_used;			/* (o) fp is valid: the program has used floating point */

	void *kstack;			/* (c) lowest address */
	u64 kstack_top;			/* (c) first address above the kernel stack */
	struct mm *mm;			/* (o) changes by task_set_mm; NULL: kernel thread */
	struct mm *active_mm;		/* (r) whose root satp holds while it runs */

	/* scheduler */
	struct list run_link;		/* (r) */
	u64 slice_ns;			/* (r) used of the time slice */
	u64 last_run_ns;		/* (r) when the clock was last read for it */
	u64 runtime_ns;			/* (r) all it has run */
	u32 ticks_user, ticks_kernel;	/* (o) seen by the tick: the shares of runtime_ns */
	u64 slice_max_ns;		/* (o) the whole slice, by nice */
	int nice;			/* (o) -20 .. 19 */
	u32 harts_allowed;		/* (r) mask */
	u32 fp_hart;			/* (r) hart whose FP registers held fp last; ~0: none */
	u64 nvcsw, nivcsw;
	u64 start_ns;
	u64 min_flt, maj_flt;		/* (o) */

	/* identity and relations */
	atomic_t refs;			/* one of the pid tree, one while it can still run */
	pid_t pid, tgid;		/* (p) change only in exec */
	pid_t pgid, sid;		/* (p) */
	char comm[TASK_COMM_LEN];
	struct task *parent;		/* (p) a leader; NULL: kernel thread */
	struct list children, sibling;	/* (p) leaders; those to wait for come first */
	struct task *leader;		/* (p) of the thread group */
	struct list threads;		/* (p) ring of the group's threads */
	struct rb_node pid_node;	/* (p) */
	struct task *vfork_parent;	/* (p) sleeps until we exec or exit */
	int exit_code;			/* (p) wait status: code << 8, or signal */
	int exit_signal;		/* (c) what the parent gets */
	bool exiting;			/* (o) in do_exit */

	struct files *files;		/* (o) */
	struct fs_info *fs;		/* (o) */

	/* signals */
	struct sighand *sighand;	/* (c) NULL: kernel thread */
	struct sigpending pending;	/* (s) for this thread */
	sigset_t blocked;		/* (s) written by the task itself */
	sigset_t awaited;		/* (s) sigwaitinfo's */
	sigset_t saved_blocked;		/* (o) sigsuspend's, while restore_blocked */
	bool restore_blocked;		/* (o) */
	struct altstack altstack;	/* (o) for handlers with SA_ONSTACK; size 0: none */

	/* threads */
	vaddr_t clear_tid;		/* (o) zero this word and wake its futex at exit */

	/* limits and debugging */
	int fail_nth;			/* fault injection: the nth allocation of this task fails */
	void *journal;			/* file system: open transaction handle */
	u32 memalloc;			/* > 0: allocations may use the reserve; never recurse into reclaim */
#ifdef CONFIG_DEBUG
	struct held_lock { const void *lock; const char *name; vaddr_t site; } held[24];
	unsigned nr_held;
	bool in_irq;			/* an interrupt handler is running on top of it ... */
	unsigned irq_held_base;		/* ... whose own locks begin here */
#endif
	struct fp_state fp;		/* (o) last: not cleared with the rest */
};

extern struct task idle_tasks[];	/* one a hart; their stacks are static */
extern spinlock_t pid_lock;		/* with interrupts off: a terminal's interrupt sends signals */

struct task *task_find_get(pid_t pid);	/* with a reference, or NULL */
static inline void task_get(struct task *t) { atomic_inc(&t->refs); }
void task_put(struct task *t);
/* Every task with a reference, in pid order: NULL starts, puts prev; NULL at the end. */
struct task *task_next_get(struct task *prev);
struct task *kthread_create(const char *name, void (*fn)(void *arg), void *arg);	/* ERR_PTR; runnable */

/* User and kernel time of one thread so far. */
void task_times(struct task *t, u64 *utime_ns, u64 *stime_ns);
extern unsigned nr_tasks, max_tasks;	/* (p); how many there are, and may be */
#endif

#endif
