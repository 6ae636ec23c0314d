// SPDX-License-Identifier: MIT
/*
 * vfs.h - what all file systems have in common: inodes, open files, names, mounts.
 *
 * Locks: (I) inode->lock  (c) constant  (a) atomic  (f) file->pos_lock
 * Order: a directory's inode->lock before its child's; two directories (rename) by
 * ancestry, else by address.
 */
#ifndef FS_VFS_H
#define FS_VFS_H

#include "lib/atomic.h"
#include "lib/list.h"
#include "mm/cache/pagecache.h"
#include "riscv/hart.h"
#include "sync/mutex.h"
#include "sync/rwsem.h"
#include "uapi/errno.h"
#include "uapi/fcntl.h"
#include "uapi/stat.h"

struct inode;
struct file;
struct super_block;
struct vma;
struct wait_queue;

#define NAME_MAX	59	/* longest name of a directory entry: pfs has 64 bytes for one */
#define FILE_SIZE_MAX	(1UL << 46)	/* no file is longer; offsets stay far from overflow */
#define PATH_MAX	1024	/* longest path given to a system call, terminator included */

struct inode_ops {
	/* Directories.  => dir->lock is held: for reading (lookup), for writing (others);
	 * so is, for unlink, rmdir and rename, the victim's.  The VFS has checked that the
	 * name is free (create, link) or names the victim, that rmdir's victim is a directory
	 * and unlink's is none, and that rename makes no loop; whether a directory is empty is
	 * the file system's to say (-ENOTEMPTY).  All keep nlink (".." counts) and times.
	 * lookup: the inode with a reference, or ERR_PTR(-ENOENT, -EIO, ...).  Called with
	 * ".." too, except in a root; never with ".". */
	struct inode *(*lookup)(struct inode *dir, const char *name, size_t len);
	/* The new inode with a reference.  mode is S_IF*; rdev for devices. */
	struct inode *(*create)(struct inode *dir, const char *name, size_t len, u32 mode, u32 rdev);
	int (*link)(struct inode *dir, const char *name, size_t len, struct inode *target);
	int (*unlink)(struct inode *dir, const char *name, size_t len, struct inode *victim);
	int (*rmdir)(struct inode *dir, const char *name, size_t len, struct inode *victim);
	/* victim: what new_name names now, or NULL. */
	int (*rename)(struct inode *old_dir, const char *old_name, size_t old_len, struct inode *what,
		      struct inode *new_dir, const char *new_name, size_t new_len,
		      struct inode *victim);
	/* => inode->lock held for writing.  The VFS has set inode->size to size, dropped the
	 * pages behind it and zeroed (and dirtied) the tail of the last one: free the blocks
	 * behind size, write the attributes.  NULL: nothing to do. */
	int (*truncate)(struct inode *inode, u64 size);
	/* Nobody refers to the inode any more: if nlink is 0, free it on disk. => may sleep */
	void (*evict)(struct inode *inode);
};

/* What readdir hands out. false from emit: the buffer is full, stop. */
struct dir_context {
	bool (*emit)(struct dir_context *ctx, const char *name, size_t len, u64 ino, unsigned type);
	u64 pos;			/* opaque to the caller; 0 is the start */
};

struct file_ops {
	/* All four: bytes done or -errno; pos is advanced. ubuf is a user address. */
	ssize_t (*read)(struct file *f, vaddr_t ubuf, size_t n, u64 *pos);
	ssize_t (*write)(struct file *f, vaddr_t ubuf, size_t n, u64 *pos);
	/* Emit names from ctx->pos on, advancing it past each that was taken; "." and ".." too.
	 * => f->inode->lock is held for reading.  0 or -errno. */
	int (*readdir)(struct file *f, struct dir_context *ctx);
	int (*fsync)(struct file *f);
	int (*open)(struct inode *inode, struct file *f);	/* may be NULL */
	void (*release)(struct file *f);			/* last reference gone */
	long (*ioctl)(struct file *f, unsigned cmd, vaddr_t arg);
	/* POLLIN | POLLOUT ... just now; *wq is where to wait for a change. */
	unsigned (*poll)(struct file *f, struct wait_queue **wq);
	/* Extra checks for mmap; NULL: mappable if the inode has an address_space. */
	int (*mmap)(struct file *f, struct vma *vma);
	s64 (*llseek)(struct file *f, s64 off, int whence);	/* NULL: the usual */
};

struct inode {
	u64 ino;			/* (c) */
	u32 mode;			/* S_IF* (c) and permission bits (I) */
	u32 nlink;			/* (I) */
	u64 size;			/* (I) to change; read with READ_ONCE */
	u64 blocks;			/* (I) 512-byte units in use */
	u32 rdev;			/* (c) device: major << 16 | minor */
	u64 atime, mtime, ctime;	/* (I) ns since 1970 */
	u64 mtime_tick;			/* the coarse clock when mtime was set; inode_modified's */
	struct super_block *sb;		/* (c) */
	const struct inode_ops *iops;	/* (c) */
	const struct file_ops *fops;	/* (c) */
	struct rwsem lock;
	atomic_t refs;			/* (a) */
	atomic_t writers;		/* (a) files open for writing; negative: being executed */
	struct address_space *mapping;	/* (c) usually &data */
	struct address_space data;
	struct list hash_link;		/* inode cache's */
	struct list names;		/* directory: entries of the name cache under it */
	struct wait_queue ready;	/* I_NEW */
	struct list lru_link;		/* unreferenced but kept; inode cache's */
	u32 state;			/* I_* */
	void *private;			/* the file system's */
	struct super_block *mounted;	/* a file system is mounted on this directory */
};

#define I_NEW		0x1u		/* being read: wait */
#define I_DIRTY		0x2u		/* attributes newer than the disk */
#define I_FREEING	0x4u
#define I_BAD		0x8u
#define I_PINNED	0x10u	/* lives in memory only: kept as long as it has a name */

struct super_ops {
	/* Embeds a struct inode; the VFS then calls inode_init on it.  NULL: no memory. */
	struct inode *(*alloc_inode)(struct super_block *sb);
	void (*free_inode)(struct inode *inode);
	int (*write_inode)(struct inode *inode);	/* attributes into the journal */
	int (*sync_fs)(struct super_block *sb);		/* all that is journalled, on disk */
	/* Unmount, the last act: everything is written and no inode is left, not even the root.
	 * May be NULL. */
	void (*put_super)(struct super_block *sb);
	int (*statfs)(struct super_block *sb, struct statfs *st);
};

struct super_block {
	const char *fstype;		/* (c) */
	char source[32];		/* (c) "/dev/vda", "none" */
	u32 dev;			/* (c) st_dev */
	const struct super_ops *ops;	/* (c) */
	struct inode *root;		/* (c) */
	struct inode *covered;		/* the directory it is mounted on; NULL for the root */
	struct bdev *bdev;		/* (c) or NULL */
	bool readonly;
	bool volatile_names;		/* (c) what a name means depends on who asks and when
					 * (procfs): the name cache is never used */
	void *private;
	struct list link;		/* all mounts, in order */
	char path[64];			/* where, as /proc/mounts shows it */
};

struct file_system_type {
	const char *name;
	/* Read the superblock, give sb->root. => 0 or -errno, having said why with printk. */
	int (*mount)(struct super_block *sb, const char *source);
	struct list link;
};

struct file {
	atomic_t refs;
	u32 flags;			/* O_* (uapi/fcntl.h), FILE_* */
	u64 pos;			/* (f) */
	struct mutex pos_lock;
	struct inode *inode;		/* (c) a reference */
	const struct file_ops *ops;	/* (c) */
	void *private;			/* the driver's */
	struct file_ra {		/* read-ahead's memory; races are harmless */
		u64 start;		/* first page of the window */
		u32 size, async;	/* its length; how many of it were read ahead of need */
		u64 prev;		/* page of the last read */
		u32 mode;		/* MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL */
	} ra;
	char *path;			/* absolute name when opened, for /proc; may be NULL */
};

/* In file->flags: a program runs from this file.  exec has counted inode->writers down;
 * the last file_put counts it up again. */
#define FILE_EXEC	0x04000000u
#define FILE_WRITER	0x40000000u	/* counted in inode->writers */
#define FILE_SEEKS	0x20000000u	/* has a position; not a pipe or terminal */
#define FILE_READS	0x10000000u	/* open for reading, and ops->read exists */
#define FILE_WRITES	0x08000000u
#define FILE_PREADS	0x80000000u	/* FILE_SEEKS and FILE_READS; the sign bit is a cheap test */
#define FILE_MASK	0xfc000000u

/* --- inodes (fs/inode.c) --- */
void vfs_init(void);
/* The cached inode, or a new one with I_NEW set that the caller fills and then ends
 * with inode_ready (or inode_failed).  NULL: no memory. */
struct inode *inode_get(struct super_block *sb, u64 ino);
void inode_ready(struct inode *inode);
void inode_failed(struct inode *inode);
static inline struct inode *inode_ref(struct inode *i) { atomic_inc(&i->refs); return i; }
void inode_put(struct inode *inode);		/* => may sleep */
void inode_mark_dirty(struct inode *inode);
/* The data have changed: mtime and ctime. */
void inode_modified(struct inode *inode);
/* A reference if the inode is not being evicted; false for NULL. (write-back) */
struct inode *inode_grab(struct inode *inode);
void inode_write_back(struct inode *inode);	/* write_inode if I_DIRTY */
unsigned long vfs_shrink(unsigned long nr);	/* reclaim: drop unused names and inodes */
void vfs_drop_names(void);			/* drop_caches: all of them */
/* Fill what every inode has. */
void inode_init(struct inode *i, struct super_block *sb, u64 ino, u32 mode);
void inode_evict_all(struct super_block *sb);	/* unmount; -EBUSY is the caller's test */

/* --- names (fs/namei.c) --- */
/* Inode of a path, relative to the current directory. => ERR_PTR(-ENOENT, -ENOTDIR, ...) */
struct inode *path_lookup(const char *path);
/* The directory that holds the last component; that component into name (NAME_MAX+1). */
struct inode *path_parent(const char *path, char *name, size_t *len);
/* Names a file system changed by itself; not needed with volatile_names. */
void dcache_forget(struct inode *dir, const char *name, size_t len);
void dcache_purge(struct inode *dir);		/* all names under a directory */
unsigned long dcache_prune(unsigned long nr);	/* up to nr names not used lately */
int vfs_create(const char *path, u32 mode, u32 rdev);	/* mkdir, mknod; -EEXIST */
int vfs_unlink(const char *path, bool dir, bool file);	/* which kinds it may remove */
int vfs_link(const char *old_path, const char *new_path);
int vfs_rename(const char *old_path, const char *new_path);
int vfs_chdir(const char *path);
int vfs_fchdir(struct file *f);
extern struct inode *vfs_root;			/* "/" ; NULL before mount_root */

/* --- files (fs/file.c) --- */
/* => takes over the caller's reference to inode if it succeeds. ERR_PTR(-ENOMEM) */
struct file *file_alloc(struct inode *inode, const struct file_ops *ops, u32 flags);
struct file *file_open(const char *path, u32 flags, u32 mode);	/* ERR_PTR; kernel's own opens too */
static inline struct file *file_get(struct file *f) { atomic_inc(&f->refs); return f; }
void file_put(struct file *f);			/* => may sleep */
ssize_t vfs_read(struct file *f, vaddr_t ubuf, size_t n, u64 *pos);
ssize_t vfs_write(struct file *f, vaddr_t ubuf, size_t n, u64 *pos);
int vfs_fsync(struct file *f);
int generic_fsync(struct file *f);	/* data, then attributes; then errors are told */
ssize_t dir_read(struct file *f, vaddr_t ubuf, size_t n, u64 *pos);	/* struct xv6_dirent */
int vfs_stat(struct inode *inode, struct kstat *st);
int vfs_truncate(struct inode *inode, u64 size);

/* A task's descriptors, shared by threads. */
#define NOFILE_INIT	64		/* grows to NOFILE_MAX */
#define NOFILE_MAX	1024
struct files {
	atomic_t refs;
	spinlock_t lock;
	unsigned size;			/* slots */
	unsigned next;			/* no free slot below */
	unsigned top;			/* one past the highest open one: slots from here on hold nothing */
	struct file **fd;		/* NULL: free */
	u64 *cloexec;			/* bitmap */
	u64 cloexec_init;
	struct file *fd_init[NOFILE_INIT];
};
struct files *files_alloc(void);
struct files *files_fork(struct files *old);	/* NULL: no memory */
void files_put(struct files *fs);
void files_close_on_exec(struct files *fs);
/* The file of descriptor fd of the current task with a reference, or NULL (-EBADF). */
struct file *fd_get(int fd);
/* The same without touching the count where no other task shares the table, since then nobody
 * can close it meanwhile.  The result (NULL: -EBADF) goes to fdput at the call's end. */
struct fd_ref { struct file *file; bool put; };
#ifdef __KERNEL__
static inline struct fd_ref fdget(int fd)
{
	struct files *fs = current->files;

	if (likely(atomic_read(&fs->refs) == 1))
		return (struct fd_ref){ (unsigned)fd < fs->top ? fs->fd[fd] : NULL, false };
	return (struct fd_ref){ fd_get(fd), true };
}
#endif
static inline void fdput(struct fd_ref r)
{
	if (r.put && r.file != NULL)
		file_put(r.file);
}
/* The lowest free descriptor, at least `from`.  => takes over f's reference if it succeeds;
 * -EMFILE, -ENOMEM: the caller still has it. */
int fd_install(struct file *f, bool cloexec);
int fd_install_from(struct file *f, bool cloexec, unsigned from);
int fd_replace(struct file *f, int fd, bool cloexec);	/* dup2: closes what fd was */
int fd_close(int fd);
int fd_cloexec(int fd, int set);	/* the old setting, or -EBADF; set 0, 1, or -1: only ask */
int fd_limit(void);
/* exec: no one may write a program that runs. => 0 or -ETXTBSY */
int inode_deny_write(struct inode *inode);
void inode_allow_write(struct inode *inode);
/* A task's table with a reference (for /proc), or NULL.
 * => exit sets t->files to NULL before it calls files_put. */
struct files *files_of_task(struct task *t);
/* A task's place in the tree. */
struct fs_info {
	atomic_t refs;
	spinlock_t lock;
	struct inode *cwd;		/* a reference */
	char *cwd_path;			/* absolute, normal form; NULL: "/" */
};
struct fs_info *fs_info_alloc(void);
struct fs_info *fs_info_fork(struct fs_info *old);
void fs_info_put(struct fs_info *fs);

/* --- mounts (fs/mount.c) --- */
void register_filesystem(struct file_system_type *t);
int vfs_mount(const char *source, const char *target, const char *type, bool readonly);
int vfs_umount(const char *target);
void mount_attach(struct inode *dir, struct super_block *sb);	/* sb NULL: detach */
void sync_filesystems(void);
/* Mount the root (root=/dev/vda of bootargs), /proc, /dev, /tmp; powers off with one clear
 * line when there is no disk or no file system. */
void mount_root(void);

/* --- pipes --- */
int pipe_create(struct file **rd, struct file **wr, u32 flags);

/* --- the kinds of file systems; each registers itself here, called by vfs_init --- */
void pfs_init(void);		/* procfs_init and devfs_init: procfs.h */

/* --- devices (fs/chrdev.c, fs/devfs.c) --- */
int chrdev_register(u32 major, const struct file_ops *ops);
const struct file_ops *chrdev_ops(u32 major);
/* Make a name in /dev. */
int devfs_add(const char *name, u32 mode, u32 rdev);

#endif
