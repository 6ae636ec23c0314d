// SPDX-License-Identifier: MIT
/* rwsem.h - sleeping reader-writer lock: many readers or one writer.  A waiting
 * writer holds off new readers, and a writer that lets go lets in the readers that
 * wait, so neither side starves. */
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
#define RWSEM_HELD	(1UL << 48)

void rwsem_init(struct rwsem *s, const char *name);
bool down_read_trylock(struct rwsem *s);
void down_read_slow(struct rwsem *s);
void up_read_wake(struct rwsem *s);
void down_write_slow(struct rwsem *s);
void up_write_slow(struct rwsem *s);
bool down_write_trylock(struct rwsem *s);
void down_write_nested(struct rwsem *s);	/* second of one class, caller's order */
void downgrade_write(struct rwsem *s);		/* write to read without letting go */

#if defined(__KERNEL__) && !defined(CONFIG_DEBUG)
#include "riscv/preempt.h"

static __always_inline void down_read(struct rwsem *s)
{
	if (unlikely(__atomic_fetch_add(&s->count, 1, __ATOMIC_ACQUIRE) >> 32))
		down_read_slow(s);
}

static __always_inline void up_read(struct rwsem *s)
{
	if (unlikely(fetch_add_release(&s->count, -1UL) >> 32))
		up_read_wake(s);
}

static __always_inline void down_write(struct rwsem *s)
{
	u64 free = 0;

	if (unlikely(!__atomic_compare_exchange_n(&s->count, &free, RWSEM_HELD, false,
						  __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))) {
		down_write_slow(s);
		return;
	}
	s->writer = this_task;
}

static __always_inline void up_write(struct rwsem *s)
{
	s->writer = NULL;
	if (unlikely(!list_empty(&s->wq.waiters))) {
		up_write_slow(s);
		return;
	}
	fetch_add_full(&s->count, -RWSEM_HELD);	/* free before the look at the queue: see wait.h */
	if (unlikely(!list_empty(&s->wq.waiters)))
		wake_up(&s->wq);
}
#else
void down_read(struct rwsem *s);
void up_read(struct rwsem *s);
void down_write(struct rwsem *s);
void up_write(struct rwsem *s);
#endif

static inline bool rwsem_held(const struct rwsem *s)		/* by anyone */
{
	return READ_ONCE(s->count) & (RWSEM_READERS | RWSEM_HELD);
}
static inline bool rwsem_held_write(const struct rwsem *s)	/* by anyone, for writing */
{
	return READ_ONCE(s->count) & RWSEM_HELD;
}

#endif
