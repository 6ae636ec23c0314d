// SPDX-License-Identifier: MIT
/*
 * sys_poll.c - waiting for any of several files.
 *
 * Each file's poll operation says what is possible now and names the queue that is woken when
 * that changes.  The first look joins no queue; if nothing is ready, the task joins all of
 * them, looks again (what changed in between is seen, what changes later wakes it) and
 * sleeps.  A waker takes it off his queue, so every further look joins anew.
 */
#include "fs/vfs_internal.h"
#include "proc/sched.h"
#include "syscall/sys_file.h"
#include "syscalls.h"
#include "uapi/poll.h"

struct poll_timer {
	struct timer timer;
	struct task *task;
	bool fired;
};

static void poll_timeout(struct timer *t)
{
	struct poll_timer *pt = container_of(t, struct poll_timer, timer);

	WRITE_ONCE(pt->fired, true);
	wake_task(pt->task, BIT(TASK_INTERRUPTIBLE));
}

#define POLL_FEW	8

struct poll_slot {
	struct waiter w;
	struct wait_queue *wq;		/* NULL: waits nowhere */
	struct file *file;		/* a reference while polled */
};

/* Look at all of them; join: be on their queues first (a waker has taken us off).
 * => how many have events */
static int poll_scan(struct pollfd *fds, struct poll_slot *slots, unsigned n, bool join)
{
	int ready = 0;

	for (unsigned i = 0; i < n; i++) {
		struct poll_slot *s = &slots[i];
		unsigned ev = POLLIN | POLLOUT;

		if (fds[i].fd < 0)
			continue;
		if (s->file == NULL) {
			ev = POLLNVAL;
		} else if (s->file->ops->poll != NULL) {
			if (join && s->wq != NULL)
				wait_prepare(s->wq, &s->w, true);
			ev = s->file->ops->poll(s->file, &s->wq);
		}
		fds[i].revents = (short)(ev & ((unsigned)fds[i].events | POLLERR | POLLHUP | POLLNVAL));
		ready += fds[i].revents != 0;
	}
	return ready;
}

long sys_poll(vaddr_t ufds, unsigned n, int timeout_ms)
{
	struct pollfd few_fds[POLL_FEW], *fds = few_fds;
	struct poll_slot few[POLL_FEW], *slots = few;
	struct poll_timer pt = { .task = current, .fired = false };
	long ret;

	if (n > (unsigned)fd_limit())
		return -EINVAL;
	if (n > POLL_FEW) {
		fds = kmalloc(n * sizeof(*fds), GFP_KERNEL);
		slots = kmalloc(n * sizeof(*slots), GFP_KERNEL);
		ret = -ENOMEM;
		if (fds == NULL || slots == NULL)
			goto free;
	}
	ret = copy_from_user(fds, ufds, n * sizeof(*fds));
	if (ret)
		goto free;
	for (unsigned i = 0; i < n; i++) {
		slots[i].wq = NULL;
		waiter_init(&slots[i].w, current, false);
		slots[i].file = fds[i].fd >= 0 ? fd_get(fds[i].fd) : NULL;
		fds[i].revents = 0;
	}
	ret = poll_scan(fds, slots, n, false);
	if (ret == 0 && timeout_ms != 0) {
		timer_init(&pt.timer, poll_timeout);
		if (timeout_ms > 0)
			timer_arm(&pt.timer, time_ns() + (u64)timeout_ms * NSEC_PER_MSEC);
		for (;;) {
			set_state(TASK_INTERRUPTIBLE);
			ret = poll_scan(fds, slots, n, true);
			if (ret != 0 || READ_ONCE(pt.fired))
				break;
			ret = -EINTR;
			if (signal_pending_current())
				break;
			schedule();
		}
		set_state(TASK_RUNNING);
		timer_cancel(&pt.timer);
	}
	for (unsigned i = 0; i < n; i++) {
		if (slots[i].wq != NULL)
			wait_finish(slots[i].wq, &slots[i].w);
		if (slots[i].file != NULL)
			file_put(slots[i].file);
	}
	if (ret >= 0 && copy_to_user(ufds, fds, n * sizeof(*fds)) != 0)
		ret = -EFAULT;
free:
	if (n > POLL_FEW) {
		kfree(fds);
		kfree(slots);
	}
	return ret;
}
