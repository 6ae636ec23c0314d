// SPDX-License-Identifier: MIT
/* vfs_internal.h - what the files of the VFS know of each other. */
#ifndef FS_VFS_INTERNAL_H
#define FS_VFS_INTERNAL_H

#include "fs/vfs.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/slab.h"
#include "mm/vm/mm.h"
#include "riscv/timer.h"
#include "uapi/sched.h"

void inode_cache_init(void);
bool inodes_busy(struct super_block *sb, int root_refs);
void inodes_forget_names(struct super_block *sb);
void dcache_init(void);
void file_init(void);
void files_init(void);
void pipe_init(void);
void tmpfs_init(void);
void mount_init(void);
void vfs_proc_init(void);

static inline bool is_dots(const char *name, size_t len)
{
	return name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'));
}

/* What name means, as the file system has it; nothing in a directory that was removed, not even
 * "..": that inode may be free or another's. => dir->lock held; a reference, or ERR_PTR */
struct inode *dir_lookup(struct inode *dir, const char *text, size_t len);
/* What name means in dir. => dir->lock held for writing; a reference, or ERR_PTR */
struct inode *lookup_locked(struct inode *dir, const char *text, size_t len);
/* May names come and go in dir? 0, -ENOENT (it was removed), -EROFS. => dir->lock held */
int may_change(struct inode *dir);

/* The absolute, normal form of path ("" and "." parts gone, ".." worked off by its letters)
 * seen from the current directory; kmalloc'ed, or NULL. */
char *path_absolute(const char *path);
/* RLIMIT_FSIZE of the current task */
static inline u64 file_size_limit(void)
{
	return READ_ONCE(current->sighand->rlimit[RLIMIT_FSIZE]);
}
ssize_t dir_getdents(struct file *f, vaddr_t ubuf, size_t n, u64 *pos);
struct file *tmpfs_file(u64 size, const char *path);	/* nameless; ERR_PTR */
char *path_of_task(struct task *t);
/* For opening: the inode, made if flags say so; *created tells. */
struct inode *path_open(const char *path, u32 flags, u32 mode, bool *created);

#endif
