// SPDX-License-Identifier: MIT
/*
 * pipe.c - pipes: 64 KiB of ring between writers and readers.
 *
 * The ring is 16 page slots; head and tail count bytes for ever and are taken modulo the
 * ring's size, so head - tail is what is in it and neither is ever reset but together, when
 * the pipe runs empty: then the next write starts at the first page again, and a pipe that
 * carries small messages lives in one page that stays in the cache.  Pages come when
 * first written to (the last sixteenth of memory is not for them: a program that fills
 * pipes and waits must not stop all others); when the pipe is empty and pipes hold many
 * pages in all, all but the first go back.
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
	char *data[PIPE_PAGES];		/* (lock) a page each; NULL: none yet */
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

/* The page that holds position pos. */
static inline char *slot(const struct pipe *p, u32 pos)
{
	return p->data[pos / PAGE_SIZE % PIPE_PAGES];
}

static void pipe_free_pages(struct pipe *p, unsigned from)
{
	for (unsigned i = from; i < PIPE_PAGES; i++)
		if (p->data[i] != NULL) {
			put_free_page(p->data[i]);
			p->data[i] = NULL;
			atomic_add(&pipe_pages, -1);
		}
}

/* Wait for data. => 1: look again; 0: the end; -EAGAIN, -ERESTARTSYS */
static __noinline long wait_readable(struct pipe *p, struct file *f)
{
	if (READ_ONCE(p->writers) == 0) {
		smp_mb();
		/* Nobody can write any more: what is not there now never comes. */
		return pipe_used(p) != 0;
	}
	if (f->flags & O_NONBLOCK)
		return -EAGAIN;
	return wait_event_interruptible(&p->rwait, pipe_used(p) != 0 ||
					READ_ONCE(p->writers) == 0) ?: 1;
}

/* The general case of copying out: several pages. => lock held; bytes done */
static __noinline size_t copy_out(struct pipe *p, vaddr_t ubuf, size_t n)
{
	size_t done = 0;

	while (done < n && p->head != p->tail) {
		u32 off = p->tail % PAGE_SIZE;
		u32 run = MIN(p->head - p->tail, (u32)PAGE_SIZE - off);
		size_t chunk = MIN(n - done, (size_t)run);
		size_t got = copy_to_user_partial(ubuf + done, slot(p, p->tail) + off, chunk);

		p->tail += (u32)got;
		done += got;
		if (got != chunk)
			break;
	}
	return done;
}

static ssize_t pipe_read(struct file *f, vaddr_t ubuf, size_t n, u64 *pos)
{
	struct pipe *p = f->private;
	size_t done;
	u32 used, off;
	long ret;

	(void)pos;
	if (unlikely(n == 0))
		return 0;
again:
	if (pipe_used(p) == 0) {
		ret = wait_readable(p, f);
		if (ret <= 0)
			return ret;
	}
	mutex_lock(&p->lock);
	used = p->head - p->tail;
	if (unlikely(used == 0)) {		/* another reader was faster */
		mutex_unlock(&p->lock);
		goto again;
	}
	off = p->tail % PAGE_SIZE;
	if (likely(n <= used && off + n <= PAGE_SIZE)) {
		done = copy_to_user_partial(ubuf, slot(p, p->tail) + off, n);
		p->tail += (u32)done;
	} else {
		done = copy_out(p, ubuf, n);
	}
	if (p->head == p->tail) {
		p->head = p->tail = 0;
		if (unlikely((u64)atomic_read(&pipe_pages) > pipe_pages_soft))
			pipe_free_pages(p, 1);
	}
	WRITE_ONCE(p->used, p->head - p->tail);
	mutex_unlock(&p->lock);
	/* Writers sleep only when less than PIPE_BUF was free. */
	if (unlikely(used > PIPE_SIZE - PIPE_BUF))
		wake_up_all(&p->wwait);
	return likely(done != 0) ? (ssize_t)done : -EFAULT;
}

static long broken_pipe(void)
{
	if (current->sighand != NULL && (current->sighand->caught & BIT(SIGPIPE - 1)))
		send_signal_thread(current, SIGPIPE, NULL);
	return -EPIPE;
}

/* Several pages, a page that is not there yet, a full pipe.
 * => lock held, and again on return; done bytes before, the sum after; *err why it ended */
static __noinline size_t copy_in(struct pipe *p, struct file *f, vaddr_t ubuf, size_t n, long *err)
{
	size_t done = 0;

	while (done < n) {
		u32 room = PIPE_SIZE - (p->head - p->tail);
		u32 need = n <= PIPE_BUF ? (u32)(n - done) : 1;
		u32 off = p->head % PAGE_SIZE;
		size_t chunk, got;

		if (unlikely(p->readers == 0)) {
			*err = broken_pipe();
			break;
		}
		if (room < need) {
			WRITE_ONCE(p->used, p->head - p->tail);
			mutex_unlock(&p->lock);
			wake_up_all(&p->rwait);
			*err = -EAGAIN;
			if (!(f->flags & O_NONBLOCK))
				*err = wait_event_interruptible(&p->wwait,
						PIPE_SIZE - pipe_used(p) >= PIPE_BUF ||
						READ_ONCE(p->readers) == 0);
			mutex_lock(&p->lock);
			if (*err)
				break;
			continue;
		}
		if (slot(p, p->head) == NULL) {
			if (!memory_short(16))
				p->data[p->head / PAGE_SIZE % PIPE_PAGES] = get_free_page(GFP_HIGHUSER);
			if (slot(p, p->head) == NULL) {
				*err = -ENOMEM;
				break;
			}
			atomic_add(&pipe_pages, 1);
		}
		room = MIN(room, (u32)PAGE_SIZE - off);
		chunk = MIN(n - done, (size_t)room);
		got = copy_from_user_partial(slot(p, p->head) + off, ubuf + done, chunk);
		p->head += (u32)got;
		done += got;
		if (got != chunk) {
			*err = -EFAULT;
			break;
		}
	}
	return done;
}

static ssize_t pipe_write(struct file *f, vaddr_t ubuf, size_t n, u64 *pos)
{
	struct pipe *p = f->private;
	long err = -EFAULT;
	size_t done;
	u32 off;

	(void)pos;
	if (unlikely(n == 0))
		return 0;
	mutex_lock(&p->lock);
	off = p->head % PAGE_SIZE;
	/* It fits into the page at head, which is there. */
	if (likely(off + n <= PAGE_SIZE && n <= PIPE_SIZE - (p->head - p->tail) &&
		   p->readers != 0 && slot(p, p->head) != NULL)) {
		done = copy_from_user_partial(slot(p, p->head) + off, ubuf, n);
		p->head += (u32)done;
	} else {
		done = copy_in(p, f, ubuf, n, &err);
	}
	WRITE_ONCE(p->used, p->head - p->tail);
	mutex_unlock(&p->lock);
	if (unlikely(done == 0))
		return err;
	wake_up_all(&p->rwait);
	return (ssize_t)done;
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
		p->data[i] = NULL;
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
