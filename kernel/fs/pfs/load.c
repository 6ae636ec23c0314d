// SPDX-License-Identifier: MIT
/*
 * load.c - the journal at mount and at unmount.
 *
 * Mount: recovery (recover.c, through the device's page cache, so that the rest of the mount
 * sees what was replayed), then an empty log and the thread.  Unmount: everything
 * committed and at home, the log empty; unless the journal was stopped, then nothing is
 * written and everything is dropped.
 */
#include "fs/pfs/pfs.h"
#ifdef __KERNEL__
#include "proc/task.h"
#include "riscv/hart.h"
#else
#define hart_call_all(fn, arg) (fn)(arg)
struct task *kthread_create(const char *name, void (*fn)(void *arg), void *arg);
#endif

static int rec_read(void *ctx, u32 block, void *buf)
{
	struct journal *j = ctx;
	struct page *page = pfs_bread(j->sbi, block);

	if (IS_ERR(page))
		return PTR_ERR(page);
	copy_page(buf, page_address(page));
	put_page(page);
	return 0;
}

static int rec_write(void *ctx, u32 block, const void *buf)
{
	struct journal *j = ctx;
	struct page *page = pfs_bread(j->sbi, block);
	int err;

	if (IS_ERR(page))
		return PTR_ERR(page);
	copy_page(page_address(page), buf);
	err = blk_rw_page(j->sbi->bdev, BLK_WRITE, (u64)block * (PFS_BLOCK / SECTOR_SIZE), page);
	put_page(page);
	return err;
}

static int rec_flush(void *ctx)
{
	return blk_flush(((struct journal *)ctx)->sbi->bdev);
}

static void *rec_alloc(void *ctx __maybe_unused, size_t bytes)
{
	return kzalloc(bytes, GFP_KERNEL);
}

static void rec_free(void *ctx __maybe_unused, void *p)
{
	kfree(p);
}

int journal_load(struct journal *j, struct pfs_sbi *s)
{
	struct pfs_recover r = {
		.ctx = j,
		.journal_start = s->d.journal_start,
		.journal_blocks = s->d.journal_blocks,
		.nr_blocks = s->d.nr_blocks,
		.read = rec_read,
		.write = rec_write,
		.flush = rec_flush,
		.alloc = rec_alloc,
		.free = rec_free,
	};
	int err;

	j->sbi = s;
	j->start = s->d.journal_start;
	j->blocks = s->d.journal_blocks;
	j->max_txn = MIN((j->blocks - 1) / 4, 1024U);
	spin_lock_init(&j->lock, "journal");
	wait_queue_init(&j->wait);
	wait_queue_init(&j->thread_wait);
	list_init(&j->old);
	timer_init(&j->timer, journal_timer);

	/* A read-only mount replays too, if the disk lets it: else it would see half a state. */
	err = pfs_recover(&r, s->bdev->readonly);
	if (err != 0) {
		printk_loud("pfs: %s: journal: %s (error %d)\n", s->bdev->name,
		       err == -EUCLEAN ? "superblock damaged" : "recovery failed", -err);
		return err;
	}
	if (s->bdev->readonly && r.transactions > 0) {
		printk("pfs: %s: journal: %u transactions to replay, but the device is read-only\n",
		       s->bdev->name, r.transactions);
		return -EROFS;
	}
	if (r.transactions > 0)
		printk("pfs: %s: journal: %u transactions replayed, %u blocks (%u revoked)\n",
		       s->bdev->name, r.transactions, r.replayed, r.revoked);
	invalidate_pages(s->meta, j->start, j->start + j->blocks - 1);
	j->replayed = r.transactions;
	j->next_seq = j->tail_seq = r.next_seq;
	j->committed = r.next_seq - 1;
	j->head = j->tail = 1;
	j->free_log = j->blocks - 1;
	if (s->sb->readonly) {
		j->error = -EROFS;
		return 0;
	}
	j->list = alloc_page(GFP_KERNEL);
	j->sort = kmalloc(j->max_txn * sizeof(*j->sort), GFP_KERNEL);
	j->io = jio_make(s->bdev);
	if (j->list == NULL || j->sort == NULL || j->io == NULL) {
		journal_unload(j);
		return -ENOMEM;
	}
	return 0;
}

int journal_start_thread(struct journal *j)
{
	struct task *t;

	if (j->error != 0)
		return 0;
	t = kthread_create("pfs-journal", journal_thread, j);
	if (IS_ERR(t))
		return PTR_ERR(t);
	j->thread = t;
	return 0;
}

static void drop_txn(struct journal *j, struct txn *t)
{
	unsigned p = t->seq & 1;
	struct jbuf *b, *next;

	list_for_each_safe (b, next, &t->bufs, link[p]) {
		list_del(&b->link[p]);
		b->txn[p] = NULL;
		if (b->frozen != NULL)
			put_page(b->frozen);
		b->frozen = NULL;
		jbuf_put(j, b);
	}
	list_for_each_safe (b, next, &t->checkpoint, ckpt_link) {
		list_del(&b->ckpt_link);
		b->ckpt = NULL;
		jbuf_put(j, b);
	}
	pfs_release_busy(j->sbi, t);
	kfree(t);
}

static void nothing(void *arg __maybe_unused)
{
}

/* Unmount: all at home and the log empty, unless the journal is stopped. */
void journal_unload(struct journal *j)
{
	struct txn *t, *next;

	if (j->error == 0 && j->io != NULL && j->list != NULL && j->sort != NULL) {
		journal_sync(j);
		if (j->thread != NULL) {
			WRITE_ONCE(j->stop, true);
			wake_up_all(&j->thread_wait);
			wait_event(&j->wait, READ_ONCE(j->stopped));
		}
		if (j->error == 0)
			journal_checkpoint(j);
	} else if (j->thread != NULL) {
		WRITE_ONCE(j->stop, true);
		wake_up_all(&j->thread_wait);
		wait_event(&j->wait, READ_ONCE(j->stopped));
	}
	timer_cancel(&j->timer);
	/* The interrupt that ended our last write may be waking us up still: when every hart
	 * has answered, it has returned. */
	hart_call_all(nothing, NULL);
	if (j->running != NULL)
		drop_txn(j, j->running);
	if (j->committing != NULL)
		drop_txn(j, j->committing);
	j->running = j->committing = NULL;
	list_for_each_safe (t, next, &j->old, link) {
		list_del(&t->link);
		drop_txn(j, t);
	}
	if (j->list != NULL)
		put_page(j->list);
	kfree(j->sort);
	kfree(j->io);
	j->list = NULL;
	j->sort = NULL;
	j->io = NULL;
}
