// SPDX-License-Identifier: MIT
/*
 * journal.c - handles, and which transaction each metadata block belongs to.
 *
 * A block may be concerned with three transactions at once, and its jbuf says so:
 * changed by the running one, changed by the committing one before that, and
 * committed by an older one but not yet written home.  The rules:
 *
 *   J1  a block is written home only in a state that is committed: never while the
 *       running or committing transaction has it;
 *   J2  the log keeps an older transaction until each of its blocks is at home or
 *       logged again by a younger committed one;
 *   J3  what the committing transaction logs is the block as it was when that transaction was
 *       closed.  Whoever wants to change it meanwhile leaves a frozen copy behind, or,
 *       once the log write has been started, waits for its end;
 *   J4  a block freed in transaction n is revoked in n, and neither it nor the other blocks
 *       that n has freed is used again before n is on disk (alloc.c).
 *
 * A handle opens only if its credits, with all that has been promised in the transaction,
 * fit into both the transaction's limit and the free log; so a commit always finds room.
 * Who waits for room holds no handle, and the thread that makes room (commit.c)
 * takes no lock that such a waiter may hold: no deadlock.
 *
 * A handle within a handle (memory reclaim dropping an inode, say) joins the
 * outer one's transaction and adds its credits without waiting; the limit leaves a
 * margin for it.
 *
 * Most calls of journal_write find the block already in the running transaction.  For
 * them the page itself says so: PG_LOGGED means that it has a jbuf, and page->private then
 * is the sequence number (its low half) of the transaction that it joined last.
 *
 * After an abort nothing more is written, every start fails with -EROFS, and what was changed
 * in memory stays there until the unmount.
 */
#include "fs/pfs/pfs.h"
#ifdef __KERNEL__
#include "riscv/hart.h"
#define my_handle (current->journal)
#else
extern void *host_handle; /* host tests have one task */
#define my_handle host_handle
#endif

static struct kmem_cache *jbuf_cache;

#define COMMIT_INTERVAL (5 * NSEC_PER_SEC)

/* A journal that has begun a transaction cannot do without. */
void *journal_alloc(size_t size)
{
	return kzalloc(size, GFP_NOFS | __GFP_NOFAIL);
}

static struct jbuf *jbuf_alloc(void)
{
	return kmem_cache_zalloc(jbuf_cache, GFP_NOFS | __GFP_NOFAIL);
}

static inline struct jbuf **hash_of(struct journal *j, u32 block)
{
	return &j->hash[(block ^ block >> 8) % JBUF_HASH];
}

struct jbuf *jbuf_find(struct journal *j, u32 block)
{
	struct jbuf *b = *hash_of(j, block);

	while (b != NULL && b->block != block)
		b = b->hash_next;
	return b;
}

void jbuf_put(struct journal *j, struct jbuf *b)
{
	struct jbuf **link = hash_of(j, b->block);

	if (b->txn[0] != NULL || b->txn[1] != NULL || b->ckpt != NULL || b->writing)
		return;
	while (*link != b)
		link = &(*link)->hash_next;
	*link = b->hash_next;
	if (b->page != NULL) {
		page_clear(b->page, PG_LOGGED);
		put_page(b->page);
	}
	kmem_cache_free(jbuf_cache, b);
}

/* The block's jbuf, made if there is none. page may be NULL.
 * => journal->lock held, may be dropped and retaken */
static struct jbuf *jbuf_get(struct journal *j, u32 block, struct page *page)
{
	struct jbuf *b = jbuf_find(j, block), *made = NULL;

	if (b == NULL) {
		spin_unlock(&j->lock);
		made = jbuf_alloc();
		made->block = block;
		spin_lock(&j->lock);
		b = jbuf_find(j, block);
		if (b == NULL) {
			struct jbuf **link = hash_of(j, block);

			made->hash_next = *link;
			*link = made;
			b = made;
			made = NULL;
		}
	}
	if (b->page == NULL && page != NULL) {
		get_page(page);
		page->private = 0; /* no transaction: see journal_write */
		page_set(page, PG_LOGGED);
		b->page = page;
	}
	if (made != NULL)
		kmem_cache_free(jbuf_cache, made);
	return b;
}

unsigned txn_log_blocks(const struct txn *t, unsigned more)
{
	unsigned n = t->nr + more;

	return n + DIV_ROUND_UP(n, PFS_J_ENTRIES) + DIV_ROUND_UP(t->nr_revoked, PFS_J_ENTRIES) + 1;
}

/* Room for a handle of this many credits?  The superblock is logged with every commit,
 * hence one more. => lock held, a transaction runs */
static bool room_for(struct journal *j, unsigned credits)
{
	struct txn *t = j->running;
	unsigned n = t->nr + t->promised + credits + 1;

	/* at most two descriptors, the commit block, and the revokes */
	return n <= j->max_txn && n + 4 + t->nr_revoked / 512 <= j->free_log;
}

void journal_timer(struct timer *timer)
{
	struct journal *j = container_of(timer, struct journal, timer);

	WRITE_ONCE(j->aged, true);
	wake_up_all(&j->thread_wait);
}

static struct txn *new_txn(void)
{
	struct txn *t = journal_alloc(sizeof(*t));

	list_init(&t->bufs);
	list_init(&t->checkpoint);
	return t;
}

int journal_start(struct journal *j, struct handle *h, unsigned credits)
{
	struct handle *outer = my_handle;
	struct txn *t, *spare = NULL;
	u64 seen;

	h->j = j;
	h->outer = outer;
	h->credits = credits;
	if (unlikely(outer != NULL)) {
		if (outer->j != j)
			return -EIO;
		h->t = outer->t;
		spin_lock(&j->lock);
		h->t->promised += credits;
		h->t->handles++;
		spin_unlock(&j->lock);
		my_handle = h;
		return 0;
	}
	assert(credits + 1 <= j->max_txn);
	spin_lock(&j->lock);
	for (;;) {
		if (unlikely(j->error != 0)) {
			spin_unlock(&j->lock);
			kfree(spare);
			return -EROFS;
		}
		t = j->running;
		if (likely(t != NULL && !j->locked && room_for(j, credits)))
			break;
		if (t == NULL && spare != NULL) {
			t = spare;
			spare = NULL;
			t->seq = j->next_seq++;
			j->running = t;
			j->aged = false;
			timer_arm(&j->timer, time_ns() + COMMIT_INTERVAL);
			continue;
		}
		if (t == NULL) {
			spin_unlock(&j->lock);
			spare = new_txn();
		} else {
			if (!j->locked) {
				j->wanted = MAX(j->wanted, t->seq);
				if (t->nr + t->promised + credits + 5 + t->nr_revoked / 512 >
				    j->free_log)
					j->need_space = true;
			}
			seen = j->changes;
			spin_unlock(&j->lock);
			wake_up_all(&j->thread_wait);
			wait_event(&j->wait, READ_ONCE(j->changes) != seen);
		}
		spin_lock(&j->lock);
	}
	t->handles++;
	t->promised += credits;
	spin_unlock(&j->lock);
	if (spare != NULL)
		kfree(spare);
	h->t = t;
	my_handle = h;
	return 0;
}

void journal_stop(struct handle *h)
{
	struct journal *j = h->j;
	struct txn *t = h->t;
	bool wake;

	my_handle = h->outer;
	spin_lock(&j->lock);
	t->promised -= h->credits;
	wake = --t->handles == 0 && j->locked;
	spin_unlock(&j->lock);
	if (unlikely(wake))
		wake_up_all(&j->thread_wait);
}

/* The frozen copy that J3 asks for, or wait until none is needed.
 * => lock held, dropped meanwhile */
static void preserve(struct journal *j, struct jbuf *b, struct txn *c)
{
	struct page *copy;
	u64 seen;

	if (!c->submitted) {
		spin_unlock(&j->lock);
		copy = alloc_page(GFP_NOFS | __GFP_NOWARN);
		spin_lock(&j->lock);
		if (copy != NULL) {
			if (b->txn[c->seq & 1] == c && !c->submitted && b->frozen == NULL) {
				copy_page(page_address(copy), page_address(b->page));
				b->frozen = copy;
			} else {
				put_page(copy);
			}
			return;
		}
	}
	seen = j->changes;
	spin_unlock(&j->lock);
	wait_event(&j->wait, READ_ONCE(j->changes) != seen);
	spin_lock(&j->lock);
}

static void join(struct handle *h, struct jbuf *b)
{
	struct txn *t = h->t;
	unsigned p = t->seq & 1;

	b->page->private = (u32)t->seq;
	b->txn[p] = t;
	b->freed[p] = false;
	list_add_tail(&b->link[p], &t->bufs);
	t->nr++;
	if (likely(h->credits > 0)) {
		h->credits--;
		t->promised--;
	}
}

void journal_write_slow(struct handle *h, struct page *page)
{
	struct journal *j = h->j;
	struct txn *t = h->t;
	unsigned p = t->seq & 1;
	struct jbuf *b;

	spin_lock(&j->lock);
	for (;;) {
		struct txn *c;

		b = jbuf_get(j, page->index, page);
		if (b->txn[p] == t)
			break;
		c = b->txn[!p];
		if (b->writing) {
			u64 seen = j->changes;

			spin_unlock(&j->lock);
			wait_event(&j->wait, READ_ONCE(j->changes) != seen);
			spin_lock(&j->lock);
		} else if (c != NULL && !b->freed[!p] && b->frozen == NULL && !c->logged) {
			preserve(j, b, c);
		} else {
			join(h, b);
			break;
		}
	}
	spin_unlock(&j->lock);
}

struct page *journal_new(struct handle *h, u32 block)
{
	struct page *page = grab_page(h->j->sbi->meta, block, GFP_NOFS);

	if (IS_ERR(page))
		return page;
	journal_write(h, page);
	clear_page(page_address(page));
	page_clear(page, PG_ERROR);
	page_set(page, PG_UPTODATE);
	unlock_page(page);
	return page;
}

void journal_forget(struct handle *h, u32 block)
{
	struct journal *j = h->j;
	struct txn *t = h->t;
	unsigned p = t->seq & 1;
	struct jbuf *b;

	spin_lock(&j->lock);
	b = jbuf_get(j, block, NULL);
	if (b->txn[p] != t) {
		b->txn[p] = t;
		list_add_tail(&b->link[p], &t->bufs);
	} else if (!b->freed[p]) {
		t->nr--;
	}
	if (b->page != NULL)
		b->page->private = 0;
	b->freed[p] = true;
	if (t->nr_revoked++ % PFS_J_ENTRIES == 0 && h->credits > 0) {
		h->credits--;
		t->promised--;
	}
	spin_unlock(&j->lock);
}

int journal_commit_wait(struct journal *j, u64 seq)
{
	assert(my_handle == NULL);
	spin_lock(&j->lock);
	/* A transaction that has not begun holds nothing. */
	seq = MIN(seq, j->next_seq - 1);
	j->wanted = MAX(j->wanted, seq);
	spin_unlock(&j->lock);
	if (READ_ONCE(j->committed) < seq) {
		wake_up_all(&j->thread_wait);
		wait_event(&j->wait, READ_ONCE(j->committed) >= seq || READ_ONCE(j->error) != 0);
	}
	return READ_ONCE(j->committed) >= seq ? 0 : -EIO;
}

int journal_sync(struct journal *j)
{
	u64 seq;
	int err;

	spin_lock(&j->lock);
	seq = j->running != NULL ? j->running->seq : j->next_seq - 1;
	spin_unlock(&j->lock);
	if (READ_ONCE(j->committed) >= seq)
		return READ_ONCE(j->error) != 0 ? -EIO : blk_flush(j->sbi->bdev);
	err = journal_commit_wait(j, seq);
	return err;
}

void journal_abort(struct journal *j, int err)
{
	bool first;

	spin_lock(&j->lock);
	first = j->error == 0;
	if (first)
		j->error = err;
	j->changes++;
	spin_unlock(&j->lock);
	j->sbi->sb->readonly = true;
	if (first)
		printk("pfs: %s: journal stopped (error %d); the file system is read-only now\n",
		       j->sbi->bdev->name, -err);
	wake_up_all(&j->wait);
	wake_up_all(&j->thread_wait);
}

struct txn *journal_data_start(struct journal *j)
{
	struct txn *t;

	if (READ_ONCE(j->running) == NULL)
		return NULL;
	spin_lock(&j->lock);
	t = j->running;
	if (t != NULL)
		atomic_inc(&t->data_io);
	spin_unlock(&j->lock);
	return t;
}

/* => interrupt context */
void journal_data_done(struct journal *j, struct txn *t)
{
	if (t != NULL && atomic_dec_and_test(&t->data_io))
		wake_up_all(&j->thread_wait);
}

int journal_caches(void)
{
	jbuf_cache = kmem_cache_create("pfs_jbuf", sizeof(struct jbuf), 0, 0, NULL, NULL);
	return jbuf_cache == NULL ? -ENOMEM : 0;
}
