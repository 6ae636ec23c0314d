// SPDX-License-Identifier: MIT
/*
 * fork.c - a new task from the running one: fork, vfork, clone.
 *
 * A child is its parent but for the value that the call returns.  What it has of its
 * own and what it shares is the caller's choice by the CLONE_ flags:
 *
 *		fork		vfork		thread
 *	mm	copy on write	shared		shared
 *	files	copied		copied		shared
 *	fs	copied		copied		shared
 *	sighand	new, the same	new, the same	shared
 *	parent	the caller	the caller	(the group has one)
 *
 * Nothing big is copied: the address space is shared copy on write by mm_fork, the
 * table of signal handlers until one side changes it, floating-point registers only
 * if the program has used them.
 *
 * The order is: make everything that can fail, then enter the task into the tree
 * under pid_lock, where nothing fails but the count of tasks, then start it.  Until
 * then nobody can see it, and giving up is freeing.
 *
 * The parent runs on; the child follows in the queue.  Either order costs the same
 * two switches when the parent waits, and the parent's page tables are still in the
 * caches.  A vfork parent sleeps until the child has left the borrowed memory.
 *
 * CLONE_SIGHAND and CLONE_THREAD come together or not at all: handlers shared by
 * processes with different pids are of use to nobody and would need a second object.
 */
#include "fs/vfs.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/cache/pagecache.h"
#include "mm/vm/mm.h"
#include "proc/proc_internal.h"
#include "riscv/trap.h"

/* Handlers, limits and accounts for a new process: those of the current one. */
static struct sighand *sighand_fork(void)
{
	struct sighand *old = current->sighand, *sh = sighand_alloc();
	unsigned long flags;

	if (!sh)
		return NULL;
	flags = spin_lock_irqsave(&old->lock);
	sh->table = old->table;
	if (sh->table)
		atomic_inc(&sh->table->refs);
	sh->ignored = old->ignored;
	sh->caught = old->caught;
	spin_unlock_irqrestore(&old->lock, flags);
	memcpy(sh->rlimit, old->rlimit, sizeof(sh->rlimit));
	memcpy(sh->rlimit_hard, old->rlimit_hard, sizeof(sh->rlimit_hard));
	return sh;
}

/* Enter t into the tree of tasks. => 0 or -EAGAIN */
static int publish(struct task *t, unsigned long clone_flags)
{
	struct task *me = current, *leader = me->leader;
	struct sighand *sh = me->sighand;
	unsigned long flags = pid_lock_irq();

	if (nr_tasks >= max_tasks || nr_tasks >= sh->rlimit[RLIMIT_NPROC] || sh->group_exit ||
	    sh->execing) {
		pid_unlock_irq(flags);
		return -EAGAIN;
	}
	t->pid = pid_alloc();
	t->pgid = leader->pgid;
	t->sid = leader->sid;
	if (clone_flags & CLONE_THREAD) {
		t->tgid = leader->pid;
		t->leader = leader;
		list_add_tail(&t->threads, &leader->threads);
		sh->nr_threads++;
	} else {
		t->tgid = t->pid;
		t->sighand->leader = t;
		t->parent = leader;
		list_add_tail(&t->sibling, &leader->children);
	}
	pid_insert(t);
	pid_unlock_irq(flags);
	return 0;
}

/* Until the child has its own address space or none; or until we are killed. */
static void wait_for_vfork(struct task *child)
{
	unsigned long flags;

	for (;;) {
		set_state(TASK_INTERRUPTIBLE);
		if (!READ_ONCE(child->vfork_parent))
			break;
		if (fatal_signal_pending()) {
			flags = pid_lock_irq();
			child->vfork_parent = NULL;
			pid_unlock_irq(flags);
			break;
		}
		schedule();
	}
	set_state(TASK_RUNNING);
}

void vfork_done(void)
{
	unsigned long flags;

	if (!READ_ONCE(current->vfork_parent))
		return;
	flags = pid_lock_irq();
	if (current->vfork_parent) {
		struct task *parent = current->vfork_parent;

		current->vfork_parent = NULL;
		wake_task(parent, BIT(TASK_INTERRUPTIBLE));
	}
	pid_unlock_irq(flags);
}

/* The child's registers, and what else it simply has from its parent. */
static void inherit(struct task *t, unsigned long flags, vaddr_t stack, vaddr_t tls)
{
	struct task *me = current;

	fp_flush();
	*t->tf = *me->tf;
	t->tf->a0 = 0;
	if (stack)
		t->tf->sp = stack;
	if (flags & CLONE_SETTLS)
		t->tf->tp = tls;
	if (me->fp_used) {
		t->fp = me->fp;
		t->fp_used = true;
	}
	t->ctx.ra = (u64)ret_from_fork;
	memcpy(t->comm, me->comm, sizeof(t->comm));
	t->nice = me->nice;
	t->slice_max_ns = me->slice_max_ns;
	t->harts_allowed = me->harts_allowed;
	t->blocked = me->blocked;
	if (!(flags & CLONE_VM))
		t->altstack = me->altstack;
	t->exit_signal = flags & CSIGNAL;
	t->start_ns = time_ns();
}

/* What is shared or copied.  => 0, or -ENOMEM: t has none of files, fs and mm */
static int take_resources(struct task *t, unsigned long flags)
{
	struct task *me = current;
	int err = -ENOMEM;

	if (flags & CLONE_THREAD) {
		t->sighand = me->sighand;
		atomic_inc(&t->sighand->refs);
	} else {
		t->sighand = sighand_fork();
		if (!t->sighand)
			return err;
	}
	if (flags & CLONE_FILES) {
		t->files = me->files;
		atomic_inc(&t->files->refs);
	} else {
		t->files = files_fork(me->files);
		if (!t->files)
			return err;
	}
	if (flags & CLONE_FS) {
		t->fs = me->fs;
		atomic_inc(&t->fs->refs);
	} else {
		t->fs = fs_info_fork(me->fs);
		if (!t->fs)
			goto put_files;
	}
	if (flags & CLONE_VM) {
		t->mm = me->mm;
		mm_users_get(t->mm);
		return 0;
	}
	err = mm_fork(me->mm, &t->mm);
	if (!err)
		return 0;
	fs_info_put(t->fs);
put_files:
	files_put(t->files);
	return err;
}

long do_clone(unsigned long flags, vaddr_t stack, vaddr_t ptid, vaddr_t tls, vaddr_t ctid)
{
	unsigned long thread = flags & (CLONE_THREAD | CLONE_SIGHAND);
	struct task *t;
	pid_t pid;
	int err;

	if (thread && (thread != (CLONE_THREAD | CLONE_SIGHAND) || !(flags & CLONE_VM)))
		return -EINVAL;
	if ((flags & CSIGNAL) >= NSIG)
		return -EINVAL;
	if (READ_ONCE(nr_tasks) >= max_tasks)
		return -EAGAIN;
	/* A new process asks for more memory as soon as it writes, and its parent does: what
	 * is shared must be copied.  A fork that fails can be dealt with by the program; a
	 * page that cannot be had kills it.  So the last part of memory is not for forking: a
	 * flood of processes ends with -ENOMEM while there is room for those that run. */
	if (memory_short(32))
		return -ENOMEM;
	t = task_alloc();
	if (!t)
		return -ENOMEM;
	inherit(t, flags, stack, tls);
	if (flags & CLONE_CHILD_CLEARTID)
		t->clear_tid = ctid;
	err = take_resources(t, flags);
	if (err)
		goto free_task;
	if (flags & CLONE_VFORK) {
		t->vfork_parent = current;
		task_get(t);
	}
	err = publish(t, flags);
	if (err)
		goto put_resources;

	pid = t->pid;
	task_get(t);			/* the tree's: the one from task_alloc is its own */
	if (flags & CLONE_PARENT_SETTID)
		copy_to_user(ptid, &pid, sizeof(int));
	if (flags & CLONE_CHILD_SETTID)
		mm_write(t->mm, ctid, &pid, sizeof(int));
	wake_new_task(t);
	if (flags & CLONE_VFORK) {
		wait_for_vfork(t);
		task_put(t);
	}
	return pid;

put_resources:
	if (flags & CLONE_VFORK)
		task_put(t);
	mm_users_put(t->mm);
	fs_info_put(t->fs);
	files_put(t->files);
free_task:
	task_put(t);
	return err;
}
