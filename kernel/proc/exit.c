// SPDX-License-Identifier: MIT
/*
 * exit.c - the end of a task.
 *
 *	exit(), the last return of a kernel thread	this thread
 *	exit_group(), a fatal signal			every thread of the group
 *
 * A dying task gives back, in this order: its address space (with the word that a
 * joining thread waits for), its files, its place in the tree.  Memory goes first, so
 * that whoever hears of the death finds it free.  What remains is the struct task with
 * the exit code: the zombie, until the parent waits.
 *
 * Threads other than the leader leave nothing: nobody can wait for them.  The leader
 * stays a zombie at least until the last thread has gone, and only then is the parent
 * told; so "the process" ends with its last thread, whichever that is.
 *
 * Children are the leader's, whichever thread made them.  When the group has ended
 * they go to pid 1, dead ones with a new notice.
 *
 * Zombies stand at the front of the parent's list of children, so that waiting for
 * any child looks at one entry.
 *
 * From the moment the state says ZOMBIE or DEAD interrupts stay off, so the task is
 * not preempted and its next switch is its last: finish_switch() frees the stack.
 *
 * Pid 1 must not end.  If the machine was booted for one command, its end is the end
 * of the run: power off with its status.  Else it is a bug worth a panic.
 */
#include "fs/vfs.h"
#include "lib/fdt.h"
#include "lib/printk.h"
#include "mm/vm/mm.h"
#include "proc/proc_internal.h"
#include "riscv/sbi.h"
#include "riscv/trap.h"

extern char boot_command[];

static __noreturn void init_exit(int code)
{
	int status = code & 0x7f ? 128 + (code & 0x7f) : (code >> 8) & 0xff;

	if (boot_command[0]) {
		sync_filesystems();
		machine_poweroff(status);
	}
	panic("init has ended with %s %d", code & 0x7f ? "signal" : "status",
	      code & 0x7f ? code & 0x7f : status);
}

static void exit_mm(void)
{
	struct task *t = current;
	struct mm *mm = t->mm;
	u32 zero = 0;

	if (t->clear_tid && atomic_read(&mm->users) > 1) {
		if (copy_to_user(t->clear_tid, &zero, sizeof(zero)) == 0)
			futex_wake(t->clear_tid, 1);
	}
	vfork_done();
	mm_get(mm);		/* satp still holds it: from now on as a kernel thread's */
	mm_users_put(task_set_mm(t, NULL));
}

/* The children of a process that has ended go to pid 1. => pid_lock held */
static void give_children_away(struct task *leader)
{
	struct task *c, *tmp;
	bool dead = false;

	list_for_each_safe(c, tmp, &leader->children, sibling) {
		c->parent = init_task;
		if (c->state == TASK_ZOMBIE && c->sighand->nr_threads == 0) {
			list_move(&c->sibling, &init_task->children);
			dead = true;
		} else {
			list_move_tail(&c->sibling, &init_task->children);
		}
	}
	if (dead)
		wake_up_all(&init_task->sighand->child_wait);
}

/* The last thread has gone: tell the parent; true if the leader is nobody's zombie.
 * => pid_lock held */
static bool group_ended(struct task *leader)
{
	struct sighand *sh = leader->sighand;
	struct task *parent = leader->parent;
	int code;

	if (sh->group_exit)
		leader->exit_code = sh->group_code;
	if (!list_empty(&leader->children))
		give_children_away(leader);
	if (sigchld_ignored(parent)) {
		leader->state = TASK_DEAD;
		list_del(&leader->sibling);
		pid_remove(leader);
		wake_up_all(&parent->sighand->child_wait);
		return true;
	}
	list_move(&leader->sibling, &parent->children);
	code = leader->exit_code;
	notify_parent(leader, leader->exit_signal, code & 0x7f ? CLD_KILLED : CLD_EXITED,
		      code & 0x7f ? code & 0x7f : code >> 8);
	return false;
}

static __noreturn void exit_last(struct task *t)
{
	irq_disable();
	switch_away();
	panic("task %d (%s) runs after its end", t->pid, t->comm);
}

static __noreturn void kthread_exit(void)
{
	struct task *t = current;

	irq_disable();
	spin_lock(&pid_lock);
	pid_remove(t);
	t->state = TASK_DEAD;
	spin_unlock(&pid_lock);
	task_put(t);
	exit_last(t);
}

__noreturn void do_exit(int code)
{
	struct task *t = current, *leader, *gone = NULL;
	struct sighand *sh = t->sighand;
	struct files *files;
	struct fs_info *fs;
	u64 ut, st;

	if (unlikely(t->preempt_count != 0))
		panic("task %d (%s) exits with preempt_count %u", t->pid, t->comm,
		      t->preempt_count);
	if (!sh)
		kthread_exit();
	if (unlikely(t == init_task))
		init_exit(sh->group_exit ? sh->group_code : code);
	t->exiting = true;
	if (t->mm)
		exit_mm();
	files = t->files;
	t->files = NULL;		/* first: /proc may look */
	files_put(files);
	fs = t->fs;
	t->fs = NULL;
	fs_info_put(fs);
	task_times(t, &ut, &st);

	irq_disable();
	spin_lock(&pid_lock);
	leader = t->leader;		/* exec in another thread may have changed it */
	t->exit_code = code;
	sh->utime_ns += ut;
	sh->stime_ns += st;
	sh->min_flt += t->min_flt;
	sh->maj_flt += t->maj_flt;
	sh->nr_threads--;
	if (t == leader) {
		t->state = TASK_ZOMBIE;
	} else {
		t->state = TASK_DEAD;
		list_del(&t->threads);
		pid_remove(t);
		gone = t;
	}
	if (sh->nr_threads == 0) {
		if (group_ended(leader)) {
			if (gone)
				task_put(gone);
			gone = leader;
		}
	} else if (sh->execing) {
		wake_up_all(&sh->child_wait);
	}
	spin_unlock(&pid_lock);
	if (gone)
		task_put(gone);
	exit_last(t);
}

__noreturn void do_group_exit(int code)
{
	struct sighand *sh = current->sighand;
	unsigned long flags = pid_lock_irq();

	spin_lock(&sh->lock);
	if (sh->group_exit) {
		code = sh->group_code;
	} else if (!sh->execing) {
		sh->group_exit = true;
		sh->group_code = code;
		if (sh->nr_threads > 1)
			kill_other_threads(current);
	}
	spin_unlock(&sh->lock);
	pid_unlock_irq(flags);
	do_exit(code);
}
