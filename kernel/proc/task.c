// SPDX-License-Identifier: MIT
/*
 * task.c - the task object: making it, counting references to it, giving it back.
 *
 * A task has two references of its own from birth: the pid tree's, dropped when it
 * is waited for (or at once, if nobody will), and that of being able to run, dropped
 * when it has left its kernel stack for the last time.  The stack goes then; the
 * object stays for those who still look at it, with pid, parent and exit code.
 *
 * How many tasks there may be follows from RAM: the smallest process holds about
 * fourteen frames (kernel stack 4, page tables 5, touched pages 5), so one task for
 * every sixteen frames cannot be reached with programs in them before memory is
 * short, and is reached early enough by a flood of threads.
 */
#include "fs/vfs.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/slab.h"
#include "mm/kmem/vmalloc.h"
#include "proc/proc_internal.h"
#include "riscv/preempt.h"
#include "riscv/trap.h"

#define STACK_RLIMIT	MIB(8)
#define NOFILE_RLIMIT	1024
#define MEMLOCK_RLIMIT	MIB(8)

/* What assembly knows. */
BUILD_ASSERT(offsetof(struct task, tf) == TASK_TF);
BUILD_ASSERT(offsetof(struct task, work) == TASK_WORK);
BUILD_ASSERT(offsetof(struct task, work) == PREEMPT_WORK_OFF);
BUILD_ASSERT(offsetof(struct task, preempt_count) == TASK_PREEMPT);
BUILD_ASSERT(offsetof(struct task, preempt_count) == PREEMPT_COUNT_OFF);
BUILD_ASSERT(offsetof(struct task, hart) == TASK_HART);
BUILD_ASSERT(offsetof(struct task, scratch) == TASK_SCRATCH);
BUILD_ASSERT(offsetof(struct task, ctx) == TASK_CTX);
BUILD_ASSERT(sizeof(struct trap_frame) == 36 * 8);
BUILD_ASSERT(WORK_RESCHED == 1);	/* preempt_enable tests the bit by value */

struct task idle_tasks[NR_HARTS];

static struct kmem_cache *task_cache, *sighand_cache;

void task_init(void)
{
	task_cache = kmem_cache_create("task", sizeof(struct task), 0, SLAB_HWALIGN | SLAB_PANIC,
				       NULL, NULL);
	sighand_cache = kmem_cache_create("sighand", sizeof(struct sighand), 0, SLAB_PANIC,
					  NULL, NULL);
	max_tasks = CLAMP(nr_total_pages() / 16, 128UL, 65536UL);
}

struct task *task_alloc(void)
{
	struct task *t = kmem_cache_alloc(task_cache, GFP_KERNEL);

	if (!t)
		return NULL;
	memset(t, 0, offsetof(struct task, fp));
	t->kstack = kstack_alloc();
	if (!t->kstack) {
		kmem_cache_free(task_cache, t);
		return NULL;
	}
	t->kstack_top = (u64)t->kstack + THREAD_SIZE;
	t->tf = (struct trap_frame *)t->kstack_top - 1;
	t->tf->sstatus = 0;
	t->ctx.sp = (u64)t->tf;
	t->state = TASK_UNINTERRUPTIBLE;
	t->fp_hart = ~0u;
	t->harts_allowed = ~0u;
	sched_set_nice(t, 0);
	t->leader = t;
	list_init(&t->threads);
	list_init(&t->children);
	list_init(&t->sibling);
	atomic_set(&t->refs, 1);
	return t;
}

struct sighand *sighand_alloc(void)
{
	struct sighand *sh = kmem_cache_zalloc(sighand_cache, GFP_KERNEL);

	if (!sh)
		return NULL;
	spin_lock_init(&sh->lock, "sighand");
	wait_queue_init(&sh->child_wait);
	atomic_set(&sh->refs, 1);
	sh->nr_threads = 1;
	return sh;
}

/* The limits of pid 1; everybody inherits them. */
void rlimits_init(u64 rlimit[16], u64 hard[16])
{
	for (int i = 0; i < 16; i++)
		rlimit[i] = hard[i] = RLIM_INFINITY;
	hard[RLIMIT_NOFILE] = NOFILE_MAX;
	rlimit[RLIMIT_STACK] = STACK_RLIMIT;
	rlimit[RLIMIT_NOFILE] = NOFILE_RLIMIT;
	rlimit[RLIMIT_MEMLOCK] = MEMLOCK_RLIMIT;
	rlimit[RLIMIT_NPROC] = max_tasks;
	rlimit[RLIMIT_CORE] = 0;
}

static void task_free(struct task *t)
{
	struct sighand *sh = t->sighand;

	if (t->kstack)
		kstack_free(t->kstack);
	if (sh && atomic_dec_and_test(&sh->refs)) {
		if (sh->alarm_set)
			timer_cancel(&sh->alarm);
		signal_notes_free(&sh->pending);
		sigtable_put(sh->table);
		kmem_cache_free(sighand_cache, sh);
	}
	signal_notes_free(&t->pending);
	kmem_cache_free(task_cache, t);
}

void task_put(struct task *t)
{
	if (atomic_dec_and_test(&t->refs))
		task_free(t);
}

void task_dead(struct task *t)
{
	void *stack = t->kstack;

	t->kstack = NULL;
	kstack_free(stack);
	task_put(t);
}

void task_set_comm(struct task *t, const char *name)
{
	const char *slash = strrchr(name, '/');

	strlcpy(t->comm, slash ? slash + 1 : name, sizeof(t->comm));
}
