// SPDX-License-Identifier: MIT
/*
 * tty.c - the terminal: from the serial port through the line discipline to programs.
 *
 * The port's interrupt only stores bytes; a kernel thread, "tty", takes them from there
 * and gives them to the line discipline (ldisc.c), because echoing may have to wait for
 * room and a signal needs locks that an interrupt handler may not take.
 *
 * When the ring is full and holds lines nobody has read, the thread waits, and the
 * port holds the sender back: a text of any length can be pasted.  If the reader takes
 * nothing for a second, or the ring is full of one unfinished line, what does not fit
 * is dropped, for Ctrl-C must get through.
 *
 * Locking: tty.lock (spinlock) guards the ring and the settings; read_lock (mutex)
 * makes a read(2) take its line whole when several programs read; write_lock keeps each
 * write(2) together.  read_lock or write_lock comes before tty.lock.
 */
#include "dev/tty.h"
#include "fs/vfs.h"
#include "lib/printk.h"
#include "mm/vm/mm.h"
#include "proc/sched.h"
#include "proc/task.h"
#include "riscv/hart.h"
#include "riscv/timer.h"
#include "uapi/errno.h"
#include "uapi/ioctl.h"
#include "uapi/poll.h"

#define TENTH    (NSEC_PER_SEC / 10)
#define PATIENCE NSEC_PER_SEC /* with a program that does not read */

struct tty tty;

static bool has_room(void)
{
	return READ_ONCE(tty.end) - READ_ONCE(tty.got) < TTY_INPUT - 1;
}
static struct {
	struct timer timer;
	bool over;
} patience;

static void patience_ends(struct timer *t)
{
	(void)t;
	WRITE_ONCE(patience.over, true);
	wake_up_all(&tty.room_wq);
}

/* The buffer is full of lines that nobody has read.  Wait for room; false: none has come
 * for a while, or Ctrl-C is behind bytes[0], and what does not fit is to be dropped. */
static bool wait_for_room(const u8 *bytes, size_t n)
{
	static bool dropping;
	u8 intr = tty.t.c_cc[VINTR];

	if (has_room()) {
		dropping = false;
		return true;
	}
	for (size_t i = 0; i < n; i++)
		if (bytes[i] == intr)
			return false;
	if (dropping || uart_peek_for(intr))
		return false;
	patience.over = false;
	timer_arm(&patience.timer, time_ns() + PATIENCE);
	wait_event(&tty.room_wq, has_room() || READ_ONCE(patience.over));
	timer_cancel(&patience.timer);
	dropping = !has_room();
	return !dropping;
}

static void tty_thread(void *arg)
{
	static u8 bytes[TTY_CHUNK];
	static struct echo e;

	(void)arg;
	timer_init(&patience.timer, patience_ends);
	for (;;) {
		size_t n = uart_read(bytes, sizeof(bytes));

		for (size_t i = 0; i < n; i++) {
			bool was_stopped = tty.stopped, taken;
			u32 was_ready;
			pid_t group;
			int sig;

			do {
				spin_lock(&tty.lock);
				was_ready = tty.ready;
				taken = ldisc_input(bytes[i], &e, &sig);
				group = tty.foreground;
				spin_unlock(&tty.lock);
				if (!taken)
					ldisc_echo_flush(&e);
			} while (!taken && wait_for_room(bytes + i, n - i));
			if (sig != 0) {
				ldisc_echo_flush(&e);
				if (group > 0)
					send_signal_group(group, sig);
			}
			if (tty.ready != was_ready || sig != 0)
				wake_up_all(&tty.in_wq);
			if (was_stopped != tty.stopped)
				wake_up_all(&tty.room_wq);
		}
		ldisc_echo_flush(&e);
	}
}

/* --- read and write --- */

/* A program in the background must not take the foreground's input. */
static bool in_background(void)
{
	pid_t group = READ_ONCE(tty.foreground);

	return group > 0 && current->pgid != group && send_signal_group(group, 0) == 0;
}

/* Is there what a read of this kind waits for? */
static bool readable(size_t want)
{
	u32 have = READ_ONCE(tty.ready) - READ_ONCE(tty.got);

	return tty.t.c_lflag & ICANON ? have > 0 : have >= want;
}

struct read_timer {
	struct timer timer;
	bool over;
};

static void read_timer_fires(struct timer *t)
{
	struct read_timer *rt = container_of(t, struct read_timer, timer);

	WRITE_ONCE(rt->over, true);
	wake_up_all(&tty.in_wq);
}

/* Wait as VMIN and VTIME say. => 0 something (or, in raw mode, time is up), or -errno */
static int wait_input(struct file *f, size_t n)
{
	bool canon = tty.t.c_lflag & ICANON;
	size_t min = canon ? 1 : MIN((size_t)tty.t.c_cc[VMIN], n);
	u64 time = canon ? 0 : tty.t.c_cc[VTIME] * TENTH;
	struct read_timer rt = { .over = false };
	u32 seen;
	int err;

	if (readable(MAX(min, 1UL)))
		return 0;
	if (f->flags & O_NONBLOCK)
		return -EAGAIN;
	if (min == 0 && time == 0)
		return 0;
	if (time == 0)
		return wait_event_interruptible(&tty.in_wq, readable(min));
	/* VMIN > 0: the clock starts with the first byte, and anew with each. */
	if (min > 0) {
		err = wait_event_interruptible(&tty.in_wq, readable(1));
		if (err != 0)
			return err;
	}
	timer_init(&rt.timer, read_timer_fires);
	do {
		seen = READ_ONCE(tty.end);
		timer_arm(&rt.timer, time_ns() + time);
		err = wait_event_interruptible(&tty.in_wq, READ_ONCE(rt.over) ||
		                                                   readable(MAX(min, 1UL)) ||
		                                                   READ_ONCE(tty.end) != seen);
		timer_cancel(&rt.timer);
	} while (err == 0 && !rt.over && !readable(MAX(min, 1UL)));
	return err;
}

/* Copy up to n bytes out, from on, without taking them; *take: what to take, *end: the read
 * ends behind them. => tty.lock held */
static unsigned peek(u32 from, u8 *out, size_t n, u32 *take, bool *end)
{
	bool canon = tty.t.c_lflag & ICANON;
	unsigned k = 0;
	u32 i = from;

	*end = false;
	while (i != tty.ready && k < n && !*end) {
		u8 c = tty.buf[i % TTY_INPUT];
		bool delim = ldisc_ends_line(i);

		i++;
		if (delim && c == 0) {
			*end = canon;
			continue; /* Ctrl-D: taken, not seen */
		}
		out[k++] = c;
		*end = canon && delim;
	}
	/* A line that fills the reader's buffer exactly: its Ctrl-D goes with it. */
	if (canon && !*end && k == n && i != tty.ready && ldisc_ends_line(i) &&
	    tty.buf[i % TTY_INPUT] == 0) {
		i++;
		*end = true;
	}
	*take = i - from;
	return k;
}

static ssize_t tty_read(struct file *f, vaddr_t ubuf, size_t n, u64 *pos)
{
	u8 chunk[TTY_CHUNK];
	size_t done = 0;
	bool end = false;
	int err;

	(void)pos;
	if (n == 0)
		return 0;
again:
	if (in_background())
		return -EIO;
	err = wait_input(f, n);
	if (err != 0)
		return err;
	err = mutex_lock_interruptible(&tty.read_lock);
	if (err != 0)
		return err;
	while (done < n && !end) {
		u32 take, from;
		unsigned k;

		spin_lock(&tty.lock);
		from = tty.got;
		k = peek(from, chunk, MIN(n - done, sizeof(chunk)), &take, &end);
		spin_unlock(&tty.lock);
		if (take == 0)
			break;
		if (copy_to_user(ubuf + done, chunk, k) != 0) {
			err = -EFAULT;
			break;
		}
		spin_lock(&tty.lock);
		if (tty.got == from) /* else it was thrown away meanwhile */
			tty.got += take;
		spin_unlock(&tty.lock);
		done += k;
	}
	mutex_unlock(&tty.read_lock);
	wake_up_all(&tty.room_wq);
	if (done > 0)
		return (ssize_t)done;
	if (err != 0 || end)
		return err;
	/* Another reader was faster, or raw mode's time is up. */
	if ((tty.t.c_lflag & ICANON) || tty.t.c_cc[VMIN] > 0)
		goto again;
	return 0;
}

static ssize_t tty_write(struct file *f, vaddr_t ubuf, size_t n, u64 *pos)
{
	u8 in[TTY_CHUNK], out[2 * TTY_CHUNK];
	size_t done = 0;
	int err = mutex_lock_interruptible(&tty.write_lock);

	(void)pos;
	if (err != 0)
		return err;
	while (done < n && err == 0) {
		size_t k = copy_from_user_partial(in, ubuf + done, MIN(n - done, sizeof(in)));
		unsigned len = 0, sent = 0;

		if (k == 0) {
			err = -EFAULT;
			break;
		}
		if (READ_ONCE(tty.stopped))
			err = wait_event_interruptible(&tty.room_wq, !READ_ONCE(tty.stopped));
		if (err != 0)
			break;
		spin_lock(&tty.lock);
		for (size_t i = 0; i < k; i++)
			len += ldisc_output(in[i], out + len);
		spin_unlock(&tty.lock);
		for (;;) {
			sent += (unsigned)uart_write(out + sent, len - sent);
			if (sent == len)
				break;
			err = f->flags & O_NONBLOCK ? -EAGAIN : uart_wait(false);
			if (err != 0)
				break;
		}
		/* Interrupted within a chunk: count the bytes that went, by their own length. */
		for (size_t i = 0; i < k && sent > 0; i++) {
			sent -= MIN(sent, in[i] == '\n' && (tty.t.c_oflag & ONLCR) ? 2U : 1U);
			done++;
		}
	}
	mutex_unlock(&tty.write_lock);
	return done > 0 ? (ssize_t)done : err;
}

/* --- settings --- */

static int set_termios(vaddr_t arg, unsigned cmd)
{
	struct termios t;
	int err;

	if (copy_from_user(&t, arg, sizeof(t)) != 0)
		return -EFAULT;
	if (cmd != TCSETS) {
		err = uart_wait(true);
		if (err != 0)
			return err;
	}
	spin_lock(&tty.lock);
	if (cmd == TCSETSF)
		ldisc_discard();
	if (!(t.c_lflag & ICANON))
		tty.ready = tty.end; /* T2: what was being edited can be read */
	tty.t = t;
	spin_unlock(&tty.lock);
	wake_up_all(&tty.in_wq);
	wake_up_all(&tty.room_wq);
	return 0;
}

static int set_foreground(vaddr_t arg)
{
	pid_t group;

	if (copy_from_user(&group, arg, sizeof(group)) != 0)
		return -EFAULT;
	if (group <= 0)
		return -EINVAL;
	if (send_signal_group(group, 0) != 0)
		return -EPERM;
	WRITE_ONCE(tty.foreground, group);
	return 0;
}

static int count_input(void)
{
	unsigned n = 0;
	u32 take;
	u8 c;
	bool end;

	spin_lock(&tty.lock);
	if (!(tty.t.c_lflag & ICANON)) {
		n = tty.ready - tty.got;
	} else {
		/* tty.got stays: others look at it without the lock. */
		u32 at = tty.got;

		for (end = false; !end && at != tty.ready; at += take)
			n += peek(at, &c, 1, &take, &end);
	}
	spin_unlock(&tty.lock);
	return (int)n;
}

static long tty_ioctl(struct file *f, unsigned cmd, vaddr_t arg)
{
	struct termios t;
	struct winsize w;
	pid_t group;
	int n;

	(void)f;
	switch (cmd) {
	case TCGETS:
		spin_lock(&tty.lock);
		t = tty.t;
		spin_unlock(&tty.lock);
		return copy_to_user(arg, &t, sizeof(t));
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_termios(arg, cmd);
	case TIOCSCTTY:
		WRITE_ONCE(tty.foreground, current->pgid);
		return 0;
	case TIOCGPGRP:
		group = READ_ONCE(tty.foreground);
		return copy_to_user(arg, &group, sizeof(group));
	case TIOCSPGRP:
		return set_foreground(arg);
	case TIOCGWINSZ:
		spin_lock(&tty.lock);
		w = tty.win;
		spin_unlock(&tty.lock);
		return copy_to_user(arg, &w, sizeof(w));
	case TIOCSWINSZ:
		if (copy_from_user(&w, arg, sizeof(w)) != 0)
			return -EFAULT;
		spin_lock(&tty.lock);
		tty.win = w;
		spin_unlock(&tty.lock);
		return 0;
	case FIONREAD:
		n = count_input();
		return copy_to_user(arg, &n, sizeof(n));
	}
	return -ENOTTY;
}

static unsigned tty_poll(struct file *f, struct wait_queue **wq)
{
	(void)f;
	*wq = &tty.in_wq;
	return (readable(1) ? POLLIN : 0) | (uart_has_room() && !tty.stopped ? POLLOUT : 0);
}

static s64 tty_llseek(struct file *f, s64 off, int whence)
{
	(void)f;
	(void)off;
	(void)whence;
	return -ESPIPE;
}

static const struct file_ops tty_fops = {
	.read = tty_read,
	.write = tty_write,
	.ioctl = tty_ioctl,
	.poll = tty_poll,
	.llseek = tty_llseek,
};

void __init tty_init(void)
{
	struct task *thread;

	spin_lock_init(&tty.lock, "tty");
	mutex_init(&tty.read_lock, "tty_read");
	mutex_init(&tty.write_lock, "tty_write");
	wait_queue_init(&tty.in_wq);
	wait_queue_init(&tty.room_wq);
	tty.win = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	tty.t = (struct termios){
		.c_iflag = ICRNL,
		.c_oflag = OPOST | ONLCR,
		.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | IEXTEN,
		.c_cc = {
			[VINTR] = CTRL('C'), [VQUIT] = CTRL('\\'), [VERASE] = 0x7f,
			[VKILL] = CTRL('U'), [VEOF] = CTRL('D'), [VMIN] = 1,
			[VSUSP] = CTRL('Z'), [VWERASE] = CTRL('W'),
		},
	};
	thread = kthread_create("tty", tty_thread, NULL);
	if (IS_ERR(thread))
		printk_loud("tty: no thread (%ld): no input\n", -PTR_ERR(thread));
	chrdev_register(MAJOR_CONSOLE, &tty_fops);
	devfs_add("console", S_IFCHR | 0666, MKDEV(MAJOR_CONSOLE, 0));
	devfs_add("tty", S_IFCHR | 0666, MKDEV(MAJOR_CONSOLE, 1));
}
