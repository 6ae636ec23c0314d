// SPDX-License-Identifier: MIT
/*
 * commit.c - the journal's thread, and how it makes a transaction permanent.
 *
 * One thread commits and checkpoints (checkpoint.c), one thing at a time.  The commit of T:
 *
 *   1  close T: no handle may open, wait for the open ones; note the counts in the
 *      superblock.  From here on handles open in T+1;
 *   2  wait for the file data that T's new pointers point at (file.c has started it);
 *   3  write revokes, descriptors and blocks to the log; FLUSH.  Now data and log are safe;
 *   4  write the commit block; FLUSH.  Now T is permanent: wake who waited for it,
 *      let its freed blocks be used, give its blocks to the checkpoint.
 *
 * Nothing here allocates memory that it could be refused, and nothing takes a lock that
 * a task waiting for the journal may hold.
 */
#include "fs/pfs/pfs.h"

/* The superblock carries the counts as of this transaction.
 * => t is closed and no handle is open, so they stand still */
static void log_super(struct journal *j, struct txn *t)
{
	struct pfs_sbi *s = j->sbi;
	struct pfs_super *d = page_address(s->sb_page);
	struct handle h = { .j = j, .t = t, .credits = 0 };
	struct jbuf *b;

	spin_lock(&j->lock);
	b = jbuf_find(j, 0);
	spin_unlock(&j->lock);
	if (d->free_blocks == s->free_blocks && d->free_inodes == s->free_inodes &&
	    (b == NULL || b->txn[t->seq & 1] != t))
		return;
	journal_write(&h, s->sb_page);
	d->free_blocks = s->free_blocks;
	d->free_inodes = s->free_inodes;
	d->sum = pfs_super_sum(d);
}

void journal_changed(struct journal *j)
{
	spin_lock(&j->lock);
	j->changes++;
	spin_unlock(&j->lock);
	wake_up_all(&j->wait);
}

static struct txn *close_running(struct journal *j)
{
	struct txn *t = j->running;

	spin_lock(&j->lock);
	j->locked = true;
	spin_unlock(&j->lock);
	wait_event(&j->thread_wait, READ_ONCE(t->handles) == 0);
	timer_cancel(&j->timer);
	log_super(j, t);
	spin_lock(&j->lock);
	t->log_len = txn_log_blocks(t, 0);
	assert(t->log_len <= j->free_log);
	j->free_log -= t->log_len;
	t->log_start = j->head;
	j->committing = t;
	j->running = NULL;
	j->locked = false;
	j->aged = false;
	spin_unlock(&j->lock);
	journal_changed(j);
	return t;
}

struct logger {
	struct journal *j;
	struct txn *t;
	u32 pos, used;
	u64 sum;
	struct pfs_jlist *list;
};

static void log_page(struct logger *l, struct page *page)
{
	l->sum = pfs_mix(l->sum, page_address(page), PFS_BLOCK / 8);
	jio_write(l->j->io, l->j->start + l->pos, page);
	l->pos = journal_log_add(l->j, l->pos, 1);
	l->used++;
}

static void list_start(struct logger *l, u32 type)
{
	memset(l->list, 0, PFS_BLOCK);
	l->list->h.magic = PFS_JMAGIC;
	l->list->h.type = type;
	l->list->h.seq = l->t->seq;
}

/* Revokes, then descriptors each with its blocks.  The one list page is reused only after
 * its write is done; a second one in a transaction is rare. */
static int write_log(struct journal *j, struct txn *t, u64 *sum, u32 *used)
{
	struct logger l = { j, t, t->log_start, 0, PFS_SUM_START, page_address(j->list) };
	unsigned p = t->seq & 1;
	struct jbuf *b, *first;
	int err = 0;

	list_start(&l, PFS_J_REVOKE);
	list_for_each (b, &t->bufs, link[p]) {
		if (!b->freed[p])
			continue;
		l.list->block[l.list->h.count++] = b->block;
		if (l.list->h.count == PFS_J_ENTRIES) {
			log_page(&l, j->list);
			err = err != 0 ? err : jio_wait(j->io);
			list_start(&l, PFS_J_REVOKE);
		}
	}
	if (l.list->h.count > 0) {
		log_page(&l, j->list);
		err = err != 0 ? err : jio_wait(j->io);
	}
	first = list_first(&t->bufs, struct jbuf, link[p]);
	while (&first->link[p] != &t->bufs) {
		list_start(&l, PFS_J_DESC);
		for (b = first; &b->link[p] != &t->bufs && l.list->h.count < PFS_J_ENTRIES;
		     b = list_next(b, link[p]))
			if (!b->freed[p])
				l.list->block[l.list->h.count++] = b->block;
		if (l.list->h.count == 0)
			break;
		log_page(&l, j->list);
		for (; first != b; first = list_next(first, link[p]))
			if (!first->freed[p])
				log_page(&l, first->frozen != NULL ? first->frozen : first->page);
		if (&first->link[p] != &t->bufs)
			err = err != 0 ? err : jio_wait(j->io);
	}
	*sum = l.sum;
	*used = l.used;
	j->logged_blocks += l.used;
	return err != 0 ? jio_wait(j->io), err : jio_wait(j->io);
}

static int write_commit_block(struct journal *j, struct txn *t, u64 sum, u32 used)
{
	struct pfs_jcommit *c = page_address(j->list);

	memset(c, 0, PFS_BLOCK);
	c->h.magic = PFS_JMAGIC;
	c->h.type = PFS_J_COMMIT;
	c->h.seq = t->seq;
	c->h.count = used;
	c->sum = sum;
	c->time = time_realtime_ns();
	jio_write(j->io, j->start + journal_log_add(j, t->log_start, used), j->list);
	return jio_wait(j->io);
}

/* T is on disk: what its blocks are from now on. */
static void settle(struct journal *j, struct txn *t)
{
	unsigned p = t->seq & 1;
	struct jbuf *b, *next;

	spin_lock(&j->lock);
	list_for_each_safe (b, next, &t->bufs, link[p]) {
		struct page *frozen = b->frozen;

		list_del(&b->link[p]);
		b->txn[p] = NULL;
		b->frozen = NULL;
		if (frozen != NULL)
			put_page(frozen);
		if (b->ckpt != NULL) /* J2: the younger copy is enough, or it is freed */
			list_del(&b->ckpt_link);
		b->ckpt = NULL;
		if (!b->freed[p]) {
			b->ckpt = t;
			list_add_tail(&b->ckpt_link, &t->checkpoint);
		}
		b->freed[p] = false;
		jbuf_put(j, b);
	}
	list_add_tail(&t->link, &j->old);
	j->committing = NULL;
	j->committed = t->seq;
	j->changes++;
	spin_unlock(&j->lock);
	pfs_release_busy(j->sbi, t);
	wake_up_all(&j->wait);
}

static int commit(struct journal *j)
{
	struct txn *t = close_running(j);
	u32 used = 0;
	u64 sum = 0;
	int err = 0;

	wait_event(&j->thread_wait, atomic_read(&t->data_io) == 0);
	spin_lock(&j->lock);
	t->submitted = true;
	spin_unlock(&j->lock);
	/* An empty transaction too is written: the numbers in the log have no gaps. */
	err = write_log(j, t, &sum, &used);
	assert(used + 1 <= t->log_len);
	spin_lock(&j->lock);
	t->logged = true;
	spin_unlock(&j->lock);
	journal_changed(j);
	if (err == 0)
		err = blk_flush(j->sbi->bdev);
	if (err == 0)
		err = READ_ONCE(j->error);
	if (err == 0)
		err = write_commit_block(j, t, sum, used);
	used++;
	if (err == 0)
		err = blk_flush(j->sbi->bdev);
	if (err != 0) {
		journal_abort(j, err);
		return err;
	}
	spin_lock(&j->lock);
	j->free_log += t->log_len - used;
	t->log_len = used;
	spin_unlock(&j->lock);
	j->head = journal_log_add(j, j->head, used);
	j->commits++;
	settle(j, t);
	return 0;
}

bool journal_work(struct journal *j)
{
	bool space, did = false;

	if (READ_ONCE(j->error) != 0)
		return false;
	spin_lock(&j->lock);
	space = j->need_space;
	j->need_space = false;
	if (j->running != NULL && (space || j->aged || j->wanted >= j->running->seq))
		did = true;
	spin_unlock(&j->lock);
	if (did && commit(j) != 0)
		return true;
	if (space || j->free_log < (j->blocks - 1) / 2) {
		/* What the running transaction holds cannot go home: then its turn is next. */
		did |= space || !list_empty(&j->old);
		if (!list_empty(&j->old))
			journal_checkpoint(j);
	}
	return did;
}

static bool work_to_do(struct journal *j)
{
	struct txn *t = READ_ONCE(j->running);

	return READ_ONCE(j->error) == 0 &&
	       (READ_ONCE(j->need_space) ||
	        (t != NULL && (READ_ONCE(j->aged) || READ_ONCE(j->wanted) >= t->seq)));
}

void journal_thread(void *arg)
{
	struct journal *j = arg;

	while (!READ_ONCE(j->stop)) {
		journal_work(j);
		wait_event(&j->thread_wait, READ_ONCE(j->stop) || work_to_do(j));
	}
	WRITE_ONCE(j->stopped, true);
	wake_up_all(&j->wait);
}
