// SPDX-License-Identifier: MIT
/*
 * sys_file.c - the system calls on open files and descriptors.
 *
 * Each handler fetches its arguments from the program, checks them, and calls the VFS.  They
 * return a value or -errno; user pointers arrive as vaddr_t and are only ever handed to the
 * copy functions.
 *
 * Decisions:
 *   A count above LONG_MAX is -EINVAL (xv6's programs pass -1 as int).
 *   read of a directory gives xv6's records (readdir.c).
 *   Positions: a file that only one task can reach needs no lock for its position.
 */
#include "fs/vfs_internal.h"
#include "proc/sched.h"
#include "syscall/sys_file.h"
#include "syscalls.h"
#include "uapi/poll.h"

/* --- reading and writing --- */

/* Does anyone else have this opening, so that its position needs the lock?
 * Pipes and terminals have none, and must not be locked while they wait. */
static __always_inline bool pos_shared(const struct fd_ref *r)
{
	return (r->file->flags & FILE_SEEKS) && (r->put || atomic_read(&r->file->refs) > 1);
}

/* So many bytes a call moves, as on Linux: whatever waits for it waits no longer than that. */
#define RW_MAX	((size_t)0x7ffff000)

/* n as the file's operations take it; what is negative stays so. */
static __always_inline size_t rw_count(size_t n)
{
	return (ssize_t)n > (ssize_t)RW_MAX ? RW_MAX : n;
}

/* Whoever has the lock may be long at it.  SIGKILL ends the waiting; another signal must not
 * (lseek has no EINTR), so behind one the rest of the wait is deaf. */
static int lock_pos(struct file *f)
{
	if (likely(mutex_lock_interruptible(&f->pos_lock) == 0))
		return 0;
	if (fatal_signal_pending())
		return -EINTR;
	mutex_lock(&f->pos_lock);
	return 0;
}

static __noinline long read_shared(int fd, vaddr_t buf, size_t n)
{
	struct fd_ref r = fdget(fd);
	long ret;

	if (r.file == NULL)
		return -EBADF;
	if (pos_shared(&r)) {
		ret = lock_pos(r.file);
		if (ret == 0) {
			ret = vfs_read(r.file, buf, n, &r.file->pos);
			mutex_unlock(&r.file->pos_lock);
		}
	} else {
		ret = vfs_read(r.file, buf, n, &r.file->pos);
	}
	fdput(r);
	return ret;
}

static __noinline long write_shared(int fd, vaddr_t buf, size_t n)
{
	struct fd_ref r = fdget(fd);
	long ret;

	if (r.file == NULL)
		return -EBADF;
	if (pos_shared(&r)) {
		ret = lock_pos(r.file);
		if (ret == 0) {
			ret = vfs_write(r.file, buf, n, &r.file->pos);
			mutex_unlock(&r.file->pos_lock);
		}
	} else {
		ret = vfs_write(r.file, buf, n, &r.file->pos);
	}
	fdput(r);
	return ret;
}

/* The file of fd if this task alone can reach its table, so that it needs no reference;
 * else NULL, which does not say that there is none. */
static __always_inline struct file *fd_private(int fd)
{
	struct files *fs = current->files;

	if (likely(atomic_read(&fs->refs) == 1 && (unsigned)fd < fs->top))
		return fs->fd[fd];
	return NULL;
}

/* Reads and writes of a task's own files, or of files without a position, end in a jump
 * to the file's operation: nothing has to be undone after it. */
long sys_read(int fd, vaddr_t buf, size_t n)
{
	struct file *f = fd_private(fd);

	n = rw_count(n);
	if (likely(f != NULL && (f->flags & FILE_READS) && (ssize_t)n >= 0 &&
		   (!(f->flags & FILE_SEEKS) || atomic_read(&f->refs) == 1)))
		return f->ops->read(f, buf, n, &f->pos);
	return read_shared(fd, buf, n);
}

long sys_write(int fd, vaddr_t buf, size_t n)
{
	struct file *f = fd_private(fd);

	n = rw_count(n);
	if (likely(f != NULL && (f->flags & FILE_WRITES) && (ssize_t)n >= 0 &&
		   (!(f->flags & FILE_SEEKS) ||
		    (atomic_read(&f->refs) == 1 && file_size_limit() == RLIM_INFINITY))))
		return f->ops->write(f, buf, n, &f->pos);
	return write_shared(fd, buf, n);
}

static __noinline long pread_pwrite(int fd, vaddr_t buf, size_t n, s64 off, bool write)
{
	struct fd_ref r = fdget(fd);
	u64 pos = (u64)off;
	long ret;

	if (r.file == NULL)
		return -EBADF;
	ret = -ESPIPE;
	if (r.file->flags & FILE_SEEKS) {
		ret = -EINVAL;
		if (off >= 0)
			ret = write ? vfs_write(r.file, buf, n, &pos)
				    : vfs_read(r.file, buf, n, &pos);
	}
	fdput(r);
	return ret;
}

long sys_pread(int fd, vaddr_t buf, size_t n, s64 off)
{
	struct file *f = fd_private(fd);
	u64 pos = (u64)off;

	n = rw_count(n);
	if (likely(f != NULL && (s64)(n | pos) >= 0 && (f->flags & FILE_PREADS)))
		return f->ops->read(f, buf, n, &pos);
	return pread_pwrite(fd, buf, n, off, false);
}

long sys_pwrite(int fd, vaddr_t buf, size_t n, s64 off)
{
	struct file *f = fd_private(fd);
	u64 pos = (u64)off;

	n = rw_count(n);
	if (likely(f != NULL && (s64)(n | pos) >= 0 && (f->flags & (FILE_SEEKS | FILE_WRITES)) ==
		   (FILE_SEEKS | FILE_WRITES) && file_size_limit() == RLIM_INFINITY))
		return f->ops->write(f, buf, n, &pos);
	return pread_pwrite(fd, buf, n, off, true);
}

#define IOV_MAX		1024
#define IOV_CHUNK	16

struct iovec_abi {
	vaddr_t base;
	size_t len;
};

/* The next part of a readv has nothing to give now, and what was read before is not kept waiting:
 * pipes and terminals. */
static bool would_wait(struct file *f)
{
	struct wait_queue *wq;

	return !(f->flags & FILE_SEEKS) && f->ops->poll != NULL &&
	       !(f->ops->poll(f, &wq) & POLLIN);
}

/* Part i of the array, IOV_CHUNK at most. => how many, or -EFAULT */
static long get_iov(struct iovec_abi *iov, vaddr_t uiov, long i, long count)
{
	long n = MIN(count - i, (long)IOV_CHUNK);
	int err = copy_from_user(iov, uiov + (size_t)i * sizeof(iov[0]), (size_t)n * sizeof(iov[0]));

	return err ? err : n;
}

/* The whole array is looked at before the first byte moves; of a short one, that is the only
 * look, and it stays in iov. */
static long check_iov(struct iovec_abi *iov, vaddr_t uiov, long count)
{
	size_t total = 0;
	long n;

	if (count < 0 || count > IOV_MAX)
		return -EINVAL;
	for (long i = 0; i < count; i += n) {
		n = get_iov(iov, uiov, i, count);
		if (n < 0)
			return n;
		for (long k = 0; k < n; k++)
			if ((ssize_t)iov[k].len < 0 || (ssize_t)(total += iov[k].len) < 0)
				return -EINVAL;
	}
	return 0;
}

static long vector_io(int fd, vaddr_t uiov, long count, bool write)
{
	struct iovec_abi iov[IOV_CHUNK];
	struct fd_ref r = fdget(fd);
	size_t left = RW_MAX, len;
	long done = 0, ret, n;
	bool locked = false;

	if (r.file == NULL)
		return -EBADF;
	ret = check_iov(iov, uiov, count);
	if (ret == 0 && pos_shared(&r)) {
		ret = lock_pos(r.file);
		locked = ret == 0;
	}
	for (long i = 0; i < count && ret >= 0; i += n) {
		n = count <= IOV_CHUNK ? count : get_iov(iov, uiov, i, count);
		ret = MIN(n, 0L);
		for (long k = 0; k < n; k++) {
			len = MIN(iov[k].len, left);
			if (len == 0)
				continue;
			if (unlikely(fatal_signal_pending()) ||
			    (!write && done != 0 && would_wait(r.file)))
				goto out;
			ret = write ? vfs_write(r.file, iov[k].base, len, &r.file->pos)
				    : vfs_read(r.file, iov[k].base, len, &r.file->pos);
			if (ret > 0)
				done += ret;
			if (ret < 0 || (size_t)ret < len)
				goto out;
			left -= len;
		}
	}
out:
	if (locked)
		mutex_unlock(&r.file->pos_lock);
	fdput(r);
	return done != 0 ? done : MIN(ret, 0L);
}

long sys_readv(int fd, vaddr_t iov, long count)
{
	return vector_io(fd, iov, count, false);
}

long sys_writev(int fd, vaddr_t iov, long count)
{
	return vector_io(fd, iov, count, true);
}

/* The first page of [index, end) that is in memory and has contents of its own: a page
 * that was only read from a hole has none. */
static u64 next_in_memory(struct address_space *m, u64 index, u64 end)
{
	u32 own = PG_DIRTY | PG_WRITEBACK | PG_LOGGED;
	struct page *page;
	u64 at;

	while (index < end && find_get_pages(m, &index, end - 1, &page, 1) != 0) {
		bool data = (m->flags & AS_SHMEM) || page_test(page, own);

		at = page->index;
		put_page(page);
		if (data)
			return at;
	}
	return end;
}

/* The first byte at or after pos that is data (or a hole); the end of the file is one. */
static s64 seek_data(struct file *f, u64 pos, bool hole)
{
	struct address_space *m = f->inode->mapping;
	u64 size = READ_ONCE(f->inode->size), index = pos >> PAGE_SHIFT;
	u64 end = DIV_ROUND_UP(size, PAGE_SIZE), at;

	if (pos >= size)
		return -ENXIO;
	while (index < end) {
		u64 len = end - index;
		int stored = m->ops->stored != NULL ? m->ops->stored(m, index, &len) : 0;

		if (stored < 0)
			return stored;
		at = stored ? index : next_in_memory(m, index, index + len);
		if (hole && at != index)
			return (s64)MAX(pos, index << PAGE_SHIFT);
		if (!hole && at < index + len)
			return (s64)MAX(pos, at << PAGE_SHIFT);
		index += hole && !stored ? 1 : len;
	}
	return hole ? (s64)size : -ENXIO;
}

static s64 generic_llseek(struct file *f, s64 off, int whence)
{
	s64 base;

	switch (whence) {
	case SEEK_SET:
		base = 0;
		break;
	case SEEK_CUR:
		base = (s64)f->pos;
		break;
	case SEEK_END:
		base = (s64)READ_ONCE(f->inode->size);
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		if (off < 0 || !S_ISREG(f->inode->mode))
			return -ENXIO;
		base = seek_data(f, (u64)off, whence == SEEK_HOLE);
		if (base < 0)
			return base;
		off = 0;
		break;
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(base, off, &base))
		return -EOVERFLOW;
	if (base < 0)
		return -EINVAL;
	f->pos = (u64)base;
	return base;
}

long sys_lseek(int fd, s64 off, int whence)
{
	struct fd_ref r = fdget(fd);
	long ret;

	if (r.file == NULL)
		return -EBADF;
	if (r.file->ops->llseek != NULL) {
		ret = r.file->ops->llseek(r.file, off, whence);
	} else if (!(r.file->flags & FILE_SEEKS)) {
		ret = -ESPIPE;
	} else if (pos_shared(&r)) {
		ret = lock_pos(r.file);
		if (ret == 0) {
			ret = generic_llseek(r.file, off, whence);
			mutex_unlock(&r.file->pos_lock);
		}
	} else {
		ret = generic_llseek(r.file, off, whence);
	}
	fdput(r);
	return ret;
}

long sys_ftruncate(int fd, s64 size)
{
	struct fd_ref r = fdget(fd);
	long ret = -EINVAL;

	if (r.file == NULL)
		return -EBADF;
	if (size >= 0 && (r.file->flags & O_ACCMODE) != O_RDONLY)
		ret = vfs_truncate(r.file->inode, (u64)size);
	fdput(r);
	return ret;
}

long sys_fsync(int fd)
{
	struct fd_ref r = fdget(fd);
	long ret;

	if (r.file == NULL)
		return -EBADF;
	ret = vfs_fsync(r.file);
	fdput(r);
	return ret;
}

long sys_fdatasync(int fd)
{
	return sys_fsync(fd);
}

long sys_sync(void)
{
	sync_filesystems();
	return 0;
}

/* --- descriptors --- */

long sys_close(int fd)
{
	return fd_close(fd);
}

long sys_dup(int fd)
{
	struct file *f = fd_get(fd);
	int ret;

	if (f == NULL)
		return -EBADF;
	ret = fd_install(f, false);
	if (ret < 0)
		file_put(f);
	return ret;
}

long sys_dup2(int fd, int to)
{
	struct file *f = fd_get(fd);
	int ret;

	if (f == NULL)
		return -EBADF;
	if (fd == to) {
		file_put(f);
		return to;
	}
	ret = fd_replace(f, to, false);
	if (ret < 0)
		file_put(f);
	return ret;
}

long sys_dup3(int fd, int to, u32 flags)
{
	struct file *f;
	int ret;

	if ((flags & ~O_CLOEXEC) || fd == to)
		return -EINVAL;
	f = fd_get(fd);
	if (f == NULL)
		return -EBADF;
	ret = fd_replace(f, to, flags & O_CLOEXEC);
	if (ret < 0)
		file_put(f);
	return ret;
}

#define SETTABLE_FLAGS	(O_APPEND | O_NONBLOCK)

long sys_fcntl(int fd, int cmd, unsigned long arg)
{
	struct file *f = fd_get(fd);
	long ret;

	if (f == NULL)
		return -EBADF;
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		ret = -EINVAL;
		if (arg < (unsigned long)fd_limit())
			ret = fd_install_from(f, cmd == F_DUPFD_CLOEXEC, (unsigned)arg);
		if (ret >= 0)
			return ret;
		break;
	case F_GETFD:
		ret = fd_cloexec(fd, -1);
		break;
	case F_SETFD:
		ret = MIN(fd_cloexec(fd, arg & FD_CLOEXEC), 0);
		break;
	case F_GETFL:
		ret = f->flags & ~FILE_MASK;
		break;
	case F_SETFL:
		f->flags = (f->flags & ~SETTABLE_FLAGS) | (arg & SETTABLE_FLAGS);
		ret = 0;
		break;
	default:
		ret = -EINVAL;
	}
	file_put(f);
	return ret;
}

/* request: not all programs extend its sign as the ABI has it. */
long sys_ioctl(int fd, unsigned long request, vaddr_t arg)
{
	unsigned cmd = (unsigned)request;
	struct fd_ref r = fdget(fd);
	long ret = -ENOTTY;

	if (r.file == NULL)
		return -EBADF;
	if (r.file->ops->ioctl != NULL)
		ret = r.file->ops->ioctl(r.file, cmd, arg);
	fdput(r);
	return ret;
}

static long make_pipe(vaddr_t ufds, u32 flags)
{
	struct file *rd, *wr;
	int fds[2], err;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	err = pipe_create(&rd, &wr, flags);
	if (err)
		return err;
	err = fds[0] = fd_install(rd, flags & O_CLOEXEC);
	if (err < 0) {
		file_put(rd);
		file_put(wr);
		return err;
	}
	err = fds[1] = fd_install(wr, flags & O_CLOEXEC);
	if (err < 0) {
		file_put(wr);
		goto close_read;
	}
	err = copy_to_user(ufds, fds, sizeof(fds));
	if (err == 0)
		return 0;
	fd_close(fds[1]);
close_read:
	fd_close(fds[0]);
	return err;
}

long sys_pipe(vaddr_t ufds)
{
	return make_pipe(ufds, 0);
}

long sys_pipe2(vaddr_t ufds, u32 flags)
{
	return make_pipe(ufds, flags);
}

long sys_memfd_create(vaddr_t uname, unsigned flags)
{
	static const char prefix[] = "/memfd:", suffix[] = " (deleted)";
	char name[sizeof(prefix) + 249 + sizeof(suffix)];
	struct file *f;
	ssize_t len;
	int fd;

	if (flags & ~1u)			/* MFD_CLOEXEC */
		return -EINVAL;
	memcpy(name, prefix, sizeof(prefix));
	len = strncpy_from_user(name + sizeof(prefix) - 1, uname, 250);
	if (len < 0)
		return len == -ENAMETOOLONG ? -EINVAL : len;
	strlcat(name, suffix, sizeof(name));
	f = tmpfs_file(0, name);
	if (IS_ERR(f))
		return PTR_ERR(f);
	fd = fd_install(f, flags & 1);
	if (fd < 0)
		file_put(f);
	return fd;
}

long sys_getdents(int fd, vaddr_t buf, size_t n)
{
	struct file *f = fd_get(fd);
	long ret;

	if (f == NULL)
		return -EBADF;
	ret = lock_pos(f);
	if (ret == 0) {
		ret = dir_getdents(f, buf, n, &f->pos);
		mutex_unlock(&f->pos_lock);
	}
	file_put(f);
	return ret;
}
