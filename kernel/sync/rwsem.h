// SPDX-License-Identifier: MIT
/* rwsem.h - sleeping reader-writer lock: many readers or one writer.  A waiting
 * writer holds off new readers, so writers do not starve. */
#ifndef SYNC_RWSEM_H
#define SYNC_RWSEM_H

#include "lib/atomic.h"
#include "sync/wait.h"

struct rwsem {
	atomic64_t count;	/* readers, or the writer's bit; see rwsem.c */
	struct task *writer;	/* while write-held */
	struct wait_queue wq;
#ifdef CONFIG_DEBUG
	const char *name;
#endif
};

void rwsem_init(struct rwsem *s, const char *name);
void down_read(struct rwsem *s);
bool down_read_trylock(struct rwsem *s);
void up_read(struct rwsem *s);
void down_write(struct rwsem *s);
/* 0, or -ERESTARTSYS when a fatal signal came first. */
int down_write_killable(struct rwsem *s);
bool down_write_trylock(struct rwsem *s);
void down_write_nested(struct rwsem *s);	/* second of one class, caller's order */
void up_write(struct rwsem *s);
void downgrade_write(struct rwsem *s);		/* write to read without letting go */
bool rwsem_held(const struct rwsem *s);		/* by anyone */
bool rwsem_held_write(const struct rwsem *s);	/* by anyone, for writing */

#endif
