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
 */
#ifndef PROC_TASK_H
#define PROC_TASK_H

/* task->work: why the way back to user mode is not the short one */
#define WORK_RESCHED	0x1
#define WORK_SIGNAL	0x2

/* Offsets for entry.S, checked by proc/task.c */
#define TASK_KSTACK_TOP	0
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
	TASK_DEAD,
};

/* What the switch keeps of a task that does not run. */
struct context {
	u64 ra, sp, s[12];
};

/* User floating-point registers, saved when they were used. */
struct fp_state {
	u64 f[32];
	u64 fcsr;
};

struct sighand {			/* shared by threads */
	spinlock_t lock;
	atomic_t refs;
	struct sigaction_abi action[NSIG];	/* (s) [sig] */
	sigset_t shared_pending;	/* (s) for the whole group */
	struct siginfo_abi shared_info[NSIG];	/* (s) */
};

#define TASK_COMM_LEN 16

struct task {
	/* entry.S knows these by offset */
	u64 kstack_top;			/* (c) first address above the kernel stack */
	u32 work;			/* (a) WORK_* */
	u32 preempt_count;		/* (o) > 0: stays on its hart */
	u32 hart;			/* (r) where it runs or ran last */
	u32 pad;
	u64 scratch[2];			/* entry.S's */

	struct context ctx;		/* (r) valid while not running */
	void *kstack;			/* (c) lowest address */
	enum task_state state;		/* (r) */
	bool on_hart;			/* (r) running just now, or not yet switched out */
	bool kthread;			/* (c) */
	bool in_syscall;		/* (o) */
	bool fp_used;			/* (o) */

	pid_t pid, tgid;		/* (c) */
	char comm[TASK_COMM_LEN];
	struct mm *mm;			/* (o) NULL: kernel thread */
	struct mm *active_mm;		/* (r) whose root satp holds */
	struct files *files;		/* (o) */
	struct fs_info *fs;		/* (o) */
	struct trap_frame *tf;		/* (o) user registers, at the top of the kernel stack */
	struct fp_state fp;		/* (o) */

	/* scheduler */
	struct list run_link;		/* (r) */
	u64 slice_ns;			/* (r) used of the time slice */
	u64 last_run_ns, utime_ns, stime_ns, start_ns;
	u64 nvcsw, nivcsw;
	u64 min_flt, maj_flt;
	int nice;
	u32 harts_allowed;		/* mask */

	/* relations */
	struct task *parent;		/* (p) */
	struct list children, sibling;	/* (p) */
	struct task *leader;		/* (p) of the thread group */
	struct list threads;		/* (p) leader's list of its threads */
	struct list all_link;		/* (p) every task */
	struct rb_node pid_node;	/* (p) */
	pid_t pgid, sid;		/* (p) */
	struct wait_queue child_wait;	/* parent sleeps here in wait */
	int exit_code;			/* wait status: code << 8, or signal */
	atomic_t refs;

	/* signals */
	struct sighand *sighand;
	sigset_t pending, blocked;	/* (s) */
	sigset_t saved_blocked;
	struct siginfo_abi info[NSIG];	/* (s) of pending */

	/* threads */
	vaddr_t clear_tid;		/* (o) zero this word and wake its futex at exit */

	/* limits and debugging */
	u64 rlimit[16];
	int fail_nth;			/* fault injection: the nth allocation of this task fails */
	void *journal;			/* file system: open transaction handle */
	u32 memalloc;			/* > 0: allocations may use the reserve; never recurse into reclaim */
#ifdef CONFIG_DEBUG
	struct held_lock { const void *lock; const char *name; vaddr_t site; } held[24];
	unsigned nr_held;
#endif
};

extern struct task idle_tasks[];	/* one a hart; their stacks are static */

struct task *task_find_get(pid_t pid);	/* with a reference, or NULL */
void task_get(struct task *t);
void task_put(struct task *t);
/* Every task with a reference, in pid order: NULL starts, puts prev; NULL at the end. */
struct task *task_next_get(struct task *prev);
struct task *kthread_create(const char *name, void (*fn)(void *arg), void *arg);	/* ERR_PTR; runnable */
#endif

#endif
