// SPDX-License-Identifier: MIT
/*
 * file.c - open files: what open(2) makes and close(2) ends.
 *
 * A struct file is one opening: a position, flags, and the operations of what was opened
 * (a regular file's or a directory's own; those of the driver for a device).  dup and fork
 * share it.  It has a reference to its inode and lives in a slab cache whose objects keep
 * their lock constructed from one use to the next.
 *
 * Deleted while open: the inode stays until the last file goes (inode.c).
 *
 * Truncation, for which this file has the order that mappings rely on (mapped.c):
 *   1. zero the tail of what becomes the last page, so that growing again shows zeros;
 *   2. set inode->size: from now on faults behind it are SIGBUS, reads end before it;
 *   3. detach the pages behind it and remove their PTEs (truncate_pages);
 *   4. let the file system free the blocks;
 *   5. detach pages once more: a reader who looked at the size before 2 may have made one
 *      after 3 that still knows its block.  One made after 4 finds a hole.
 * All under inode->lock, held for writing, so that no write(2) is in between.
 */
#include "fs/vfs_internal.h"
#include "mm/cache/cache_internal.h"
#include "proc/sched.h"

static struct kmem_cache *file_cache;

static void file_ctor(void *obj)
{
	struct file *f = obj;

	mutex_init(&f->pos_lock, "file_pos");
}

void file_init(void)
{
	file_cache = kmem_cache_create("file", sizeof(struct file), 0, SLAB_PANIC, file_ctor, NULL);
}

struct file *file_alloc(struct inode *inode, const struct file_ops *ops, u32 flags)
{
	struct file *f = kmem_cache_alloc(file_cache, GFP_KERNEL);

	if (f == NULL)
		return ERR_PTR(-ENOMEM);
	atomic_set(&f->refs, 1);
	if ((flags & O_ACCMODE) != O_WRONLY && ops->read != NULL)
		flags |= flags & FILE_SEEKS ? FILE_READS | FILE_PREADS : FILE_READS;
	if ((flags & O_ACCMODE) != O_RDONLY && ops->write != NULL)
		flags |= FILE_WRITES;
	f->flags = flags;
	f->pos = 0;
	f->inode = inode;
	f->ops = ops;
	f->private = NULL;
	f->ra = (struct file_ra){ .prev = ~0UL };
	f->path = NULL;
	return f;
}

static __noinline void file_free(struct file *f)
{
	if (f->ops != NULL && f->ops->release != NULL)
		f->ops->release(f);
	if (f->flags & FILE_WRITER)
		atomic_dec(&f->inode->writers);
	if (f->flags & FILE_EXEC)
		inode_allow_write(f->inode);
	inode_put(f->inode);
	if (f->path != NULL)
		kfree(f->path);
	kmem_cache_free(file_cache, f);
}

void file_put(struct file *f)
{
	/* Alone with the last reference: no one is left to race with. */
	if (likely(smp_load_acquire(&f->refs.v) == 1) || atomic_dec_and_test(&f->refs))
		file_free(f);
}

/* The operations behind an inode. */
static const struct file_ops *inode_fops(struct inode *inode)
{
	if (S_ISCHR(inode->mode))
		return chrdev_ops(inode->rdev >> 16);
	return inode->fops;
}

/* One more opener that may write, unless the file is a running program. */
static int get_write_access(struct inode *inode)
{
	s32 old = atomic_read(&inode->writers);

	while (old >= 0)
		if (__atomic_compare_exchange_n(&inode->writers.v, &old, old + 1, false,
						__ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			return 0;
	return -ETXTBSY;
}

struct file *file_open(const char *path, u32 flags, u32 mode)
{
	bool created, wants_write = (flags & O_ACCMODE) != O_RDONLY;
	struct inode *inode = path_open(path, flags, mode, &created);
	const struct file_ops *ops;
	struct file *f;
	int err;

	if (unlikely(IS_ERR(inode)))
		return (struct file *)inode;
	if (S_ISDIR(inode->mode)) {
		err = -EISDIR;
		if (wants_write || (flags & (O_CREAT | O_TRUNC)))
			goto put_inode;
	} else {
		err = -ENOTDIR;
		if (flags & O_DIRECTORY)
			goto put_inode;
	}
	flags &= ~(O_CREAT | O_EXCL | O_DIRECTORY | O_CLOEXEC | FILE_MASK);
	err = -ENXIO;
	ops = inode_fops(inode);
	if (ops == NULL)
		goto put_inode;
	if (!S_ISCHR(inode->mode))
		flags |= FILE_SEEKS;
	if (wants_write && S_ISREG(inode->mode)) {
		err = -EROFS;
		if (inode->sb != NULL && inode->sb->readonly)
			goto put_inode;
		err = get_write_access(inode);
		if (err)
			goto put_inode;
		flags |= FILE_WRITER;
	}
	f = file_alloc(inode, ops, flags & ~O_TRUNC);
	err = PTR_ERR(f);
	if (IS_ERR(f))
		goto put_write;
	if ((flags & O_TRUNC) && wants_write && S_ISREG(inode->mode) && inode->size != 0 &&
	    inode->mapping->ops != NULL) {
		err = vfs_truncate(inode, 0);
		if (err)
			goto put_file;
	}
	if (ops->open != NULL) {
		err = ops->open(inode, f);
		if (err) {
			f->ops = NULL;		/* never opened: nothing to release */
			goto put_file;
		}
	}
	f->path = path_absolute(path);		/* for /proc only: may be missing */
	return f;

put_file:
	file_put(f);
	return ERR_PTR(err);
put_write:
	if (flags & FILE_WRITER)
		atomic_dec(&inode->writers);
put_inode:
	inode_put(inode);
	return ERR_PTR(err);
}

ssize_t vfs_read(struct file *f, vaddr_t ubuf, size_t n, u64 *pos)
{
	if (unlikely((f->flags & O_ACCMODE) == O_WRONLY))
		return -EBADF;
	if (unlikely((ssize_t)n < 0))
		return -EINVAL;
	if (unlikely(f->ops->read == NULL))
		return S_ISDIR(f->inode->mode) ? dir_read(f, ubuf, n, pos) : -EINVAL;
	return f->ops->read(f, ubuf, n, pos);
}

/* A file is to be longer than RLIMIT_FSIZE allows. */
static int too_long(void)
{
	struct siginfo_abi info = { .si_signo = SIGXFSZ, .si_code = SI_KERNEL };

	send_signal_thread(current, SIGXFSZ, &info);
	return -EFBIG;
}

ssize_t vfs_write(struct file *f, vaddr_t ubuf, size_t n, u64 *pos)
{
	u64 limit = file_size_limit(), at;

	if (unlikely((f->flags & O_ACCMODE) == O_RDONLY))
		return -EBADF;
	if (unlikely((ssize_t)n < 0))
		return -EINVAL;
	if (unlikely(f->ops->write == NULL))
		return -EINVAL;
	if (unlikely(limit != RLIM_INFINITY) && S_ISREG(f->inode->mode) && n != 0) {
		at = f->flags & O_APPEND ? READ_ONCE(f->inode->size) : *pos;
		if (at >= limit)
			return too_long();
		n = MIN(n, limit - at);
	}
	return f->ops->write(f, ubuf, n, pos);
}

int generic_fsync(struct file *f)
{
	struct inode *inode = f->inode;
	int err = filemap_write(inode->mapping, 0, ~0UL, true), e;

	inode_write_back(inode);
	e = filemap_check_errors(inode->mapping);
	return e ? e : err;
}

int vfs_fsync(struct file *f)
{
	if (f->ops->fsync != NULL)
		return f->ops->fsync(f);
	return S_ISREG(f->inode->mode) || S_ISDIR(f->inode->mode) ? generic_fsync(f) : -EINVAL;
}

/* Zero bytes [size, old end) of the page that will be the last, in memory and, where it has
 * a place there, on disk. => inode->lock held for writing, size < inode->size */
static int zero_tail(struct inode *inode, u64 size)
{
	struct address_space *m = inode->mapping;
	unsigned off = size & (PAGE_SIZE - 1);
	u64 base = size - off;
	unsigned end = (unsigned)MIN(inode->size - base, PAGE_SIZE);
	struct page *page;
	int err;

	if (off == 0)
		return 0;
	if (m->ops->read_pages == NULL) {
		page = find_get_page(m, base >> PAGE_SHIFT);
		if (page == NULL)
			return 0;		/* a hole in a tmpfs file */
	} else {
		page = read_mapping_page(m, base >> PAGE_SHIFT);
		if (IS_ERR(page))
			return PTR_ERR(page);
	}
	lock_page(page);
	err = m->ops->write_begin != NULL ? m->ops->write_begin(m, page, off, end) : 0;
	memset((char *)page_address(page) + off, 0, PAGE_SIZE - off);
	if (err == 0) {
		mark_page_dirty(page);
		if (m->ops->write_end != NULL)
			m->ops->write_end(m, page, off, end);
	}
	/* -ENOSPC: it was a hole, and a hole it may stay. */
	if (err == -ENOSPC)
		err = 0;
	unlock_page(page);
	put_page(page);
	return err;
}

int vfs_truncate(struct inode *inode, u64 size)
{
	u64 old;
	int err = 0;

	if (S_ISDIR(inode->mode))
		return -EISDIR;
	if (!S_ISREG(inode->mode) || inode->mapping->ops == NULL)
		return -EINVAL;			/* also what functions make (procfs) */
	if (size > FILE_SIZE_MAX)
		return -EFBIG;
	if (inode->sb != NULL && inode->sb->readonly)
		return -EROFS;
	if (unlikely(size > file_size_limit()) && size > READ_ONCE(inode->size))
		return too_long();
	down_write(&inode->lock);
	old = inode->size;
	if (size == old)
		goto out;
	if (size < old) {
		err = zero_tail(inode, size);
		if (err)
			goto out;
		WRITE_ONCE(inode->size, size);
		truncate_pages(inode->mapping, DIV_ROUND_UP(size, PAGE_SIZE), ~0UL);
	} else {
		pagecache_clear_tail(inode);
		WRITE_ONCE(inode->size, size);
	}
	inode_modified(inode);
	if (inode->iops != NULL && inode->iops->truncate != NULL)
		err = inode->iops->truncate(inode, size);
	if (err && size > old)
		WRITE_ONCE(inode->size, old);
	if (size < old)
		truncate_pages(inode->mapping, DIV_ROUND_UP(size, PAGE_SIZE), ~0UL);
out:
	up_write(&inode->lock);
	return err;
}
