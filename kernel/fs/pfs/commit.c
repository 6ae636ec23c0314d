// SPDX-License-Identifier: MIT
/*
 * commit.c - the journal's thread: transactions to the log, blocks to their place.
 *
 * One thread does both, one thing at a time.  A commit of transaction T:
 *
 *   1  close T: no handle may open, wait for the open ones; note the counts in the
 *      superblock.  From here on handles open in T+1;
 *   2  wait for the file data that T's new pointers point at (file.c has started it);
 *   3  write revokes, descriptors and blocks to the log; FLUSH.  Now data and log are safe;
 *   4  write the commit block; FLUSH.  Now T is permanent: wake who waited for it,
 *      let its freed blocks be used, give its blocks to the checkpoint.
 *
 * A checkpoint writes committed blocks home, in order of their number and many at a time,
 * then FLUSH, then moves the tail in the journal superblock, then FLUSH again: only
 * then may the log behind the tail be overwritten, since until then a recovery would
 * start there.  It is done when the log is half full or somebody waits for room, and at unmount.
 *
 * Nothing here allocates memory that it could be refused, and nothing takes a lock that
 * a task waiting for the journal may hold.
 */
#include "fs/pfs/pfs.h"
#ifdef __KERNEL__
#include "proc/task.h"
#else
struct task *kthread_create(const char *name, void (*fn)(void *arg), void *arg);
#endif

/* --- many writes in flight --- */

#define JIO_SEGS	24
#define JIO_REQS	16

struct jio {
	struct bdev *bdev;
	struct wait_queue wait;
	atomic_t in_flight;
	int err;			/* first failure since io_wait */
	unsigned used;			/* requests started since then */
	unsigned nr;			/* segments of the one being filled, reqs[used] */
	struct jio_req {
		struct blk_req req;
		struct blk_seg segs[JIO_SEGS];
	} reqs[JIO_REQS];
};

static void io_done(struct blk_req *req, int err)
{
	struct jio *io = req->private;

	if (err != 0)
		WRITE_ONCE(io->err, err);
	if (atomic_dec_and_test(&io->in_flight))
		wake_up_all(&io->wait);
}

static void io_submit(struct jio *io)
{
	struct jio_req *r = &io->reqs[io->used];

	if (io->nr == 0)
		return;
	r->req.op = BLK_WRITE;
	r->req.nr_segs = io->nr;
	r->req.segs = r->segs;
	r->req.done = io_done;
	r->req.private = io;
	io->nr = 0;
	io->used++;
	atomic_inc(&io->in_flight);
	blk_submit(io->bdev, &r->req);
}

/* All started writes are done. => 0, or the first error since the last call */
static int io_wait(struct jio *io)
{
	int err;

	io_submit(io);
	wait_event(&io->wait, atomic_read(&io->in_flight) == 0);
	io->used = 0;
	err = io->err;
	io->err = 0;
	return err;
}

/* Write page to block, some time before the next io_wait. => page stays until then */
static void io_write(struct jio *io, u32 block, struct page *page)
{
	struct jio_req *r;
	u64 sector = (u64)block * (PFS_BLOCK / SECTOR_SIZE);

	if (io->nr == JIO_SEGS || (io->nr > 0 && io->reqs[io->used].req.sector +
				   io->nr * (PFS_BLOCK / SECTOR_SIZE) != sector))
		io_submit(io);
	if (io->used == JIO_REQS) {
		int err = io_wait(io);

		io->err = err;
	}
	r = &io->reqs[io->used];
	if (io->nr == 0)
		r->req.sector = sector;
	r->segs[io->nr].addr = page_to_phys(page);
	r->segs[io->nr].len = PFS_BLOCK;
	io->nr++;
}

/* --- commit --- */

static void changed(struct journal *j)
{
	spin_lock(&j->lock);
	j->changes++;
	spin_unlock(&j->lock);
	wake_up_all(&j->wait);
}

static u32 log_add(const struct journal *j, u32 pos, u32 n)
{
	pos += n;
	return pos >= j->blocks ? pos - (j->blocks - 1) : pos;
}

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
	changed(j);
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
	io_write(l->j->io, l->j->start + l->pos, page);
	l->pos = log_add(l->j, l->pos, 1);
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
	list_for_each(b, &t->bufs, link[p]) {
		if (!b->freed[p])
			continue;
		l.list->block[l.list->h.count++] = b->block;
		if (l.list->h.count == PFS_J_ENTRIES) {
			log_page(&l, j->list);
			err = err != 0 ? err : io_wait(j->io);
			list_start(&l, PFS_J_REVOKE);
		}
	}
	if (l.list->h.count > 0) {
		log_page(&l, j->list);
		err = err != 0 ? err : io_wait(j->io);
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
			err = err != 0 ? err : io_wait(j->io);
	}
	*sum = l.sum;
	*used = l.used;
	j->logged_blocks += l.used;
	return err != 0 ? io_wait(j->io), err : io_wait(j->io);
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
	io_write(j->io, j->start + log_add(j, t->log_start, used), j->list);
	return io_wait(j->io);
}

/* T is on disk: what its blocks are from now on. */
static void settle(struct journal *j, struct txn *t)
{
	unsigned p = t->seq & 1;
	struct jbuf *b, *next;

	spin_lock(&j->lock);
	list_for_each_safe(b, next, &t->bufs, link[p]) {
		struct page *frozen = b->frozen;

		list_del(&b->link[p]);
		b->txn[p] = NULL;
		b->frozen = NULL;
		if (frozen != NULL)
			put_page(frozen);
		if (b->ckpt != NULL)	/* J2: the younger copy is enough, or it is freed */
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
	changed(j);
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
	j->head = log_add(j, j->head, used);
	j->commits++;
	settle(j, t);
	return 0;
}

/* --- checkpoint --- */

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
	io_write(j->io, j->start, j->list);
	return io_wait(j->io);
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
	list_for_each(t, &j->old, link)
		list_for_each(b, &t->checkpoint, ckpt_link)
			if (n < j->max_txn && b->txn[0] == NULL && b->txn[1] == NULL) {
				b->writing = true;
				j->sort[n++] = b;
			}
	spin_unlock(&j->lock);
	sort_blocks(j->sort, n);
	for (unsigned k = 0; k < n; k++)
		io_write(j->io, j->sort[k]->block, j->sort[k]->page);
	err = io_wait(j->io);
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

	list_for_each_safe(t, next, &j->old, link) {
		if (!list_empty(&t->checkpoint))
			break;
		freed += t->log_len;
		j->tail = log_add(j, t->log_start, t->log_len);
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
	changed(j);
	return 0;
}

/* => 0 or -errno, then the journal is stopped */
static int checkpoint(struct journal *j)
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
			checkpoint(j);
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

static void journal_thread(void *arg)
{
	struct journal *j = arg;

	while (!READ_ONCE(j->stop)) {
		journal_work(j);
		wait_event(&j->thread_wait, READ_ONCE(j->stop) || work_to_do(j));
	}
	WRITE_ONCE(j->stopped, true);
	wake_up_all(&j->wait);
}

/* --- life --- */

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
		.ctx = j, .journal_start = s->d.journal_start, .journal_blocks = s->d.journal_blocks,
		.nr_blocks = s->d.nr_blocks, .read = rec_read, .write = rec_write,
		.flush = rec_flush, .alloc = rec_alloc, .free = rec_free,
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
		printk("pfs: %s: journal: %s (error %d)\n", s->bdev->name,
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
	j->io = kzalloc(sizeof(*j->io), GFP_KERNEL);
	if (j->list == NULL || j->sort == NULL || j->io == NULL) {
		journal_unload(j);
		return -ENOMEM;
	}
	j->io->bdev = s->bdev;
	wait_queue_init(&j->io->wait);
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

	list_for_each_safe(b, next, &t->bufs, link[p]) {
		list_del(&b->link[p]);
		b->txn[p] = NULL;
		if (b->frozen != NULL)
			put_page(b->frozen);
		b->frozen = NULL;
		jbuf_put(j, b);
	}
	list_for_each_safe(b, next, &t->checkpoint, ckpt_link) {
		list_del(&b->ckpt_link);
		b->ckpt = NULL;
		jbuf_put(j, b);
	}
	pfs_release_busy(j->sbi, t);
	kfree(t);
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
			checkpoint(j);
	} else if (j->thread != NULL) {
		WRITE_ONCE(j->stop, true);
		wake_up_all(&j->thread_wait);
		wait_event(&j->wait, READ_ONCE(j->stopped));
	}
	timer_cancel(&j->timer);
	if (j->running != NULL)
		drop_txn(j, j->running);
	if (j->committing != NULL)
		drop_txn(j, j->committing);
	j->running = j->committing = NULL;
	list_for_each_safe(t, next, &j->old, link) {
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
