// SPDX-License-Identifier: MIT
/*
 * writeback.c - dirty pages go to disk: when, how many, in what runs.
 *
 * Three forces clean pages:
 *   the write-back thread, every dirty_writeback_centisecs for what has been dirty longer than
 *     dirty_expire_centisecs, and at once for everything while more than
 *     dirty_background_ratio percent of the memory files can use is dirty, or when the
 *     page scan (lru.c) finds nothing clean;
 *   a writer that makes pages dirty faster than that: above dirty_ratio percent
 *     balance_dirty_pages makes him write his own file out and wait;
 *   fsync, msync, sync: filemap_write(wait) for a range.
 *
 * All go through write_range.  It collects runs of consecutive dirty pages, up to 1 MiB (a
 * page alone costs the disk as much as a hundred in such a run: dev/README.md), locks them, turns
 * PG_DIRTY into PG_WRITEBACK and hands the run to the file system.  The first page of a run is
 * locked waiting, the others only tried, so that no cycle can arise between two writers.
 *
 * fsync must end although others go on writing: it first marks what is dirty now
 * (XA_MARK_TOWRITE) and then writes only what has that mark.
 *
 * A page that is stored to while it is being written is dirty again and will be written
 * again: write_range waits for the first write (sync) or passes by (background).
 *
 * Bytes behind the end of the file in its last page are zeroed just before the page is
 * written, because a mapping may have stored there; so the disk never holds them.
 *
 *   W1  a mapping with dirty pages or a dirty inode is on wb.dirty.  Adding looks under
 *       wb.lock after the count has changed; removing tests the count under wb.lock.
 *   W2  write-back takes no inode->lock: a writer waits for it under that lock.
 *
 * Errors: the file system notes them in mapping->wb_err (mapping_set_error); the next fsync
 * reports the first one, once.
 */
#include "fs/procfs.h"
#include "mm/vm/mm.h"
#include "mm/cache/cache_internal.h"
#include "mm/kmem/slab.h"
#include "proc/sched.h"
#include "riscv/timer.h"

#define RUN_MAX		256

static struct {
	spinlock_t lock;
	struct list dirty;		/* address_space.dirty_link, oldest first */
	struct wait_queue wq;		/* the thread */
	struct wait_queue progress;	/* tasks that wait for any write-back to end */
	struct timer timer;
	bool kicked, tick;
	u64 progress_seq;
} wb;

static unsigned dirty_ratio = 20, dirty_background_ratio = 10;
static unsigned dirty_expire_cs = 3000, dirty_writeback_cs = 500;

u64 dirty_background_limit;
static u64 dirty_limit;

static void update_limits(void)
{
	u64 usable = nr_free_pages() + pagecache_pages() - pagecache_shmem();

	dirty_limit = MAX(usable * dirty_ratio / 100, 64UL);
	dirty_background_limit = MAX(usable * dirty_background_ratio / 100, 32UL);
}

static inline u64 nr_unclean(void)
{
	return atomic_read(&nr_dirty_pages) + atomic_read(&nr_writeback_pages);
}

void wb_list_add(struct address_space *m)
{
	bool first = false;

	spin_lock(&wb.lock);
	if (list_empty(&m->dirty_link)) {
		first = list_empty(&wb.dirty);
		m->dirtied_when = time_ns();
		list_add_tail(&m->dirty_link, &wb.dirty);
	}
	spin_unlock(&wb.lock);
	if (first)
		wake_up(&wb.wq);	/* the thread sets its clock */
}

void wb_list_del(struct address_space *m)
{
	spin_lock(&wb.lock);
	if (!list_empty(&m->dirty_link))
		list_del_init(&m->dirty_link);
	spin_unlock(&wb.lock);
}

void writeback_progress(void)
{
	WRITE_ONCE(wb.progress_seq, wb.progress_seq + 1);
	smp_mb();
	if (!list_empty(&wb.progress.waiters))
		wake_up_all(&wb.progress);
}

struct wakeup {
	struct timer timer;
	bool fired;
};

static void wakeup_fire(struct timer *t)
{
	struct wakeup *w = container_of(t, struct wakeup, timer);

	WRITE_ONCE(w->fired, true);
	wake_up_all(&wb.progress);
}

void writeback_wait_progress(unsigned ms)
{
	struct wakeup w = { .fired = false };
	u64 seq = READ_ONCE(wb.progress_seq);

	timer_init(&w.timer, wakeup_fire);
	timer_arm(&w.timer, time_ns() + ms * NSEC_PER_MSEC);
	wait_event(&wb.progress, READ_ONCE(wb.progress_seq) != seq || nr_unclean() == 0 ||
				 READ_ONCE(w.fired));
	timer_cancel(&w.timer);
}

void writeback_kick(void)
{
	if (!READ_ONCE(wb.kicked)) {
		WRITE_ONCE(wb.kicked, true);
		wake_up(&wb.wq);
	}
}

/* --- runs --- */

/* Does the whole page lie behind the end of the file?  (A truncation is under way.) */
static inline bool behind_eof(const struct address_space *m, const struct page *page)
{
	return page->index << PAGE_SHIFT >= READ_ONCE(m->host->size);
}

/* What lies behind the end of the file must not reach the disk.
 * => page locked and write-protected: were a mapping still writable, the file could grow after
 *    our look at its size, and what is stored there then would be cleared */
static void clear_behind_eof(struct address_space *m, struct page *page)
{
	u64 size = READ_ONCE(m->host->size);
	u64 pos = page->index << PAGE_SHIFT;

	if (pos < size && size - pos < PAGE_SIZE)
		memset((char *)page_address(page) + (size - pos), 0, PAGE_SIZE - (size - pos));
}

/* Up to max pages with the mark, the first one at or after *index, the others consecutive
 * to it; each with a reference. */
static unsigned collect_run(struct address_space *m, u64 *index, u64 last, xa_mark_t mark,
			    struct page **run, unsigned max)
{
	unsigned n = 0;
	u64 i = *index;
	struct page *page;

	spin_lock(&m->lock);
	while (n < max && (page = xa_find_marked(&m->pages, &i, last, mark)) != NULL) {
		if (n == 0)
			*index = i;
		else if (i != *index + n)
			break;
		if (mark == XA_MARK_TOWRITE)
			xa_clear_mark(&m->pages, i, mark);
		get_page(page);
		run[n++] = page;
		if (i++ == last)
			break;
	}
	spin_unlock(&m->lock);
	return n;
}

/* Get the first of n pages ready, and those behind it that can be had without waiting: locked,
 * PG_WRITEBACK instead of PG_DIRTY.  wait: a page that is being written and dirty again is
 * waited for, else it is passed by.
 * => how many; 0: the first one needs no writing */
static unsigned take_stretch(struct address_space *m, struct page **run, unsigned n, bool wait)
{
	for (unsigned k = 0; k < n; k++) {
		struct page *page = run[k];

		if (k == 0)
			lock_page(page);
		else if (!trylock_page(page))
			return k;
		if (page_attached(page, m) && page_test(page, PG_WRITEBACK) && wait &&
		    page_test(page, PG_DIRTY)) {
			if (k != 0) {
				unlock_page(page);
				return k;	/* the next stretch begins with it */
			}
			wait_on_page(page, PG_WRITEBACK);
		}
		if (!page_attached(page, m) || page_test(page, PG_WRITEBACK) ||
		    behind_eof(m, page) || !page_begin_writeback(m, page)) {
			unlock_page(page);
			return k;
		}
		clear_behind_eof(m, page);
	}
	return n;
}

/* Write marked pages of first..last, at most *budget of them.
 * => wait: also those under write-back that are dirty again, for which it waits.
 * => 0, or the first error of the file system. */
static int write_range(struct address_space *m, u64 first, u64 last, xa_mark_t mark, bool wait,
		       u64 *budget)
{
	struct page *few[8], **run = kmalloc(RUN_MAX * sizeof(*run), GFP_NOFS | __GFP_NOWARN);
	unsigned max = run != NULL ? RUN_MAX : ARRAY_SIZE(few);
	u64 index = first;
	int err = 0;

	if (run == NULL)
		run = few;
	while (index <= last && *budget != 0) {
		unsigned n = collect_run(m, &index, last, mark, run,
					 (unsigned)MIN((u64)max, *budget));
		unsigned done = 0;

		if (n == 0)
			break;
		while (done < n) {
			unsigned k = take_stretch(m, run + done, n - done, wait);

			if (k != 0) {
				int e = m->ops->write_pages(m, run + done, k);

				if (e != 0 && err == 0)
					err = e;
				*budget -= MIN(*budget, (u64)k);
			}
			/* The page that ended the stretch begins the next one if it was only
			 * locked by another; else it needs no writing. */
			done += k != 0 ? k : 1;
		}
		index += n;
		for (unsigned i = 0; i < n; i++)
			put_page(run[i]);
		if (index == 0)
			break;
	}
	if (run != few)
		kfree(run);
	return err;
}

/* Mark what is dirty now. */
static void tag_dirty(struct address_space *m, u64 first, u64 last)
{
	u64 index = first;

	for (;;) {
		spin_lock(&m->lock);
		for (int i = 0; i < 64; i++, index++) {
			if (xa_find_marked(&m->pages, &index, last, XA_MARK_DIRTY) == NULL) {
				spin_unlock(&m->lock);
				return;
			}
			xa_set_mark(&m->pages, index, XA_MARK_TOWRITE);
			if (index == last) {
				spin_unlock(&m->lock);
				return;
			}
		}
		spin_unlock(&m->lock);
	}
}

int filemap_write(struct address_space *m, u64 first, u64 last, bool wait)
{
	u64 budget = ~0UL;
	int err;

	if (m->ops == NULL || m->ops->write_pages == NULL || first > last)	/* device: inode only */
		return 0;
	if (READ_ONCE(m->nr_dirty) != 0 || m->i_mmap.node != NULL) {
		tag_dirty(m, first, last);
		err = write_range(m, first, last, XA_MARK_TOWRITE, wait, &budget);
		if (err)
			mapping_set_error(m, err);
	}
	return wait ? filemap_wait(m, first, last) : 0;
}

int filemap_wait(struct address_space *m, u64 first, u64 last)
{
	u64 index = first;

	for (;;) {
		struct page *page;

		spin_lock(&m->lock);
		page = index <= last ?
		       xa_find_marked(&m->pages, &index, last, XA_MARK_WRITEBACK) : NULL;
		if (page != NULL)
			get_page(page);
		spin_unlock(&m->lock);
		if (page == NULL)
			break;
		wait_on_page(page, PG_WRITEBACK);
		spin_lock(&m->lock);
		if (page->mapping == m && !page_test(page, PG_WRITEBACK))
			xa_clear_mark(&m->pages, index, XA_MARK_WRITEBACK);
		spin_unlock(&m->lock);
		put_page(page);
		if (index++ == last)
			break;
	}
	return READ_ONCE(m->wb_err) ? -EIO : 0;
}

void mapping_set_error(struct address_space *m, int err)
{
	int none = 0;

	__atomic_compare_exchange_n(&m->wb_err, &none, err, false, __ATOMIC_RELAXED,
				    __ATOMIC_RELAXED);
}

int filemap_check_errors(struct address_space *m)
{
	if (likely(READ_ONCE(m->wb_err) == 0))
		return 0;
	return __atomic_exchange_n(&m->wb_err, 0, __ATOMIC_RELAXED);
}

/* --- the list of what is dirty --- */

/* Write (some of) one mapping that has been taken from the list with a reference to its
 * inode; it leaves the list when it has become clean. */
static void write_one(struct address_space *m, u64 *budget)
{
	struct inode *inode = m->host;
	int err;

	err = write_range(m, 0, ~0UL, XA_MARK_DIRTY, false, budget);
	if (err)
		mapping_set_error(m, err);
	inode_write_back(inode);
	spin_lock(&wb.lock);
	if (!list_empty(&m->dirty_link)) {
		list_del_init(&m->dirty_link);
		if (READ_ONCE(m->nr_dirty) != 0 || (READ_ONCE(inode->state) & I_DIRTY)) {
			if (*budget != 0)
				m->dirtied_when = time_ns();
			list_add_tail(&m->dirty_link, &wb.dirty);
		}
	}
	spin_unlock(&wb.lock);
}

/* Write mappings that became dirty before `before`, at most budget pages.
 * => each mapping at most once. */
static void write_list(u64 before, u64 budget)
{
	unsigned rounds = 0, len = 0;
	struct address_space *m;

	spin_lock(&wb.lock);
	list_for_each(m, &wb.dirty, dirty_link)
		len++;
	while (rounds++ < len && budget != 0 && !list_empty(&wb.dirty)) {
		struct inode *inode;

		m = list_first(&wb.dirty, struct address_space, dirty_link);
		list_move_tail(&m->dirty_link, &wb.dirty);
		if (m->dirtied_when > before)
			continue;
		inode = inode_grab(m->host);
		if (inode == NULL)
			continue;		/* being evicted: that writes it */
		spin_unlock(&wb.lock);
		write_one(m, &budget);
		inode_put(inode);
		spin_lock(&wb.lock);
	}
	spin_unlock(&wb.lock);
}

/* A mapping that is dirty since `before` or longer, with a reference to its inode; or NULL. */
static struct address_space *dirty_since(u64 before)
{
	struct address_space *m, *found = NULL;

	spin_lock(&wb.lock);
	list_for_each(m, &wb.dirty, dirty_link)
		/* Without a reference to be had it is being evicted: that writes it. */
		if (m->dirtied_when <= before && inode_grab(m->host) != NULL) {
			found = m;
			break;
		}
	spin_unlock(&wb.lock);
	return found;
}

/* write_one takes each from the list or gives it a later time, so the search ends. */
void writeback_all(void)
{
	u64 now = time_ns();
	struct address_space *m;

	while ((m = dirty_since(now)) != NULL) {
		u64 budget = ~0UL;

		filemap_write(m, 0, ~0UL, true);
		write_one(m, &budget);
		inode_put(m->host);
	}
	/* The background's writes of mappings that are clean again are on their way. */
	while (atomic_read(&nr_writeback_pages) != 0)
		writeback_wait_progress(10);
}

void balance_dirty_pages(struct address_space *m)
{
	u64 budget;

	if (likely((u64)atomic_read(&nr_dirty_pages) <= dirty_background_limit))
		return;
	update_limits();
	if (nr_unclean() <= dirty_background_limit)
		return;
	writeback_kick();
	if (current->memalloc || current->journal != NULL)
		return;
	for (int tries = 0; tries < 10 && nr_unclean() > dirty_limit; tries++) {
		if (READ_ONCE(m->nr_dirty) > 0 && m->ops->write_pages != NULL) {
			budget = 2 * RUN_MAX;
			write_range(m, 0, ~0UL, XA_MARK_DIRTY, false, &budget);
		}
		if (nr_unclean() > dirty_limit)
			writeback_wait_progress(PATIENCE_MS);
	}
}

static void writeback_tick(struct timer *t)
{
	(void)t;
	WRITE_ONCE(wb.tick, true);
	wake_up(&wb.wq);
}

static void writeback_thread(void *arg)
{
	(void)arg;
	current->memalloc++;		/* cleaning frees memory: never wait for it here */
	for (;;) {
		bool kicked;

		/* With nothing dirty there is nothing to wake up for. */
		wait_event(&wb.wq, READ_ONCE(wb.kicked) || !list_empty(&wb.dirty));
		if (!wb.kicked) {
			timer_arm(&wb.timer, time_ns() + dirty_writeback_cs * 10 * NSEC_PER_MSEC);
			wait_event(&wb.wq, READ_ONCE(wb.kicked) || READ_ONCE(wb.tick));
			timer_cancel(&wb.timer);
		}
		kicked = wb.kicked;
		WRITE_ONCE(wb.tick, false);
		update_limits();
		if (kicked) {
			write_list(~0UL, 1024);
			writeback_wait_progress(1);
			WRITE_ONCE(wb.kicked, false);
			if ((u64)atomic_read(&nr_dirty_pages) > dirty_background_limit)
				WRITE_ONCE(wb.kicked, true);
		} else {
			u64 age = dirty_expire_cs * 10 * NSEC_PER_MSEC, now = time_ns();

			write_list(now > age ? now - age : 0, ~0UL);
		}
	}
}

/* --- /proc/sys/vm --- */

static int show_unsigned(struct seq *s, void *arg)
{
	seq_printf(s, "%u\n", *(unsigned *)arg);
	return 0;
}

static int parse_unsigned(const char *buf, unsigned max, unsigned *out)
{
	char *end;
	unsigned long v = simple_strtoul(buf, &end, 10);

	if (end == buf || (*end != '\n' && *end != '\0') || v > max)
		return -EINVAL;
	*out = (unsigned)v;
	return 0;
}

static int write_ratio(const char *buf, size_t n, void *arg)
{
	int err = parse_unsigned(buf, 100, arg);

	(void)n;
	if (err == 0)
		update_limits();
	return err;
}

static int write_centisecs(const char *buf, size_t n, void *arg)
{
	unsigned v;
	int err = parse_unsigned(buf, 360000, &v);

	(void)n;
	if (err == 0)
		*(unsigned *)arg = MAX(v, 10U);	/* a tenth of a second at least */
	return err;
}

static int write_drop_caches(const char *buf, size_t n, void *arg)
{
	unsigned what;
	int err = parse_unsigned(buf, 3, &what);

	(void)n, (void)arg;
	if (err)
		return err;
	if (what & 2) {
		vfs_drop_names();
		kmem_shrink_all();
		pt_shrink();
	}
	if (what & 1)
		drop_caches();
	return 0;
}

static int show_drop_caches(struct seq *s, void *arg)
{
	(void)arg;
	seq_puts(s, "0\n");
	return 0;
}

void writeback_start(void)
{
	struct task *t;

	/* Memory that is short for a moment at boot is no reason to give up. */
	for (int tries = 0; tries < 10; tries++) {
		t = kthread_create("writeback", writeback_thread, NULL);
		if (PTR_ERR(t) != -ENOMEM)
			break;
	}
	if (IS_ERR(t))
		panic("writeback_start: no thread: error %ld", PTR_ERR(t));
	update_limits();
	proc_create("sys/vm/dirty_ratio", show_unsigned, write_ratio, &dirty_ratio);
	proc_create("sys/vm/dirty_background_ratio", show_unsigned, write_ratio,
		    &dirty_background_ratio);
	proc_create("sys/vm/dirty_expire_centisecs", show_unsigned, write_centisecs,
		    &dirty_expire_cs);
	proc_create("sys/vm/dirty_writeback_centisecs", show_unsigned, write_centisecs,
		    &dirty_writeback_cs);
	proc_create("sys/vm/drop_caches", show_drop_caches, write_drop_caches, NULL);
}

void writeback_init(void)
{
	spin_lock_init(&wb.lock, "writeback");
	list_init(&wb.dirty);
	wait_queue_init(&wb.wq);
	wait_queue_init(&wb.progress);
	timer_init(&wb.timer, writeback_tick);
	update_limits();
}
