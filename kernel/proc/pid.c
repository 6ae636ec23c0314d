// SPDX-License-Identifier: MIT
/*
 * pid.c - process numbers and the tree that finds a task by its number.
 *
 * Numbers go up from 1 and start again at PID_MAX; a number is given to nobody while
 * a task, a process group or a session has it.  Four million numbers make it certain
 * that a number just seen in ps still means the same process a little later; the
 * search through all tasks for groups and sessions is only made once the numbers
 * have come round.
 *
 * The tasks stand in a red-black tree by number: it needs no memory of its own, so
 * a fork cannot fail here, and /proc and kill(-1) walk it in order.
 *
 * Locking: all under pid_lock.  The tree holds one reference to each task.
 */
#include "lib/printk.h"
#include "proc/proc_internal.h"

#define PID_MAX		4194304

spinlock_t pid_lock = SPINLOCK_INIT("pid");
unsigned nr_tasks, max_tasks = 64;

static struct rb_root pid_tree = RB_ROOT_INIT;
static pid_t last_pid = 1;		/* 1 is init's */
static bool come_round;

struct task *pid_find(pid_t pid)
{
	struct rb_node *n = pid_tree.node;

	while (n) {
		struct task *t = rb_entry(n, struct task, pid_node);

		if (pid == t->pid)
			return t;
		n = pid < t->pid ? n->left : n->right;
	}
	return NULL;
}

struct task *pid_next(pid_t after)
{
	struct rb_node *n = pid_tree.node;
	struct task *best = NULL;

	while (n) {
		struct task *t = rb_entry(n, struct task, pid_node);

		if (t->pid > after) {
			best = t;
			n = n->left;
		} else {
			n = n->right;
		}
	}
	return best;
}

pid_t pid_last(void)
{
	return READ_ONCE(last_pid);
}

static bool group_or_session(pid_t pid)
{
	struct task *t;

	for_each_task(t)
		if (t->pgid == pid || t->sid == pid)
			return true;
	return false;
}

/* There are far fewer tasks than numbers, so the search ends. */
pid_t pid_alloc(void)
{
	assert(holding(&pid_lock));
	do {
		if (++last_pid == PID_MAX) {
			last_pid = 2;
			come_round = true;
		}
	} while (come_round && (pid_find(last_pid) || group_or_session(last_pid)));
	return last_pid;
}

void pid_insert(struct task *t)
{
	struct rb_node **link = &pid_tree.node, *parent = NULL;

	assert(holding(&pid_lock));
	while (*link) {
		struct task *other = rb_entry(*link, struct task, pid_node);

		assert(other->pid != t->pid);
		parent = *link;
		link = t->pid < other->pid ? &parent->left : &parent->right;
	}
	rb_link(&t->pid_node, parent, link);
	rb_insert(&pid_tree, &t->pid_node, NULL);
	nr_tasks++;
}

void pid_remove(struct task *t)
{
	assert(holding(&pid_lock));
	rb_erase(&pid_tree, &t->pid_node, NULL);
	nr_tasks--;
}

struct task *task_find_get(pid_t pid)
{
	unsigned long flags = pid_lock_irq();
	struct task *t = pid_find(pid);

	if (t)
		task_get(t);
	pid_unlock_irq(flags);
	return t;
}

struct task *task_next_get(struct task *prev)
{
	unsigned long flags = pid_lock_irq();
	struct task *t = pid_next(prev ? prev->pid : -1);

	if (t)
		task_get(t);
	pid_unlock_irq(flags);
	if (prev)
		task_put(prev);
	return t;
}
