// SPDX-License-Identifier: MIT
/*
 * pipe.c - pipes: 64 KiB of ring between writers and readers.
 *
 * The ring is 16 page slots; head and tail count bytes for ever and are taken modulo the
 * ring's size, so head - tail is what is in it and neither is ever reset but together, when
 * the pipe runs empty: then the next write starts at the first page again, and a pipe that
 * carries small messages lives in one page that stays in the cache.  Pages come when
 * first written to; when the pipe is empty and pipes hold many pages in all, all but the
 * first go back.
 *
 * Copying may fault and sleep, so the pipe's lock is a mutex.  Sleepers wait without it,
 * on the byte counts alone, and look again with it.
 *
 *   Q1  0 <= head - tail <= PIPE_SIZE; the slots between hold pages.
 *   Q2  a write of at most PIPE_BUF bytes is in one piece: it waits until all of it fits.
 *
 * Waking costs more than the copy of a few bytes, so a side is woken only if somebody
 * sleeps there: the waker changes the counts, then a fence, then looks at the queue;
 * the sleeper joins the queue, then looks at the counts (sync/wait.h).  A writer is woken
 * when PIPE_BUF bytes are free, not for every byte.
 *
 * A write with no reader gives -EPIPE.  SIGPIPE is sent only to a program that has
 * installed a handler for it: xv6's programs know no signals and expect -1.
 */
#include "fs/vfs_internal.h"
#include "proc/sched.h"
#include "uapi/ioctl.h"
#include "uapi/poll.h"

#define PIPE_PAGES	16
#define PIPE_SIZE	(PIPE_PAGES * (u32)PAGE_SIZE)
#define PIPE_BUF	4096

struct pipe {
	struct inode inode;
	struct mutex lock;
	u32 head, tail;			/* (lock) bytes written, read */
	u32 used;			/* (lock to change) head - tail, for sleepers and poll */
	u32 readers, writers;		/* (lock) open files */
	struct page *pages[PIPE_PAGES];	/* (lock) NULL: none yet */
	struct wait_queue rwait, wwait;
};

static struct kmem_cache *pipe_cache;
static atomic64_t pipe_pages;		/* in all pipes */
static u64 pipe_pages_soft = 256;	/* above it, empty pipes give pages back */
static atomic64_t pipe_ino;

static inline u32 pipe_used(const struct pipe *p)
{
	return READ_ONCE(p->used);
}

static void pipe_free_pages(struct pipe *p, unsigned from)
{
	for (unsigned i = from; i < PIPE_PAGES; i++)
		if (p->pages[i] != NULL) {
			put_page(p->pages[i]);
			p->pages[i] = NULL;
			atomic_add(&pipe_pages, -1);
		}
}

static ssize_t pipe_read(struct file *f, vaddr_t ubuf, size_t n, u64 *pos)
{
	struct pipe *p = f->private;
	size_t done = 0;
	long err = 0;
	u32 before;

	(void)pos;
	if (n == 0)
		return 0;
	mutex_lock(&p->lock);
	while (p->head == p->tail) {
		bool eof = p->writers == 0;

		mutex_unlock(&p->lock);
		if (eof)
			return 0;
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(&p->rwait, pipe_used(p) != 0 ||
					       READ_ONCE(p->writers) == 0);
		if (err)
			return err;
		mutex_lock(&p->lock);
	}
	before = p->head - p->tail;
	while (done < n && p->head != p->tail) {
		u32 off = p->tail % PAGE_SIZE;
		u32 run = MIN(p->head - p->tail, (u32)PAGE_SIZE - off);
		size_t chunk = MIN(n - done, (size_t)run);
		char *data = page_address(p->pages[p->tail / PAGE_SIZE % PIPE_PAGES]);
		size_t got = copy_to_user_partial(ubuf + done, data + off, chunk);

		p->tail += (u32)got;
		done += got;
		if (unlikely(got != chunk)) {
			err = -EFAULT;
			break;
		}
	}
	if (p->head == p->tail) {
		p->head = p->tail = 0;
		if (unlikely((u64)atomic_read(&pipe_pages) > pipe_pages_soft))
			pipe_free_pages(p, 1);
	}
	WRITE_ONCE(p->used, p->head - p->tail);
	mutex_unlock(&p->lock);
	/* Writers sleep only when less than PIPE_BUF was free. */
	if (before > PIPE_SIZE - PIPE_BUF)
		wake_up_all(&p->wwait);
	return done != 0 ? (ssize_t)done : err;
}

static long broken_pipe(void)
{
	if (current->sighand != NULL && (current->sighand->caught & BIT(SIGPIPE - 1)))
		send_signal_thread(current, SIGPIPE, NULL);
	return -EPIPE;
}

static ssize_t pipe_write(struct file *f, vaddr_t ubuf, size_t n, u64 *pos)
{
	struct pipe *p = f->private;
	size_t done = 0;
	long err = 0;

	(void)pos;
	if (n == 0)
		return 0;
	mutex_lock(&p->lock);
	while (done < n) {
		u32 room = PIPE_SIZE - (p->head - p->tail);
		u32 need = n <= PIPE_BUF ? (u32)(n - done) : 1;
		struct page *page;
		size_t chunk, got;
		u32 off;

		if (unlikely(p->readers == 0)) {
			err = broken_pipe();
			break;
		}
		if (room < need) {
			WRITE_ONCE(p->used, p->head - p->tail);
			mutex_unlock(&p->lock);
			wake_up_all(&p->rwait);
			if (f->flags & O_NONBLOCK)
				return done != 0 ? (ssize_t)done : -EAGAIN;
			err = wait_event_interruptible(&p->wwait,
						       PIPE_SIZE - pipe_used(p) >= PIPE_BUF ||
						       READ_ONCE(p->readers) == 0);
			if (err)
				return done != 0 ? (ssize_t)done : err;
			mutex_lock(&p->lock);
			continue;
		}
		off = p->head % PAGE_SIZE;
		page = p->pages[p->head / PAGE_SIZE % PIPE_PAGES];
		if (unlikely(page == NULL)) {
			page = alloc_page(GFP_HIGHUSER);
			if (page == NULL) {
				err = -ENOMEM;
				break;
			}
			p->pages[p->head / PAGE_SIZE % PIPE_PAGES] = page;
			atomic_add(&pipe_pages, 1);
		}
		room = MIN(room, (u32)PAGE_SIZE - off);
		chunk = MIN(n - done, (size_t)room);
		got = copy_from_user_partial((char *)page_address(page) + off, ubuf + done, chunk);
		p->head += (u32)got;
		done += got;
		if (unlikely(got != chunk)) {
			err = -EFAULT;
			break;
		}
	}
	WRITE_ONCE(p->used, p->head - p->tail);
	mutex_unlock(&p->lock);
	if (done != 0)
		wake_up_all(&p->rwait);
	return done != 0 ? (ssize_t)done : err;
}

static unsigned pipe_poll(struct file *f, struct wait_queue **wq)
{
	struct pipe *p = f->private;
	unsigned ev = 0;

	if ((f->flags & O_ACCMODE) == O_RDONLY) {
		*wq = &p->rwait;
		if (pipe_used(p) != 0)
			ev |= POLLIN;
		if (READ_ONCE(p->writers) == 0)
			ev |= POLLHUP;
	} else {
		*wq = &p->wwait;
		if (PIPE_SIZE - pipe_used(p) >= PIPE_BUF)
			ev |= POLLOUT;
		if (READ_ONCE(p->readers) == 0)
			ev |= POLLERR;
	}
	return ev;
}

static long pipe_ioctl(struct file *f, unsigned cmd, vaddr_t arg)
{
	struct pipe *p = f->private;
	int n = (int)pipe_used(p);

	return cmd == FIONREAD ? copy_to_user(arg, &n, sizeof(n)) : -ENOTTY;
}

static void pipe_release(struct file *f)
{
	struct pipe *p = f->private;

	mutex_lock(&p->lock);
	if ((f->flags & O_ACCMODE) == O_RDONLY)
		p->readers--;
	else
		p->writers--;
	mutex_unlock(&p->lock);
	wake_up_all(&p->rwait);
	wake_up_all(&p->wwait);
}

static s64 pipe_llseek(struct file *f, s64 off, int whence)
{
	(void)f, (void)off, (void)whence;
	return -ESPIPE;
}

static const struct file_ops pipe_fops = {
	.read = pipe_read, .write = pipe_write, .poll = pipe_poll, .release = pipe_release,
	.ioctl = pipe_ioctl, .llseek = pipe_llseek,
};

static void pipe_free_inode(struct inode *inode)
{
	struct pipe *p = container_of(inode, struct pipe, inode);

	pipe_free_pages(p, 0);
	kmem_cache_free(pipe_cache, p);
}

static const struct super_ops pipe_sops = { .free_inode = pipe_free_inode };
static struct super_block pipe_sb = { .fstype = "pipefs", .dev = 1, .ops = &pipe_sops };

int pipe_create(struct file **rd, struct file **wr, u32 flags)
{
	struct pipe *p = kmem_cache_alloc(pipe_cache, GFP_KERNEL);

	if (p == NULL)
		return -ENOMEM;
	inode_init(&p->inode, &pipe_sb, (u64)atomic_add_return(&pipe_ino, 1), S_IFIFO | 0600);
	mutex_init(&p->lock, "pipe");
	wait_queue_init(&p->rwait);
	wait_queue_init(&p->wwait);
	p->head = p->tail = p->used = 0;
	p->readers = p->writers = 1;
	for (unsigned i = 0; i < PIPE_PAGES; i++)
		p->pages[i] = NULL;
	flags &= O_NONBLOCK;
	*rd = file_alloc(&p->inode, &pipe_fops, O_RDONLY | flags);
	if (IS_ERR(*rd))
		goto put_inode;
	*wr = file_alloc(inode_ref(&p->inode), &pipe_fops, O_WRONLY | flags);
	if (IS_ERR(*wr)) {
		(*rd)->ops = NULL;
		file_put(*rd);
		goto put_inode;
	}
	(*rd)->private = (*wr)->private = p;
	return 0;
put_inode:
	inode_put(&p->inode);
	return -ENOMEM;
}

void pipe_init(void)
{
	pipe_cache = kmem_cache_create("pipe", sizeof(struct pipe), 0, SLAB_PANIC, NULL, NULL);
	pipe_pages_soft = MAX(nr_total_pages() / 64, 64UL);
}
