// SPDX-License-Identifier: MIT
/*
 * checkpoint.c - committed blocks go home, and the log behind them is free again.
 *
 * The blocks are written in order of their number and many at a time, then FLUSH, then the
 * journal superblock gets the new tail, then FLUSH again: only then may the log behind
 * the tail be overwritten, since until then a recovery would start there.
 *
 * A block that the running transaction has changed again stays (rule J1 of journal.c), and with
 * it the tail; the commit of that transaction moves the block to its own list, so
 * after a commit and a checkpoint nothing older is left.
 *
 * Done when the log is half full, when somebody waits for room, and at unmount.
 */
#include "fs/pfs/pfs.h"

static int write_tail(struct journal *j)
{
	struct pfs_jsuper *js = page_address(j->list);

	memset(js, 0, PFS_BLOCK);
	js->h.magic = PFS_JMAGIC;
	js->h.type = PFS_J_SUPER;
	js->h.seq = j->tail_seq;
	js->blocks = j->blocks;
	js->tail = j->tail;
	js->sum = pfs_jsuper_sum(js);
	jio_write(j->io, j->start, j->list);
	return jio_wait(j->io);
}

static void sort_blocks(struct jbuf **v, unsigned n)
{
	for (unsigned gap = n / 2; gap > 0; gap /= 2)
		for (unsigned k = gap; k < n; k++) {
			struct jbuf *b = v[k];
			unsigned m = k;

			for (; m >= gap && v[m - gap]->block > b->block; m -= gap)
				v[m] = v[m - gap];
			v[m] = b;
		}
}

/* Write home up to max_txn blocks of the oldest transactions, but those that are in use
 * (J1). => how many, or -errno */
static int write_home(struct journal *j)
{
	struct txn *t;
	struct jbuf *b;
	unsigned n = 0;
	int err;

	spin_lock(&j->lock);
	list_for_each (t, &j->old, link)
		list_for_each (b, &t->checkpoint, ckpt_link)
			if (n < j->max_txn && b->txn[0] == NULL && b->txn[1] == NULL) {
				b->writing = true;
				j->sort[n++] = b;
			}
	spin_unlock(&j->lock);
	sort_blocks(j->sort, n);
	for (unsigned k = 0; k < n; k++)
		jio_write(j->io, j->sort[k]->block, j->sort[k]->page);
	err = jio_wait(j->io);
	spin_lock(&j->lock);
	for (unsigned k = 0; k < n; k++) {
		b = j->sort[k];
		b->writing = false;
		if (err == 0) {
			list_del(&b->ckpt_link);
			b->ckpt = NULL;
			jbuf_put(j, b);
		}
	}
	j->changes++;
	spin_unlock(&j->lock);
	wake_up_all(&j->wait);
	return err != 0 ? err : (int)n;
}

/* Forget the oldest transactions that nobody needs any more. => 0 or -errno */
static int move_tail(struct journal *j)
{
	unsigned freed = 0;
	struct txn *t, *next;
	int err;

	list_for_each_safe (t, next, &j->old, link) {
		if (!list_empty(&t->checkpoint))
			break;
		freed += t->log_len;
		j->tail = journal_log_add(j, t->log_start, t->log_len);
		j->tail_seq = t->seq + 1;
		list_del(&t->link);
		kfree(t);
	}
	if (freed == 0)
		return 0;
	err = blk_flush(j->sbi->bdev);
	if (err == 0)
		err = write_tail(j);
	if (err == 0)
		err = blk_flush(j->sbi->bdev);
	if (err != 0)
		return err;
	spin_lock(&j->lock);
	j->free_log += freed;
	spin_unlock(&j->lock);
	journal_changed(j);
	return 0;
}

int journal_checkpoint(struct journal *j)
{
	int n;

	j->checkpoints++;
	do
		n = write_home(j);
	while (n > 0 && (unsigned)n == j->max_txn);
	if (n >= 0)
		n = move_tail(j);
	if (n < 0)
		journal_abort(j, n);
	return n < 0 ? n : 0;
}
