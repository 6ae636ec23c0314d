// SPDX-License-Identifier: MIT
/*
 * files.c - a task's descriptor table, and its place in the tree of directories.
 *
 * The table is an array from small number to struct file, first of NOFILE_INIT slots
 * inside the struct, then doubled up to NOFILE_MAX.  `top` is one past the highest open
 * descriptor: slots from there on are never looked at, so they need not be cleared when a table
 * is made, and fork copies only what is below.  `next` has no free slot below it, so the
 * lowest free descriptor (POSIX wants that one) is found without a search from zero.
 *
 * The cheap reference (fdget in vfs.h): a task that shares its table with nobody can use
 * what a slot holds without counting a reference, because only the task itself can close it,
 * and it is busy in this very call.  Whoever else looks (a /proc reader) takes files->lock
 * and counts; he never closes.  A file is put in close after its slot is empty, which again
 * only the owner does.
 *
 * Locks: files->lock is a leaf.  files_exit_lock lets /proc reach a table that its task may
 * give back at any moment: the last files_put passes through it between the
 * count's zero and freeing, and /proc takes its reference under it.
 */
#include "fs/vfs_internal.h"

static struct kmem_cache *files_cache, *fs_cache;
static spinlock_t files_exit_lock = SPINLOCK_INIT("files_exit");

void files_init(void)
{
	files_cache = kmem_cache_create("files", sizeof(struct files), 0, SLAB_PANIC, NULL, NULL);
	fs_cache = kmem_cache_create("fs_info", sizeof(struct fs_info), 0, SLAB_PANIC, NULL, NULL);
}

static struct files *files_new(void)
{
	struct files *fs = kmem_cache_alloc(files_cache, GFP_KERNEL);

	if (fs == NULL)
		return NULL;
	atomic_set(&fs->refs, 1);
	spin_lock_init(&fs->lock, "files");
	fs->size = NOFILE_INIT;
	fs->next = fs->top = 0;
	fs->fd = fs->fd_init;
	fs->cloexec = &fs->cloexec_init;
	fs->cloexec_init = 0;
	return fs;
}

struct files *files_alloc(void)
{
	return files_new();
}

static void free_arrays(struct file **fd, u64 *cloexec, struct files *fs)
{
	if (fd != fs->fd_init) {
		kfree(fd);
		kfree(cloexec);
	}
}

/* Make room for descriptor number want. => no locks; 0, -EMFILE, -ENOMEM */
static int files_grow(struct files *fs, unsigned want)
{
	unsigned size = NOFILE_INIT;
	struct file **fd, **old_fd;
	u64 *cloexec, *old_cloexec;

	if (want >= NOFILE_MAX)
		return -EMFILE;
	while (size <= want)
		size *= 2;
	if (memory_short(16))	/* it wants many files, and each is memory */
		return -ENOMEM;
	fd = kmalloc(size * sizeof(*fd), GFP_KERNEL);
	cloexec = kzalloc(size / 8, GFP_KERNEL);
	if (fd == NULL || cloexec == NULL) {
		kfree(fd);
		kfree(cloexec);
		return -ENOMEM;
	}
	spin_lock(&fs->lock);
	if (fs->size >= size) {			/* another thread was faster */
		spin_unlock(&fs->lock);
		kfree(fd);
		kfree(cloexec);
		return 0;
	}
	memcpy(fd, fs->fd, fs->top * sizeof(*fd));
	memcpy(cloexec, fs->cloexec, fs->size / 8);
	old_fd = fs->fd;
	old_cloexec = fs->cloexec;
	fs->fd = fd;
	fs->cloexec = cloexec;
	fs->size = size;
	spin_unlock(&fs->lock);
	free_arrays(old_fd, old_cloexec, fs);
	return 0;
}

struct files *files_fork(struct files *old)
{
	struct files *fs = files_new();
	int err = 0;

	if (fs == NULL)
		return NULL;
	for (;;) {
		unsigned top = READ_ONCE(old->top);

		if (top > fs->size)
			err = files_grow(fs, top - 1);
		if (err) {
			files_put(fs);
			return NULL;
		}
		spin_lock(&old->lock);
		if (old->top <= fs->size)
			break;
		spin_unlock(&old->lock);
	}
	for (unsigned i = 0; i < old->top; i++) {
		fs->fd[i] = old->fd[i];
		if (fs->fd[i] != NULL)
			atomic_inc(&fs->fd[i]->refs);
	}
	memcpy(fs->cloexec, old->cloexec, MIN(fs->size, old->size) / 8);
	fs->top = old->top;
	fs->next = old->next;
	spin_unlock(&old->lock);
	return fs;
}

void files_put(struct files *fs)
{
	if (fs == NULL || !atomic_dec_and_test(&fs->refs))
		return;
	for (unsigned i = 0; i < fs->top; i++)
		if (fs->fd[i] != NULL)
			file_put(fs->fd[i]);
	spin_lock(&files_exit_lock);
	spin_unlock(&files_exit_lock);
	free_arrays(fs->fd, fs->cloexec, fs);
	kmem_cache_free(files_cache, fs);
}

struct files *files_of_task(struct task *t)
{
	struct files *fs;

	spin_lock(&files_exit_lock);
	fs = READ_ONCE(t->files);
	if (fs != NULL && !atomic_inc_not_zero(&fs->refs))
		fs = NULL;
	spin_unlock(&files_exit_lock);
	return fs;
}

/* Slot fd has become empty. => files->lock held */
static inline void slot_freed(struct files *fs, unsigned fd)
{
	fs->cloexec[fd / 64] &= ~BIT(fd % 64);
	if (fd < fs->next)
		fs->next = fd;
	if (fd + 1 == fs->top) {
		while (fd != 0 && fs->fd[fd - 1] == NULL)
			fd--;
		fs->top = fd;
	}
}

struct file *fd_get(int fd)
{
	struct files *fs = current->files;
	struct file *f = NULL;

	spin_lock(&fs->lock);
	if ((unsigned)fd < fs->top) {
		f = fs->fd[fd];
		if (f != NULL)
			file_get(f);
	}
	spin_unlock(&fs->lock);
	return f;
}

int fd_limit(void)
{
	u64 limit = current->sighand != NULL ? current->sighand->rlimit[RLIMIT_NOFILE] : NOFILE_MAX;

	return (int)MIN(limit, (u64)NOFILE_MAX);
}

int fd_install_from(struct file *f, bool cloexec, unsigned from)
{
	struct files *fs = current->files;
	unsigned fd, limit = (unsigned)fd_limit();
	int err;

	for (;;) {
		spin_lock(&fs->lock);
		fd = MAX(fs->next, from);
		while (fd < fs->top && fs->fd[fd] != NULL)
			fd++;
		if (unlikely(fd >= limit)) {
			spin_unlock(&fs->lock);
			return -EMFILE;
		}
		if (likely(fd < fs->size))
			break;
		spin_unlock(&fs->lock);
		err = files_grow(fs, fd);
		if (err)
			return err;
	}
	while (fs->top <= fd)
		fs->fd[fs->top++] = NULL;
	fs->fd[fd] = f;
	if (cloexec)
		fs->cloexec[fd / 64] |= BIT(fd % 64);
	if (from <= fs->next)
		fs->next = fd + 1;
	spin_unlock(&fs->lock);
	return (int)fd;
}

int fd_install(struct file *f, bool cloexec)
{
	return fd_install_from(f, cloexec, 0);
}

int fd_close(int fd)
{
	struct files *fs = current->files;
	struct file *f = NULL;

	spin_lock(&fs->lock);
	if ((unsigned)fd < fs->top) {
		f = fs->fd[fd];
		if (f != NULL) {
			fs->fd[fd] = NULL;
			slot_freed(fs, (unsigned)fd);
		}
	}
	spin_unlock(&fs->lock);
	if (f == NULL)
		return -EBADF;
	file_put(f);
	return 0;
}

/* f (a reference that is taken over on success) becomes descriptor fd. => fd or -errno */
int fd_replace(struct file *f, int fd, bool cloexec)
{
	struct files *fs = current->files;
	struct file *old;
	int err;

	if (fd < 0 || fd >= fd_limit())
		return -EBADF;
	if ((unsigned)fd >= READ_ONCE(fs->size)) {
		err = files_grow(fs, (unsigned)fd);
		if (err)
			return err;
	}
	spin_lock(&fs->lock);
	while (fs->top <= (unsigned)fd)
		fs->fd[fs->top++] = NULL;
	old = fs->fd[fd];
	fs->fd[fd] = f;
	if (cloexec)
		fs->cloexec[fd / 64] |= BIT(fd % 64);
	else
		fs->cloexec[fd / 64] &= ~BIT(fd % 64);
	if (fs->next == (unsigned)fd)
		fs->next++;
	spin_unlock(&fs->lock);
	if (old != NULL)
		file_put(old);
	return fd;
}

int fd_cloexec(int fd, int set)
{
	struct files *fs = current->files;
	int old = -EBADF;

	spin_lock(&fs->lock);
	if ((unsigned)fd < fs->top && fs->fd[fd] != NULL) {
		old = fs->cloexec[fd / 64] >> (fd % 64) & 1;
		if (set == 1)
			fs->cloexec[fd / 64] |= BIT(fd % 64);
		else if (set == 0)
			fs->cloexec[fd / 64] &= ~BIT(fd % 64);
	}
	spin_unlock(&fs->lock);
	return old;
}

void files_close_on_exec(struct files *fs)
{
	for (unsigned w = 0; w < DIV_ROUND_UP(fs->top, 64); w++)
		while (fs->cloexec[w] != 0) {
			unsigned fd = w * 64 + (unsigned)__builtin_ctzl(fs->cloexec[w]);
			struct file *f;

			spin_lock(&fs->lock);
			f = fs->fd[fd];
			fs->fd[fd] = NULL;
			slot_freed(fs, fd);
			spin_unlock(&fs->lock);
			if (f != NULL)
				file_put(f);
		}
}

/* --- the current directory --- */

struct fs_info *fs_info_alloc(void)
{
	struct fs_info *fs = kmem_cache_alloc(fs_cache, GFP_KERNEL);

	if (fs == NULL)
		return NULL;
	atomic_set(&fs->refs, 1);
	spin_lock_init(&fs->lock, "fs_info");
	fs->cwd = vfs_root != NULL ? inode_ref(vfs_root) : NULL;
	fs->cwd_path = NULL;			/* "/" */
	return fs;
}

struct fs_info *fs_info_fork(struct fs_info *old)
{
	struct fs_info *fs = kmem_cache_alloc(fs_cache, GFP_KERNEL);
	char *text = NULL;
	size_t room = 0, len;

	if (fs == NULL)
		return NULL;
	atomic_set(&fs->refs, 1);
	spin_lock_init(&fs->lock, "fs_info");
	for (;;) {
		spin_lock(&old->lock);
		len = old->cwd_path != NULL ? strlen(old->cwd_path) + 1 : 0;
		if (len <= room)
			break;
		spin_unlock(&old->lock);
		kfree(text);
		room = len;
		text = kmalloc(room, GFP_KERNEL);
		if (text == NULL) {
			kmem_cache_free(fs_cache, fs);
			return NULL;
		}
	}
	if (len != 0) {
		memcpy(text, old->cwd_path, len);
	} else if (text != NULL) {
		text[0] = '/';
		text[1] = '\0';
	}
	fs->cwd = old->cwd != NULL ? inode_ref(old->cwd) : NULL;
	fs->cwd_path = text;
	spin_unlock(&old->lock);
	return fs;
}

/* The current directory of a task, for /proc: kmalloc'ed text, or NULL (no memory). */
char *path_of_task(struct task *t)
{
	struct fs_info *fs;
	char *text;

	spin_lock(&files_exit_lock);
	fs = READ_ONCE(t->fs);
	if (fs != NULL && !atomic_inc_not_zero(&fs->refs))
		fs = NULL;
	spin_unlock(&files_exit_lock);
	if (fs == NULL)
		return kstrdup("-", GFP_KERNEL);
	spin_lock(&fs->lock);
	text = kstrdup(fs->cwd_path != NULL ? fs->cwd_path : "/", GFP_ATOMIC);
	spin_unlock(&fs->lock);
	fs_info_put(fs);
	return text;
}

/* => exit sets t->fs to NULL before it calls this. */
void fs_info_put(struct fs_info *fs)
{
	if (fs == NULL || !atomic_dec_and_test(&fs->refs))
		return;
	spin_lock(&files_exit_lock);
	spin_unlock(&files_exit_lock);
	if (fs->cwd != NULL)
		inode_put(fs->cwd);
	kfree(fs->cwd_path);
	kmem_cache_free(fs_cache, fs);
}
