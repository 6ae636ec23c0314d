// SPDX-License-Identifier: MIT
/*
 * sys_name.c - the system calls on names: paths, directories, mounts, attributes.
 *
 * Decisions:
 *   Permission bits are stored and shown and not enforced: there is one user.  open(2) takes no
 *     notice of its third argument, because xv6's programs pass none and the register
 *     holds anything: files are made 0755 (whatever a program writes may be run).
 *   unlink removes empty directories too, as xv6's does; unlink2, which is POSIX's, does not;
 *     rmdir removes only directories.
 */
#include "fs/vfs_internal.h"
#include "syscall/sys_file.h"
#include "syscalls.h"

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

long sys_unlink2(vaddr_t upath)
{
	char path[PATH_MAX];
	long err = get_path(path, upath);

	return err ? err : vfs_unlink(path, false, true);
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

long sys_fchdir(int fd)
{
	struct fd_ref r = fdget(fd);
	long ret;

	if (r.file == NULL)
		return -EBADF;
	ret = vfs_fchdir(r.file);
	fdput(r);
	return ret;
}

/* The length with the terminator, as Linux's call; -ERANGE if it does not fit. */
long sys_getcwd(vaddr_t buf, size_t size)
{
	struct inode *cwd = path_lookup(".");
	size_t len;
	char *text;
	long ret;

	if (IS_ERR(cwd))
		return PTR_ERR(cwd);
	ret = READ_ONCE(cwd->nlink) == 0 ? -ENOENT : 0;	/* removed: it has no name */
	inode_put(cwd);
	if (ret)
		return ret;
	text = path_absolute(".");
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

/* The permission bits are kept and shown; with one user they forbid nothing. */
static long change_mode(struct inode *i, u32 mode)
{
	if (i->sb != NULL && i->sb->readonly)
		return -EROFS;
	down_write(&i->lock);
	i->mode = (i->mode & S_IFMT) | (mode & 07777);
	i->ctime = time_realtime_ns();
	up_write(&i->lock);
	if (i->sb != NULL && i->sb->ops->write_inode != NULL)
		inode_mark_dirty(i);
	return 0;
}

long sys_chmod(vaddr_t upath, u32 mode)
{
	struct inode *i = user_inode(upath);
	long err;

	if (IS_ERR(i))
		return PTR_ERR(i);
	err = change_mode(i, mode);
	inode_put(i);
	return err;
}

long sys_fchmod(int fd, u32 mode)
{
	struct fd_ref r = fdget(fd);
	long err;

	if (r.file == NULL)
		return -EBADF;
	err = change_mode(r.file->inode, mode);
	fdput(r);
	return err;
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
