// SPDX-License-Identifier: MIT
/*
 * sys_file.c - the system calls on files and names.
 *
 * Each handler fetches its arguments from the program, checks them, and calls the VFS.  They
 * return a value or -errno; user pointers arrive as vaddr_t and are only ever handed to the
 * copy functions.
 *
 * Decisions:
 *   Permission bits are stored and shown and not enforced: there is one user.  open(2) takes no
 *     notice of its third argument, because xv6's programs pass none and the register
 *     holds anything: files are made 0755 (whatever a program writes may be run).
 *   unlink removes empty directories too, as xv6's does; rmdir removes only directories.
 *   A count above LONG_MAX is -EINVAL (xv6's programs pass -1 as int).
 *   read of a directory gives xv6's records (readdir.c).
 *   Positions: a file that only one task can reach needs no lock for its position.
 */
#include "fs/vfs_internal.h"
#include "proc/sched.h"
#include "syscall/sys_file.h"
#include "uapi/poll.h"

/* --- reading and writing --- */

/* Does anyone else have this opening, so that its position needs the lock?
 * Pipes and terminals have none, and must not be locked while they wait. */
static __always_inline bool pos_shared(const struct fd_ref *r)
{
	return (r->file->flags & FILE_SEEKS) && (r->put || atomic_read(&r->file->refs) > 1);
}

static __noinline long read_shared(int fd, vaddr_t buf, size_t n)
{
	struct fd_ref r = fdget(fd);
	long ret;

	if (r.file == NULL)
		return -EBADF;
	if (pos_shared(&r)) {
		mutex_lock(&r.file->pos_lock);
		ret = vfs_read(r.file, buf, n, &r.file->pos);
		mutex_unlock(&r.file->pos_lock);
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
		mutex_lock(&r.file->pos_lock);
		ret = vfs_write(r.file, buf, n, &r.file->pos);
		mutex_unlock(&r.file->pos_lock);
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

	if (likely(f != NULL && (f->flags & FILE_READS) && (ssize_t)n >= 0 &&
		   (!(f->flags & FILE_SEEKS) || atomic_read(&f->refs) == 1)))
		return f->ops->read(f, buf, n, &f->pos);
	return read_shared(fd, buf, n);
}

long sys_write(int fd, vaddr_t buf, size_t n)
{
	struct file *f = fd_private(fd);

	if (likely(f != NULL && (f->flags & FILE_WRITES) && (ssize_t)n >= 0 &&
		   (!(f->flags & FILE_SEEKS) || atomic_read(&f->refs) == 1)))
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

	if (likely(f != NULL && (s64)(n | pos) >= 0 && (f->flags & (FILE_SEEKS | FILE_READS)) ==
		   (FILE_SEEKS | FILE_READS)))
		return f->ops->read(f, buf, n, &pos);
	return pread_pwrite(fd, buf, n, off, false);
}

long sys_pwrite(int fd, vaddr_t buf, size_t n, s64 off)
{
	struct file *f = fd_private(fd);
	u64 pos = (u64)off;

	if (likely(f != NULL && (s64)(n | pos) >= 0 && (f->flags & (FILE_SEEKS | FILE_WRITES)) ==
		   (FILE_SEEKS | FILE_WRITES)))
		return f->ops->write(f, buf, n, &pos);
	return pread_pwrite(fd, buf, n, off, true);
}

#define IOV_MAX		1024
#define IOV_CHUNK	16

struct iovec_abi {
	vaddr_t base;
	size_t len;
};

static long vector_io(int fd, vaddr_t uiov, long count, bool write)
{
	struct iovec_abi iov[IOV_CHUNK];
	struct fd_ref r = fdget(fd);
	bool locked;
	long done = 0, ret = 0;
	size_t total = 0;

	if (r.file == NULL)
		return -EBADF;
	if (count < 0 || count > IOV_MAX) {
		fdput(r);
		return -EINVAL;
	}
	locked = pos_shared(&r);
	if (locked)
		mutex_lock(&r.file->pos_lock);
	for (long i = 0; i < count && ret >= 0; i += IOV_CHUNK) {
		long n = MIN(count - i, (long)IOV_CHUNK);

		ret = copy_from_user(iov, uiov + (size_t)i * sizeof(iov[0]),
				     (size_t)n * sizeof(iov[0]));
		for (long k = 0; k < n && ret >= 0; k++) {
			if ((ssize_t)iov[k].len < 0 || (ssize_t)(total += iov[k].len) < 0) {
				ret = -EINVAL;
				break;
			}
			if (iov[k].len == 0)
				continue;
			ret = write ? vfs_write(r.file, iov[k].base, iov[k].len, &r.file->pos)
				    : vfs_read(r.file, iov[k].base, iov[k].len, &r.file->pos);
			if (ret > 0)
				done += ret;
			if (ret >= 0 && (size_t)ret < iov[k].len)
				goto out;
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

/* The first byte at or after pos that is data (or a hole). Only what is not cached and has
 * no place in a memory-only file is known to be a hole; elsewhere all is data. */
static s64 seek_data(struct file *f, u64 pos, bool hole)
{
	struct address_space *m = f->inode->mapping;
	u64 size = READ_ONCE(f->inode->size), index = pos >> PAGE_SHIFT;
	bool present;

	if (pos >= size)
		return -ENXIO;
	if (!(m->flags & AS_SHMEM))
		return (s64)(hole ? size : pos);
	for (; index << PAGE_SHIFT < size; index++) {
		struct page *page = find_get_page(m, index);

		present = page != NULL;
		if (present)
			put_page(page);
		if (present != hole)
			return (s64)MAX(pos, index << PAGE_SHIFT);
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
		mutex_lock(&r.file->pos_lock);
		ret = generic_llseek(r.file, off, whence);
		mutex_unlock(&r.file->pos_lock);
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

#define SETTABLE_FLAGS	(O_APPEND | O_NONBLOCK)

long sys_fcntl(int fd, int cmd, unsigned long arg)
{
	struct file *f = fd_get(fd);
	long ret;

	if (f == NULL)
		return -EBADF;
	switch (cmd) {
	case F_DUPFD:
		ret = -EINVAL;
		if (arg < (unsigned long)fd_limit())
			ret = fd_install_from(f, false, (unsigned)arg);
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

/* --- names --- */

/* Fetch a path.  => 0, -EFAULT, -ENAMETOOLONG */
static __always_inline long get_path(char *buf, vaddr_t upath)
{
	ssize_t len = strncpy_from_user(buf, upath, PATH_MAX);

	return len < 0 ? len : 0;
}

#define FILE_MODE	0755u

long sys_open(vaddr_t upath, u32 flags, u32 mode)
{
	char path[PATH_MAX];
	struct file *f;
	long err = get_path(path, upath);
	int fd;

	(void)mode;
	if (unlikely(err))
		return err;
	if (unlikely((flags & O_ACCMODE) == O_ACCMODE))
		return -EINVAL;
	f = file_open(path, flags, FILE_MODE);
	if (IS_ERR(f))
		return PTR_ERR(f);
	fd = fd_install(f, flags & O_CLOEXEC);
	if (unlikely(fd < 0))
		file_put(f);
	return fd;
}

long sys_mknod(vaddr_t upath, u32 major, u32 minor)
{
	char path[PATH_MAX];
	long err = get_path(path, upath);

	if (err)
		return err;
	if ((int)major < 0 || (int)minor < 0 || major > 0xffff || minor > 0xffff)
		return -EINVAL;
	return vfs_create(path, S_IFCHR | 0666, major << 16 | minor);
}

long sys_mkdir2(vaddr_t upath, u32 mode)
{
	char path[PATH_MAX];
	long err = get_path(path, upath);

	return err ? err : vfs_create(path, S_IFDIR | (mode & 07777), 0);
}

long sys_mkdir(vaddr_t upath)
{
	return sys_mkdir2(upath, 0755);
}

long sys_unlink(vaddr_t upath)
{
	char path[PATH_MAX];
	long err = get_path(path, upath);

	return err ? err : vfs_unlink(path, true, true);
}

long sys_rmdir(vaddr_t upath)
{
	char path[PATH_MAX];
	long err = get_path(path, upath);

	return err ? err : vfs_unlink(path, true, false);
}

/* Two paths at once need more stack than one should use: the second is allocated. */
static long with_two_paths(vaddr_t uold, vaddr_t unew, int (*fn)(const char *, const char *))
{
	char old[PATH_MAX], *new;
	long err = get_path(old, uold);

	if (err)
		return err;
	new = kmalloc(PATH_MAX, GFP_KERNEL);
	if (new == NULL)
		return -ENOMEM;
	err = get_path(new, unew);
	if (err == 0)
		err = fn(old, new);
	kfree(new);
	return err;
}

long sys_link(vaddr_t uold, vaddr_t unew)
{
	return with_two_paths(uold, unew, vfs_link);
}

long sys_rename(vaddr_t uold, vaddr_t unew)
{
	return with_two_paths(uold, unew, vfs_rename);
}

long sys_chdir(vaddr_t upath)
{
	char path[PATH_MAX];
	long err = get_path(path, upath);

	return err ? err : vfs_chdir(path);
}

/* The length with the terminator, as Linux's call; -ERANGE if it does not fit. */
long sys_getcwd(vaddr_t buf, size_t size)
{
	char *text = path_absolute(".");
	size_t len;
	long ret;

	if (text == NULL)
		return -ENOMEM;
	len = strlen(text) + 1;
	ret = -ERANGE;
	if (len <= size) {
		ret = copy_to_user(buf, text, len);
		if (ret == 0)
			ret = (long)len;
	}
	kfree(text);
	return ret;
}

/* mount(source, target, type, flags): flags 1 is read-only. */
long sys_mount(vaddr_t usource, vaddr_t utarget, vaddr_t utype, unsigned long flags)
{
	char target[PATH_MAX], source[32] = "", type[16];
	long err = get_path(target, utarget);
	ssize_t len;

	if (err)
		return err;
	if (usource != 0) {
		len = strncpy_from_user(source, usource, sizeof(source));
		if (len < 0)
			return len;
	}
	len = strncpy_from_user(type, utype, sizeof(type));
	if (len < 0)
		return len == -ENAMETOOLONG ? -ENODEV : len;
	if (flags & ~1UL)
		return -EINVAL;
	return vfs_mount(source, target, type, flags & 1);
}

long sys_umount(vaddr_t upath)
{
	char path[PATH_MAX];
	long err = get_path(path, upath);

	return err ? err : vfs_umount(path);
}

long sys_truncate(vaddr_t upath, s64 size)
{
	char path[PATH_MAX];
	struct inode *inode;
	long err = get_path(path, upath);

	if (err)
		return err;
	if (size < 0)
		return -EINVAL;
	inode = path_lookup(path);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	err = atomic_read(&inode->writers) < 0 ? -ETXTBSY : vfs_truncate(inode, (u64)size);
	inode_put(inode);
	return err;
}

/* --- attributes --- */

/* xv6's fstat. */
long sys_fstat(int fd, vaddr_t ust)
{
	struct fd_ref r = fdget(fd);
	struct inode *i;
	struct xv6_stat st = { 0 };

	if (r.file == NULL)
		return -EBADF;
	i = r.file->inode;
	st.dev = i->sb != NULL ? (int)i->sb->dev : 0;
	st.ino = (unsigned)i->ino;
	st.type = S_ISDIR(i->mode) ? XV6_T_DIR : S_ISREG(i->mode) ? XV6_T_FILE : XV6_T_DEVICE;
	st.nlink = (short)i->nlink;
	st.size = READ_ONCE(i->size);
	fdput(r);
	return copy_to_user(ust, &st, sizeof(st));
}

long sys_fstat2(int fd, vaddr_t ust)
{
	struct fd_ref r = fdget(fd);
	struct kstat st;

	if (r.file == NULL)
		return -EBADF;
	vfs_stat(r.file->inode, &st);
	fdput(r);
	return copy_to_user(ust, &st, sizeof(st));
}

/* The inode of a user's path. */
static struct inode *user_inode(vaddr_t upath)
{
	char path[PATH_MAX];
	long err = get_path(path, upath);

	return err ? ERR_PTR(err) : path_lookup(path);
}

long sys_stat(vaddr_t upath, vaddr_t ust)
{
	struct inode *i = user_inode(upath);
	struct kstat st;

	if (IS_ERR(i))
		return PTR_ERR(i);
	vfs_stat(i, &st);
	inode_put(i);
	return copy_to_user(ust, &st, sizeof(st));
}

/* One user, who may do everything: the file must exist, and be writable if asked. */
long sys_access(vaddr_t upath, int mode)
{
	struct inode *i = user_inode(upath);
	long err = 0;

	if (IS_ERR(i))
		return PTR_ERR(i);
	if (mode & ~7)
		err = -EINVAL;
	else if ((mode & 2) && i->sb != NULL && i->sb->readonly)
		err = -EROFS;
	else if ((mode & 1) && S_ISREG(i->mode) && !(i->mode & 0111))
		err = -EACCES;
	inode_put(i);
	return err;
}

long sys_statfs(vaddr_t upath, vaddr_t ust)
{
	struct inode *i = user_inode(upath);
	struct statfs st = { .f_bsize = PAGE_SIZE, .f_namelen = NAME_MAX };
	long err = 0;

	if (IS_ERR(i))
		return PTR_ERR(i);
	strlcpy(st.f_type, i->sb->fstype, sizeof(st.f_type));
	if (i->sb->ops->statfs != NULL)
		err = i->sb->ops->statfs(i->sb, &st);
	inode_put(i);
	return err ? err : copy_to_user(ust, &st, sizeof(st));
}

#define UTIME_NOW	((1L << 30) - 1)
#define UTIME_OMIT	((1L << 30) - 2)

static bool valid_time(const struct timespec *ts)
{
	if (ts->tv_nsec == UTIME_NOW || ts->tv_nsec == UTIME_OMIT)
		return true;
	return ts->tv_sec >= 0 && ts->tv_sec <= 9000000000L && ts->tv_nsec >= 0 &&
	       ts->tv_nsec < (long)NSEC_PER_SEC;
}

static u64 new_time(const struct timespec *ts, u64 old, u64 now)
{
	if (ts->tv_nsec == UTIME_NOW)
		return now;
	if (ts->tv_nsec == UTIME_OMIT)
		return old;
	return (u64)ts->tv_sec * NSEC_PER_SEC + (u64)ts->tv_nsec;
}

/* utimens(path, times): two struct timespec, access and modification; 0: now. */
long sys_utimens(vaddr_t upath, vaddr_t utimes)
{
	struct timespec ts[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	u64 now = time_realtime_ns();
	struct inode *i;
	long err;

	if (utimes != 0) {
		err = copy_from_user(ts, utimes, sizeof(ts));
		if (err)
			return err;
		if (!valid_time(&ts[0]) || !valid_time(&ts[1]))
			return -EINVAL;
	}
	i = user_inode(upath);
	if (IS_ERR(i))
		return PTR_ERR(i);
	err = -EROFS;
	if (i->sb == NULL || !i->sb->readonly) {
		down_write(&i->lock);
		i->atime = new_time(&ts[0], i->atime, now);
		i->mtime = new_time(&ts[1], i->mtime, now);
		i->ctime = now;
		i->mtime_tick = 0;
		up_write(&i->lock);
		if (i->sb != NULL && i->sb->ops->write_inode != NULL)
			inode_mark_dirty(i);
		err = 0;
	}
	inode_put(i);
	return err;
}

long sys_getdents(int fd, vaddr_t buf, size_t n)
{
	struct file *f = fd_get(fd);
	long ret;

	if (f == NULL)
		return -EBADF;
	mutex_lock(&f->pos_lock);
	ret = dir_getdents(f, buf, n, &f->pos);
	mutex_unlock(&f->pos_lock);
	file_put(f);
	return ret;
}

/* --- poll --- */

struct poll_timer {
	struct timer timer;
	struct task *task;
	bool fired;
};

static void poll_timeout(struct timer *t)
{
	struct poll_timer *pt = container_of(t, struct poll_timer, timer);

	WRITE_ONCE(pt->fired, true);
	wake_task(pt->task, BIT(TASK_INTERRUPTIBLE));
}

#define POLL_FEW	8

struct poll_slot {
	struct waiter w;
	struct wait_queue *wq;		/* NULL: waits nowhere */
	struct file *file;		/* a reference while polled */
};

/* Look at all of them; join: be on their queues first (a waker has taken us off).
 * => how many have events */
static int poll_scan(struct pollfd *fds, struct poll_slot *slots, unsigned n, bool join)
{
	int ready = 0;

	for (unsigned i = 0; i < n; i++) {
		struct poll_slot *s = &slots[i];
		unsigned ev = POLLIN | POLLOUT;

		if (fds[i].fd < 0)
			continue;
		if (s->file == NULL) {
			ev = POLLNVAL;
		} else if (s->file->ops->poll != NULL) {
			if (join && s->wq != NULL)
				wait_prepare(s->wq, &s->w, true);
			ev = s->file->ops->poll(s->file, &s->wq);
		}
		fds[i].revents = (short)(ev & ((unsigned)fds[i].events | POLLERR | POLLHUP | POLLNVAL));
		ready += fds[i].revents != 0;
	}
	return ready;
}

long sys_poll(vaddr_t ufds, unsigned n, int timeout_ms)
{
	struct pollfd few_fds[POLL_FEW], *fds = few_fds;
	struct poll_slot few[POLL_FEW], *slots = few;
	struct poll_timer pt = { .task = current, .fired = false };
	long ret;

	if (n > NOFILE_MAX)
		return -EINVAL;
	if (n > POLL_FEW) {
		fds = kmalloc(n * sizeof(*fds), GFP_KERNEL);
		slots = kmalloc(n * sizeof(*slots), GFP_KERNEL);
		ret = -ENOMEM;
		if (fds == NULL || slots == NULL)
			goto free;
	}
	ret = copy_from_user(fds, ufds, n * sizeof(*fds));
	if (ret)
		goto free;
	for (unsigned i = 0; i < n; i++) {
		slots[i].wq = NULL;
		waiter_init(&slots[i].w, current, false);
		slots[i].file = fds[i].fd >= 0 ? fd_get(fds[i].fd) : NULL;
		fds[i].revents = 0;
	}
	ret = poll_scan(fds, slots, n, false);
	if (ret == 0 && timeout_ms != 0) {
		timer_init(&pt.timer, poll_timeout);
		if (timeout_ms > 0)
			timer_arm(&pt.timer, time_ns() + (u64)timeout_ms * NSEC_PER_MSEC);
		for (;;) {
			set_state(TASK_INTERRUPTIBLE);
			ret = poll_scan(fds, slots, n, true);
			if (ret != 0 || READ_ONCE(pt.fired))
				break;
			ret = -EINTR;
			if (signal_pending_current())
				break;
			schedule();
		}
		set_state(TASK_RUNNING);
		timer_cancel(&pt.timer);
	}
	for (unsigned i = 0; i < n; i++) {
		if (slots[i].wq != NULL)
			wait_finish(slots[i].wq, &slots[i].w);
		if (slots[i].file != NULL)
			file_put(slots[i].file);
	}
	if (ret >= 0 && copy_to_user(ufds, fds, n * sizeof(*fds)) != 0)
		ret = -EFAULT;
free:
	if (n > POLL_FEW) {
		kfree(fds);
		kfree(slots);
	}
	return ret;
}
