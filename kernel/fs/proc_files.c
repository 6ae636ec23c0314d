// SPDX-License-Identifier: MIT
/*
 * proc_files.c - /proc/PID/fd: what a task has open.
 *
 * One line a descriptor: number, flags (r, w, c for close-on-exec), position, size,
 * references, inode, and the name it was opened by.
 */
#include "fs/procfs.h"
#include "fs/vfs_internal.h"

static int show_fds(struct seq *s, struct task *t)
{
	struct files *fs = files_of_task(t);

	if (fs == NULL)
		return 0;
	seq_puts(s, "fd  mode  refs          pos         size  inode        name\n");
	for (unsigned fd = 0;; fd++) {
		struct file *f;
		bool cloexec;

		spin_lock(&fs->lock);
		if (fd >= fs->top) {
			spin_unlock(&fs->lock);
			break;
		}
		f = fs->fd[fd];
		if (f != NULL)
			file_get(f);
		cloexec = fs->cloexec[fd / 64] >> (fd % 64) & 1;
		spin_unlock(&fs->lock);
		if (f == NULL)
			continue;
		seq_printf(s, "%-3u %c%c%c%c %5d %12lu %12lu  %-12lu %s\n", fd,
			   (f->flags & O_ACCMODE) != O_WRONLY ? 'r' : '-',
			   (f->flags & O_ACCMODE) != O_RDONLY ? 'w' : '-',
			   f->flags & O_APPEND ? 'a' : '-', cloexec ? 'c' : '-',
			   atomic_read(&f->refs) - 1, (unsigned long)READ_ONCE(f->pos),
			   (unsigned long)READ_ONCE(f->inode->size), (unsigned long)f->inode->ino,
			   f->path != NULL ? f->path : S_ISFIFO(f->inode->mode) ? "pipe" : "-");
		file_put(f);
	}
	files_put(fs);
	return 0;
}

static int show_cwd(struct seq *s, struct task *t)
{
	char *text = path_of_task(t);

	if (text == NULL)
		return -ENOMEM;
	seq_printf(s, "%s\n", text);
	kfree(text);
	return 0;
}

void vfs_proc_init(void)
{
	proc_create_pid("fd", show_fds);
	proc_create_pid("cwd", show_cwd);
}
