// SPDX-License-Identifier: MIT
/*
 * journal.h - transactions over the metadata blocks of one file system.
 *
 * A change to metadata opens a handle, asks for write access to every block before it
 * changes it, and closes the handle.  All changes of all handles that are open at a time
 * belong to one transaction, the running one; it is committed as a whole.
 *
 *	struct handle h;
 *	err = journal_start(j, &h, most_blocks_that_may_change);
 *	journal_write(&h, page);	... change page_address(page) ...
 *	journal_stop(&h);
 */
#ifndef FS_PFS_JOURNAL_H
#define FS_PFS_JOURNAL_H

#include "dev/blk.h"
#include "lib/atomic.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "riscv/timer.h"
#include "sync/wait.h"

struct pfs_sbi;
struct task;

/*
 * A transaction.  Locks: (j) journal->lock  (l) sbi->alloc_lock  (a) atomic
 *                        (t) the journal thread only, once it is not running
 */
struct txn {
	u64 seq; /* (c) */
	unsigned handles; /* (j) open */
	unsigned promised; /* (j) credits of open handles not yet used */
	unsigned nr; /* (j) blocks to be logged */
	unsigned nr_revoked; /* (j) */
	struct list bufs; /* (j) jbuf.link[seq & 1] */
	struct list checkpoint; /* (j) jbuf.ckpt_link: not yet at home */
	struct list link; /* (t) journal->old, oldest first */
	u32 log_start, log_len; /* (t) */
	bool submitted, logged; /* (j) log I/O: started, done */
	atomic_t data_io; /* (a) file writes in flight that must precede the commit */
	struct rb_root busy; /* (l) blocks freed: not to be used before the commit */
	u64 busy_blocks; /* (l) */
};

/* A metadata block that some transaction is concerned with. */
struct jbuf {
	u32 block; /* (c) */
	struct page *page; /* (c) a reference; NULL: freed, never had in hand */
	struct jbuf *hash_next; /* (j) */
	struct txn *txn[2]; /* (j) running and committing, by the parity of seq */
	bool freed[2]; /* (j) that one has freed it: revoke, do not log */
	struct list link[2]; /* (j) */
	struct page *frozen; /* (j) contents as the committing one wants them */
	struct txn *ckpt; /* (j) committed, not yet at home */
	struct list ckpt_link; /* (j) */
	bool writing; /* (j) on its way home: do not change */
};

#define JBUF_HASH 256

struct journal {
	struct pfs_sbi *sbi; /* (c) */
	u32 start, blocks; /* (c) place on disk; blocks 1.. are the log */
	unsigned max_txn; /* (c) most blocks of a transaction */
	spinlock_t lock;
	struct txn *running; /* (j) NULL: none */
	struct txn *committing; /* (j) */
	bool locked; /* (j) running is being closed: no new handles */
	int error; /* (j) aborted: nothing is written any more */
	u64 next_seq; /* (j) of the next transaction */
	u64 committed; /* (j) last on disk */
	u64 wanted; /* (j) commit up to here */
	bool need_space; /* (j) someone waits for room in the log */
	bool aged; /* (j) the running one is old enough */
	u32 head; /* (t) where the next transaction goes */
	u32 tail; /* (t) oldest one still needed */
	u64 tail_seq; /* (t) */
	unsigned free_log; /* (j) log blocks free for the running transaction */
	struct list old; /* (t) committed transactions in the log */
	struct jbuf *hash[JBUF_HASH]; /* (j) */
	u64 changes; /* (j) counts what a waiter may wait for */
	struct wait_queue wait; /* for changes, committed, error */
	struct wait_queue thread_wait;
	struct task *thread;
	bool stop, stopped;
	struct timer timer;
	struct page *list; /* (t) being filled: descriptor, revoke, commit block */
	struct jbuf **sort; /* (t) checkpoint's; max_txn entries */
	struct jio *io; /* (t) requests; commit.c */
	u64 commits, logged_blocks, checkpoints, replayed; /* (t) for /proc */
};

struct handle {
	struct journal *j;
	struct txn *t;
	struct handle *outer; /* a handle within a handle joins it */
	unsigned credits; /* blocks it may yet add */
};

/* --- journal.c --- */
/* => may sleep; 0, -EROFS after an abort or on a read-only mount, -ENOMEM */
int journal_start(struct journal *j, struct handle *h, unsigned credits);
void journal_stop(struct handle *h);
static inline unsigned journal_credits(const struct handle *h)
{
	return h->credits;
}
/* The page's contents are about to change. => handle open; may sleep */
void journal_write_slow(struct handle *h, struct page *page);
static inline void journal_write(struct handle *h, struct page *page)
{
	/* Only while the handle is open can both be true, and then they stay so. */
	if (unlikely(!page_test(page, PG_LOGGED) || READ_ONCE(page->private) != (u32)h->t->seq))
		journal_write_slow(h, page);
}
/* A block that has just been allocated as metadata: its page, zeroed, with write access
 * and a reference; ERR_PTR(-ENOMEM). */
struct page *journal_new(struct handle *h, u32 block);
/* A metadata block has been freed. */
void journal_forget(struct handle *h, u32 block);
/* Wait until transaction seq is on disk. => 0, or -EIO after an abort; no handle open */
int journal_commit_wait(struct journal *j, u64 seq);
/* Everything so far on disk. */
int journal_sync(struct journal *j);
void journal_abort(struct journal *j, int err);
/* A file write that must be on disk before the running transaction commits starts, ends.
 * => the transaction to give to journal_data_done, or NULL (none runs) */
struct txn *journal_data_start(struct journal *j);
void journal_data_done(struct journal *j, struct txn *t);

int journal_caches(void); /* once, at boot */
/* Zeroed memory inside a transaction, where no is not an answer: waits for some. */
void *journal_alloc(size_t size);
void journal_timer(struct timer *timer);

/* --- load.c --- */
int journal_load(struct journal *j, struct pfs_sbi *s); /* recovery included */
int journal_start_thread(struct journal *j);
void journal_unload(struct journal *j);

/* --- commit.c --- */
/* Do what there is to do now; the thread's loop body. true if anything was done. */
bool journal_work(struct journal *j);
void journal_thread(void *arg);

/* --- checkpoint.c --- */
/* => the journal's thread, or nobody else runs; 0 or -errno, then the journal is stopped */
int journal_checkpoint(struct journal *j);

/* --- jio.c --- */
struct jio *jio_make(struct bdev *bdev); /* NULL: no memory; kfree ends it */
/* Write page to block, some time before the next jio_wait. => page stays until then */
void jio_write(struct jio *io, u32 block, struct page *page);
/* All started writes are done. => 0, or the first error since the last call */
int jio_wait(struct jio *io);

/* used by these */
struct jbuf *jbuf_find(struct journal *j, u32 block);
void jbuf_put(struct journal *j, struct jbuf *b); /* free it if nobody needs it. => lock held */
unsigned txn_log_blocks(const struct txn *t, unsigned more);
void journal_changed(struct journal *j); /* wake who waits for a change. => lock not held */
/* n blocks on from pos in the ring of the log */
static inline u32 journal_log_add(const struct journal *j, u32 pos, u32 n)
{
	pos += n;
	return pos >= j->blocks ? pos - (j->blocks - 1) : pos;
}

#endif
