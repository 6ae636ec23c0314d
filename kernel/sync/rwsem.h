// SPDX-License-Identifier: MIT
/* rwsem.h - sleeping reader-writer lock: many readers or one writer.  A waiting
 * writer holds off new readers, so writers do not starve. */
#ifndef SYNC_RWSEM_H
#define SYNC_RWSEM_H

#include "lib/atomic.h"
#include "sync/wait.h"

struct rwsem {
	u64 count;		/* (atomic) readers, waiting writers, held: see rwsem.c */
	struct task *writer;	/* while write-held */
	struct wait_queue wq;
#ifdef CONFIG_DEBUG
	const char *name;
#endif
};

#define RWSEM_READERS	0xffffffffUL

void rwsem_init(struct rwsem *s, const char *name);
bool down_read_trylock(struct rwsem *s);
void down_read_slow(struct rwsem *s);
void up_read_wake(struct rwsem *s);
void down_write(struct rwsem *s);
/* 0, or -ERESTARTSYS when a fatal signal came first. */
int down_write_killable(struct rwsem *s);
bool down_write_trylock(struct rwsem *s);
void down_write_nested(struct rwsem *s);	/* second of one class, caller's order */
void up_write(struct rwsem *s);
void downgrade_write(struct rwsem *s);		/* write to read without letting go */

#if defined(__KERNEL__) && !defined(CONFIG_DEBUG)
static __always_inline void down_read(struct rwsem *s)
{
	if (unlikely(__atomic_fetch_add(&s->count, 1, __ATOMIC_ACQUIRE) > RWSEM_READERS))
		down_read_slow(s);
}

static __always_inline void up_read(struct rwsem *s)
{
	u64 n = __atomic_sub_fetch(&s->count, 1, __ATOMIC_RELEASE);

	if (unlikely(n > RWSEM_READERS))
		up_read_wake(s);
}
#else
void down_read(struct rwsem *s);
void up_read(struct rwsem *s);
#endif

static inline bool rwsem_held(const struct rwsem *s)		/* by anyone */
{
	return READ_ONCE(s->count) & (RWSEM_READERS | 1UL << 48);
}
static inline bool rwsem_held_write(const struct rwsem *s)	/* by anyone, for writing */
{
	return READ_ONCE(s->count) & 1UL << 48;
}

#endif
