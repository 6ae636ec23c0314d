// SPDX-License-Identifier: MIT
/* pfs_host.c - see pfs_host.h */
#include "pfs_host.h"

#include <stdlib.h>
#include <string.h>

#include "fs/procfs.h"
#include "host.h"
#include "mm/kmem/slab.h"

/* --- frames --- */

#define NR_FRAMES 16384u

struct page *host_mem_map;
char *host_ram;
static u32 *free_frames;
static u32 nr_free_frames;

static void frames_init(void)
{
	if (host_ram != NULL)
		return;
	host_mem_map = calloc(NR_FRAMES, sizeof(struct page));
	host_ram = aligned_alloc(PAGE_SIZE, NR_FRAMES * PAGE_SIZE);
	free_frames = calloc(NR_FRAMES, sizeof(u32));
	for (u32 i = NR_FRAMES; i-- > 0;)
		free_frames[nr_free_frames++] = i;
}

struct page *alloc_pages(gfp_t gfp, unsigned order)
{
	struct page *p;

	(void)gfp;
	assert(order == 0 && nr_free_frames > 0);
	p = host_mem_map + free_frames[--nr_free_frames];
	memset(p, 0, sizeof(*p));
	p->private = 0xdeadbeef; /* undefined in a new page */
	p->counts = 1;
	memset(page_address(p), 0xa5, PAGE_SIZE);
	return p;
}

void put_page_last(struct page *p)
{
	assert(p->mapping == NULL);
	free_frames[nr_free_frames++] = (u32)(p - host_mem_map);
}

/* --- slab --- */

struct kmem_cache {
	size_t size;
};
void *kmem_cache_alloc(struct kmem_cache *c, gfp_t gfp)
{
	return gfp & __GFP_ZERO ? calloc(1, c->size) : malloc(c->size);
}
void *kmem_cache_zalloc(struct kmem_cache *c, gfp_t gfp)
{
	(void)gfp;
	return calloc(1, c->size);
}
void kmem_cache_free(struct kmem_cache *c, void *p)
{
	(void)c;
	free(p);
}
struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align, u32 flags,
                                     void (*ctor)(void *), void (*dtor)(void *))
{
	struct kmem_cache *c = malloc(sizeof(*c));

	(void)name, (void)align, (void)flags, (void)ctor, (void)dtor;
	c->size = size;
	return c;
}
static struct kmem_cache sizes[13] = { { 8 },    { 16 },   { 32 },  { 64 },  { 96 },
	                               { 128 },  { 192 },  { 256 }, { 512 }, { 1024 },
	                               { 2048 }, { 4096 }, { 8192 } };
struct kmem_cache *kmalloc_caches[13] = { &sizes[0],  &sizes[1],  &sizes[2], &sizes[3], &sizes[4],
	                                  &sizes[5],  &sizes[6],  &sizes[7], &sizes[8], &sizes[9],
	                                  &sizes[10], &sizes[11], &sizes[12] };
void *kmalloc_any(size_t n, gfp_t gfp)
{
	return gfp & __GFP_ZERO ? calloc(1, n) : malloc(n);
}
void kfree(void *p)
{
	free(p);
}

/* --- sleeping: the journal's thread runs --- */

void *host_handle;
static struct journal *journal;
static u64 now = 1000000000;

void wait_queue_init(struct wait_queue *wq)
{
	list_init(&wq->waiters);
}
void wait_prepare(struct wait_queue *wq, struct waiter *w, bool intr)
{
	(void)wq, (void)w, (void)intr;
}
void wait_finish(struct wait_queue *wq, struct waiter *w)
{
	(void)wq, (void)w;
}
void wake_up_all(struct wait_queue *wq)
{
	(void)wq;
}
void wake_up(struct wait_queue *wq)
{
	(void)wq;
}
bool signal_pending_current(void)
{
	return false;
}

void schedule(void)
{
	static int idle;
	void *mine = host_handle;

	assert(journal != NULL);
	if (journal->stop) {
		journal->stopped = true;
		return;
	}
	host_handle = NULL;
	idle = journal_work(journal) ? 0 : idle + 1;
	host_handle = mine;
	assert(idle < 10); /* asleep for ever */
}

struct task *kthread_create(const char *name, void (*fn)(void *), void *arg)
{
	(void)name, (void)fn;
	journal = arg;
	return (struct task *)arg;
}

void timer_init(struct timer *t, void (*fn)(struct timer *))
{
	t->fn = fn;
}
void timer_arm(struct timer *t, u64 when)
{
	t->when = when;
}
void timer_cancel(struct timer *t)
{
	t->when = 0;
}
u64 time_ns(void)
{
	return now += 1000;
}
int sleep_ns(u64 ns, bool intr)
{
	(void)intr;
	now += ns;
	return 0;
}
u64 time_realtime_ns(void)
{
	return time_ns();
}

/* --- the disk --- */

u8 *disk;
u32 disk_blocks;
struct disk_event *disk_log;
size_t disk_log_len;
bool disk_logging;
long disk_fail_after = -1;

static void log_event(u32 block, const void *data)
{
	struct disk_event *e;

	if (!disk_logging)
		return;
	if (disk_log_len % 1024 == 0)
		disk_log = realloc(disk_log, (disk_log_len + 1024) * sizeof(*disk_log));
	e = &disk_log[disk_log_len++];
	e->block = block;
	e->data = NULL;
	if (data != NULL) {
		e->data = malloc(PFS_BLOCK);
		memcpy(e->data, data, PFS_BLOCK);
	}
}

static int do_request(struct bdev *b, struct blk_req *req)
{
	u32 block = (u32)(req->sector / 8);

	assert(req->sector % 8 == 0);
	if (req->op == BLK_FLUSH) {
		log_event(~0u, NULL);
		return 0;
	}
	for (unsigned k = 0; k < req->nr_segs; k++, block++) {
		void *mem = __va(req->segs[k].addr);

		assert(req->segs[k].len == PFS_BLOCK && block < b->nr_sectors / 8);
		if (req->op == BLK_READ) {
			memcpy(mem, disk + (size_t)block * PFS_BLOCK, PFS_BLOCK);
			continue;
		}
		if (disk_fail_after == 0)
			return -EIO;
		if (disk_fail_after > 0)
			disk_fail_after--;
		log_event(block, mem);
		memcpy(disk + (size_t)block * PFS_BLOCK, mem, PFS_BLOCK);
	}
	return 0;
}

void blk_submit(struct bdev *b, struct blk_req *req)
{
	int err = do_request(b, req);

	req->done(req, err);
}

int blk_rw_page(struct bdev *b, enum blk_op op, u64 sector, struct page *page)
{
	struct blk_seg seg = { page_to_phys(page), PAGE_SIZE };
	struct blk_req req = { .op = op, .sector = sector, .nr_segs = 1, .segs = &seg };

	return do_request(b, &req);
}

int blk_flush(struct bdev *b)
{
	struct blk_req req = { .op = BLK_FLUSH };

	return do_request(b, &req);
}

static struct bdev vda = { .name = "vda", .can_flush = true };
static struct address_space vda_mapping;

struct bdev *bdev_find(const char *path)
{
	(void)path;
	return &vda;
}

/* --- page cache --- */

void lock_page(struct page *p)
{
	assert(!page_test(p, PG_LOCKED));
	page_set(p, PG_LOCKED);
}
void unlock_page(struct page *p)
{
	assert(page_test(p, PG_LOCKED));
	page_clear(p, PG_LOCKED);
}
void end_page_writeback(struct page *p)
{
	assert(page_test(p, PG_WRITEBACK));
	page_clear(p, PG_WRITEBACK);
}

void mapping_init(struct address_space *m, struct inode *host, const struct address_space_ops *ops)
{
	memset(m, 0, sizeof(*m));
	m->host = host;
	m->ops = ops;
}

static struct page *add_page(struct address_space *m, u64 index)
{
	struct page *p = alloc_page(0);

	p->flags = PG_LOCKED;
	p->mapping = m;
	p->index = index;
	p->counts++;
	assert(xa_insert(&m->pages, index, p) == 0);
	m->nr_pages++;
	return p;
}

struct page *grab_page(struct address_space *m, u64 index, gfp_t gfp)
{
	struct page *p = xa_load(&m->pages, index);

	(void)gfp;
	if (p == NULL)
		return add_page(m, index);
	get_page(p);
	lock_page(p);
	return p;
}

static int vda_read(struct address_space *m, struct page **pages, unsigned n)
{
	(void)m;
	for (unsigned k = 0; k < n; k++) {
		int err = blk_rw_page(&vda, BLK_READ, pages[k]->index * 8, pages[k]);

		page_set(pages[k], err ? PG_ERROR : PG_UPTODATE);
		unlock_page(pages[k]);
	}
	return 0;
}
static const struct address_space_ops vda_aops = { .read_pages = vda_read };

struct page *read_mapping_page(struct address_space *m, u64 index)
{
	struct page *p = grab_page(m, index, 0);

	if (page_test(p, PG_UPTODATE)) {
		unlock_page(p);
		return p;
	}
	m->ops->read_pages(m, &p, 1);
	if (page_test(p, PG_UPTODATE))
		return p;
	put_page(p);
	return ERR_PTR(-EIO);
}

void mark_page_dirty(struct page *p)
{
	if (!page_test_and_set(p, PG_DIRTY))
		p->mapping->nr_dirty++;
}

static void drop_page(struct address_space *m, struct page *p)
{
	lock_page(p);
	assert(!page_test(p, PG_WRITEBACK));
	if (page_test(p, PG_LOGGED) && m->ops->release_page != NULL)
		m->ops->release_page(m, p);
	if (page_test_and_clear(p, PG_DIRTY))
		m->nr_dirty--;
	xa_erase(&m->pages, p->index);
	m->nr_pages--;
	p->mapping = NULL;
	unlock_page(p);
	put_page(p);
}

void truncate_pages(struct address_space *m, u64 first, u64 last)
{
	struct page *p;

	for (u64 i = first; (p = xa_find(&m->pages, &i, last)) != NULL; i++)
		drop_page(m, p);
}

unsigned long invalidate_pages(struct address_space *m, u64 first, u64 last)
{
	struct page *p;

	for (u64 i = first; (p = xa_find(&m->pages, &i, last)) != NULL; i++)
		if (page_refs(p) == 1 && !page_test(p, PG_DIRTY | PG_LOGGED))
			drop_page(m, p);
	return 0;
}

int filemap_write(struct address_space *m, u64 first, u64 last, bool wait)
{
	struct page *p, *run[64];
	int err = 0;
	u64 i = first;

	(void)wait;
	while ((p = xa_find(&m->pages, &i, last)) != NULL) {
		unsigned n = 0;

		while (n < 64 && p != NULL && page_test(p, PG_DIRTY) &&
		       (p->index << 12) < m->host->size) {
			u64 pos = p->index << 12;

			lock_page(p);
			if (pos + PAGE_SIZE > m->host->size)
				memset((char *)page_address(p) + (m->host->size - pos), 0,
				       PAGE_SIZE - (m->host->size - pos));
			page_clear(p, PG_DIRTY);
			page_set(p, PG_WRITEBACK);
			m->nr_dirty--;
			run[n++] = p;
			p = xa_load(&m->pages, ++i);
		}
		if (n > 0) {
			int e = m->ops->write_pages(m, run, n);

			err = err != 0 ? err : e;
		} else {
			i++;
		}
	}
	return err;
}

int filemap_check_errors(struct address_space *m)
{
	int err = m->wb_err;

	m->wb_err = 0;
	return err;
}

/* --- inodes --- */

#define MAX_INODES 4096
static struct inode *inodes[MAX_INODES];

void inode_init(struct inode *i, struct super_block *sb, u64 ino, u32 mode)
{
	i->ino = ino;
	i->mode = mode;
	i->nlink = 1;
	i->sb = sb;
	i->mapping = &i->data;
	atomic_set(&i->refs, 1);
	mapping_init(&i->data, i, NULL);
}

struct inode *inode_get(struct super_block *sb, u64 ino)
{
	struct inode *i;

	assert(ino < MAX_INODES);
	i = inodes[ino];
	if (i != NULL) {
		i->refs.v++;
		return i;
	}
	i = sb->ops->alloc_inode(sb);
	inode_init(i, sb, ino, 0);
	i->state = I_NEW;
	inodes[ino] = i;
	return i;
}

static void destroy_inode(struct inode *i)
{
	truncate_pages(&i->data, 0, ~0ul);
	if (i->iops != NULL && !(i->state & I_BAD))
		i->iops->evict(i);
	inodes[i->ino] = NULL;
	i->sb->ops->free_inode(i);
}

void inode_ready(struct inode *i)
{
	i->state &= ~I_NEW;
}
void inode_failed(struct inode *i)
{
	i->state |= I_BAD;
	destroy_inode(i);
}
void inode_put(struct inode *i)
{
	if (--i->refs.v == 0 && i->nlink == 0)
		destroy_inode(i);
}
void inode_write_back(struct inode *i)
{
	if (i->state & I_DIRTY) {
		i->state &= ~I_DIRTY;
		i->sb->ops->write_inode(i);
	}
}
void inode_evict_all(struct super_block *sb)
{
	(void)sb;
	for (int k = 0; k < MAX_INODES; k++)
		if (inodes[k] != NULL) {
			host_writeback(inodes[k]);
			inode_write_back(inodes[k]);
			destroy_inode(inodes[k]);
		}
}

/* --- the rest --- */

static struct file_system_type *type;
void register_filesystem(struct file_system_type *t)
{
	type = t;
}
int proc_create(const char *path, int (*show)(struct seq *, void *),
                int (*write)(const char *, size_t, void *), void *arg)
{
	(void)path, (void)show, (void)write, (void)arg;
	return 0;
}
void seq_printf(struct seq *s, const char *fmt, ...)
{
	(void)s, (void)fmt;
}
const struct file_ops *chrdev_ops(u32 major)
{
	(void)major;
	return NULL;
}
ssize_t generic_file_read(struct file *f, vaddr_t u, size_t n, u64 *pos)
{
	(void)f, (void)u, (void)n, (void)pos;
	return -1;
}
ssize_t generic_file_write(struct file *f, vaddr_t u, size_t n, u64 *pos)
{
	(void)f, (void)u, (void)n, (void)pos;
	return -1;
}

/* --- what a test calls --- */

struct super_block *host_mount(u8 *image, u32 blocks, bool readonly, int *err)
{
	struct super_block *sb = calloc(1, sizeof(*sb));

	frames_init();
	if (type == NULL)
		pfs_init();
	disk = image;
	disk_blocks = blocks;
	vda.nr_sectors = (u64)blocks * 8;
	vda.mapping = &vda_mapping;
	mapping_init(&vda_mapping, NULL, &vda_aops);
	journal = NULL;
	host_handle = NULL;
	sb->readonly = readonly;
	*err = type->mount(sb, "/dev/vda");
	if (*err == 0)
		return sb;
	truncate_pages(&vda_mapping, 0, ~0ul);
	free(sb);
	return NULL;
}

void host_umount(struct super_block *sb)
{
	inode_evict_all(sb);
	sb->ops->put_super(sb);
	vda_mapping.ops = &vda_aops;
	truncate_pages(&vda_mapping, 0, ~0ul);
	assert(nr_free_frames == NR_FRAMES);
	free(sb);
}

void host_crash(struct super_block *sb)
{
	struct pfs_sbi *s = pfs_sbi(sb);

	s->journal.error = -EIO; /* nothing reaches the disk any more */
	sb->readonly = true;
	for (int k = 0; k < MAX_INODES; k++)
		if (inodes[k] != NULL)
			destroy_inode(inodes[k]);
	s->journal.stopped = true;
	sb->ops->put_super(sb);
	truncate_pages(&vda_mapping, 0, ~0ul);
	assert(nr_free_frames == NR_FRAMES);
	free(sb);
}

int host_write(struct inode *i, u64 pos, const void *data, size_t n)
{
	while (n > 0) {
		unsigned off = pos % PAGE_SIZE, len = (unsigned)MIN(n, PAGE_SIZE - off);
		struct page *p = grab_page(i->mapping, pos / PAGE_SIZE, 0);
		int err = i->mapping->ops->write_begin(i->mapping, p, off, off + len);

		if (err != 0) {
			unlock_page(p);
			put_page(p);
			return err;
		}
		memcpy((char *)page_address(p) + off, data, len);
		page_set(p, PG_UPTODATE);
		i->size = MAX(i->size, pos + len);
		mark_page_dirty(p);
		i->mtime = time_ns();
		i->state |= I_DIRTY;
		unlock_page(p);
		put_page(p);
		pos += len;
		n -= len;
		data = (const char *)data + len;
	}
	return 0;
}

ssize_t host_read(struct inode *i, u64 pos, void *data, size_t n)
{
	size_t done = 0;

	if (pos >= i->size)
		return 0;
	n = MIN(n, i->size - pos);
	while (done < n) {
		unsigned off = (pos + done) % PAGE_SIZE,
			 len = (unsigned)MIN(n - done, PAGE_SIZE - off);
		struct page *p = read_mapping_page(i->mapping, (pos + done) / PAGE_SIZE);

		if (IS_ERR(p))
			return PTR_ERR(p);
		memcpy((char *)data + done, (char *)page_address(p) + off, len);
		put_page(p);
		done += len;
	}
	return (ssize_t)done;
}

int host_truncate(struct inode *i, u64 size)
{
	u64 old = i->size;

	if (size < old) {
		if (size % PAGE_SIZE != 0) {
			static const char zeros[PAGE_SIZE];
			size_t n = MIN(PAGE_SIZE - size % PAGE_SIZE, old - size);
			int err = host_write(i, size, zeros, n);

			if (err != 0)
				return err;
		}
		i->size = size;
		truncate_pages(i->mapping, DIV_ROUND_UP(size, PAGE_SIZE), ~0ul);
	} else {
		struct page *p = xa_load(&i->mapping->pages, old / PAGE_SIZE);

		if (p != NULL && old % PAGE_SIZE != 0)
			memset((char *)page_address(p) + old % PAGE_SIZE, 0,
			       PAGE_SIZE - old % PAGE_SIZE);
		i->size = size;
	}
	return i->iops->truncate(i, size);
}

int host_fsync(struct inode *i)
{
	struct file f = { .inode = i };

	return i->fops->fsync(&f);
}

int host_writeback(struct inode *i)
{
	return S_ISREG(i->mode) ? filemap_write(i->mapping, 0, ~0ul, false) : 0;
}

void host_drop(struct inode *i)
{
	invalidate_pages(i->mapping, 0, ~0ul);
}

struct task *wait_current(void)
{
	return NULL;
}
