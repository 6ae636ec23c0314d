// SPDX-License-Identifier: MIT
/*
 * tty.h - the terminal's state, which the line discipline (ldisc.c) and the device
 * (tty.c) share.
 */
#ifndef DEV_TTY_H
#define DEV_TTY_H

#include "dev/dev.h"
#include "proc/task.h"
#include "sync/mutex.h"
#include "sync/spinlock.h"
#include "sync/wait.h"
#include "uapi/ioctl.h"

#define TTY_INPUT 4096U /* longest line, and all that waits to be read */
#define CTRL(c)   ((c)&0x1f)
#define TTY_CHUNK 128 /* bytes taken from the port, or given to it, at once */

struct tty {
	spinlock_t lock;
	struct termios t; /* (lock) */
	struct winsize win; /* (lock) */
	pid_t foreground; /* (lock) process group; 0: none */
	u32 got, ready, end; /* (lock) */
	u8 buf[TTY_INPUT]; /* (lock) */
	u64 delim[TTY_INPUT / 64]; /* (lock) */
	unsigned column; /* (lock) where the cursor is */
	unsigned edit_column; /* (lock) ... where the line being edited began */
	bool stopped; /* (lock) Ctrl-S */
	struct mutex read_lock, write_lock;
	struct wait_queue in_wq; /* readers; poll */
	struct wait_queue room_wq; /* the thread, for room; writers, for Ctrl-Q */
};
extern struct tty tty;

/* What input bytes have made to be shown. */
struct echo {
	u8 buf[2 * TTY_CHUNK];
	unsigned n;
};

/* One byte from the port. => tty.lock held; *sig: to be sent to the foreground group.
 * => false: no room; nothing was done, try again later */
bool ldisc_input(u8 c, struct echo *e, int *sig);

/* c as it goes to the port, 1 or 2 bytes. => tty.lock held */
unsigned ldisc_output(u8 c, u8 *out);

/* Does the byte at i of the ring end a line? => tty.lock held */
bool ldisc_ends_line(u32 i);

/* What was typed and not yet read is forgotten. => tty.lock held */
void ldisc_discard(void);

/* Without room for long (Ctrl-S, a dead line) echo is dropped, not waited for. */
void ldisc_echo_flush(struct echo *e);

#endif
