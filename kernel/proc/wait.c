// SPDX-License-Identifier: MIT
/*
 * wait.c - hearing of the end of one's children.
 *
 * A parent sleeps on the wait queue of its own group, where every death, stop and
 * reparenting of a child wakes it, and looks again.  It looks once before it joins
 * the queue, because often the child has ended already.
 *
 * Dead children stand at the front of the list (exit.c), so waiting for any of them
 * looks at one; waiting for a certain pid or group looks at all.
 */
#include "lib/printk.h"
#include "mm/kmem/slab.h"
#include "proc/proc_internal.h"

/* Take a dead child out of the tree; its numbers go to the parent's account.
 * => pid_lock held; the tree's reference is the caller's now */
static void reap(struct task *c, struct sighand *parent)
{
	struct sighand *sh = c->sighand;

	parent->cutime_ns += sh->utime_ns + sh->cutime_ns;
	parent->cstime_ns += sh->stime_ns + sh->cstime_ns;
	list_del(&c->sibling);
	pid_remove(c);
	c->state = TASK_DEAD;
}

static bool matches(const struct task *c, pid_t pid, pid_t own_group)
{
	return pid == -1 ? true : pid > 0 ? c->pid == pid :
	       c->pgid == (pid == 0 ? own_group : -pid);
}

/* One look.  => the child's pid with its status; 0: none yet; -ECHILD: there is none. */
static long look(pid_t pid, int options, int *status)
{
	struct task *me = current->leader, *c;
	struct sighand *sh = me->sighand;
	unsigned long flags = pid_lock_irq();
	long ret = -ECHILD;

	list_for_each(c, &me->children, sibling) {
		if (!matches(c, pid, me->pgid))
			continue;
		ret = 0;
		if (c->state == TASK_ZOMBIE && c->sighand->nr_threads == 0) {
			ret = c->pid;
			*status = c->exit_code;
			reap(c, sh);
			pid_unlock_irq(flags);
			task_put(c);
			return ret;
		}
		if (options & (WUNTRACED | WCONTINUED)) {
			struct sighand *csh = c->sighand;

			if ((options & WUNTRACED) && csh->stop_waiting) {
				csh->stop_waiting = false;
				ret = c->pid;
				*status = csh->group_code << 8 | 0x7f;
				break;
			}
			if ((options & WCONTINUED) && csh->cont_waiting) {
				csh->cont_waiting = false;
				ret = c->pid;
				*status = 0xffff;
				break;
			}
		} else if (pid == -1) {
			break;		/* the dead come first */
		}
	}
	pid_unlock_irq(flags);
	return ret;
}

long do_wait(pid_t pid, int options, int *status)
{
	struct wait_queue *wq = &current->sighand->child_wait;
	struct waiter w;
	long ret = look(pid, options, status);

	if (ret != 0 || (options & WNOHANG))
		return ret;
	waiter_init(&w, current, false);
	for (;;) {
		wait_prepare(wq, &w, true);
		ret = look(pid, options, status);
		if (ret != 0)
			break;
		if (signal_pending_current()) {
			ret = -ERESTARTSYS;
			break;
		}
		schedule();
	}
	wait_finish(wq, &w);
	return ret;
}
