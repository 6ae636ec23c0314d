// SPDX-License-Identifier: MIT
/*
 * procfs.c - /proc: what the kernel knows, as files.
 *
 * There is a tree of entries that subsystems have registered (proc_create) and, for every
 * process, a folder with one file for each entry of a second, flat list
 * (proc_create_pid).  Nothing is stored for a process: the inode number of
 * /proc/PID/name says it all, PID << 20 | kind, and the task is looked up when the file is
 * opened.  So a process may die at any moment: who opens later gets ESRCH, and who has
 * read the text keeps it.
 *
 *	number			what
 *	1 .. 0xfffff		an entry of the tree, in order of registration; 1 is /proc
 *	PID << 20 | 0		/proc/PID
 *	PID << 20 | k		its kth registered file
 *
 * /proc/self is the folder of whoever asks; there are no symbolic links, so cwd and exe
 * are texts that hold the path, and fd is a table.
 *
 * A show function prints into a buffer of a given size.  If that was too small, it is
 * doubled and the function called again; so printing never allocates, and a show
 * function may print with a spinlock held.  The size that was enough is remembered, if
 * it is not large.  All long texts together (of 64 KiB and more) may take an eighth of
 * memory: who opens the list of 60,000 areas a hundred times gets -ENOMEM, and the
 * others have room to go on.
 *
 * Names here mean different things at different times and to different processes, so
 * the name cache is told to stay out (sb->volatile_names).
 *
 * Entries are never removed; adding takes entry_lock, reading nothing.
 */
#include "fs/procfs.h"
#include "fs/vfs.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/slab.h"
#include "mm/kmem/vmalloc.h"
#include "mm/vm/mm.h"
#include "proc/sched.h"
#include "proc/task.h"
#include "riscv/hart.h"
#include "riscv/timer.h"
#include "uapi/errno.h"

#define PID_SHIFT 20
#define SEQ_MAX   MIB(64)
#define WRITE_MAX 4096
#define LONG_TEXT KIB(64)

struct entry {
	const char *name; /* (c) */
	size_t name_len; /* (c) */
	u64 ino; /* (c) number in the tree, or kind in a process's folder */
	bool is_pid; /* (c) of every process */
	struct entry *parent, *children, *next; /* entry_lock to change */
	int (*show)(struct seq *s, void *arg);
	int (*write)(const char *buf, size_t n, void *arg);
	ssize_t (*raw)(void *buf, size_t n, u64 pos);
	int (*pid_show)(struct seq *s, struct task *t);
	int (*pid_write)(const char *buf, size_t n, struct task *t);
	ssize_t (*pid_raw)(struct task *t, void *buf, size_t n, u64 pos);
	void *arg;
	size_t hint; /* buffer size that was enough the last time; racy */
};

static struct entry proc_root = { .name = "", .ino = 1, .parent = &proc_root };
static struct entry pid_files = { .name = "", .parent = &pid_files }; /* heads the flat list */
static u64 last_ino = 1, last_kind;
static spinlock_t entry_lock = SPINLOCK_INIT("procfs");

/* --- printing --- */

void seq_printf(struct seq *s, const char *fmt, ...)
{
	size_t room = s->size - s->len;
	va_list ap;
	int n;

	if (s->failed)
		return;
	va_start(ap, fmt);
	n = vsnprintf(s->buf + s->len, room, fmt, ap);
	va_end(ap);
	if ((size_t)n >= room)
		s->failed = true;
	else
		s->len += (size_t)n;
}

void seq_puts(struct seq *s, const char *str)
{
	size_t n = strlen(str);

	if (s->failed || s->len + n > s->size) {
		s->failed = true;
		return;
	}
	memcpy(s->buf + s->len, str, n);
	s->len += n;
}

void seq_putc(struct seq *s, char c)
{
	if (s->failed || s->len == s->size)
		s->failed = true;
	else
		s->buf[s->len++] = c;
}

static atomic64_t long_texts; /* bytes in texts of LONG_TEXT and more */

static void *seq_alloc(size_t size)
{
	void *buf;

	if (size >= LONG_TEXT &&
	    (u64)atomic_add_return(&long_texts, (s64)size) > nr_total_pages() * PAGE_SIZE / 8) {
		atomic_add(&long_texts, -(s64)size);
		return NULL;
	}
	buf = size <= KMALLOC_MAX_CACHE ? kmalloc(size, GFP_KERNEL) : vmalloc(size);
	if (buf == NULL && size >= LONG_TEXT)
		atomic_add(&long_texts, -(s64)size);
	return buf;
}

static void seq_free(struct seq *s)
{
	if (s->size <= KMALLOC_MAX_CACHE)
		kfree(s->buf);
	else
		vfree(s->buf);
	if (s->size >= LONG_TEXT)
		atomic_add(&long_texts, -(s64)s->size);
	s->buf = NULL;
}

static int call_show(struct entry *e, struct seq *s, struct task *t)
{
	return e->is_pid ? e->pid_show(s, t) : e->show(s, e->arg);
}

/* The text of e (for task t). => 0 and s->buf is the caller's to free, or -errno */
static int seq_make(struct entry *e, struct seq *s, struct task *t)
{
	size_t size = MAX(READ_ONCE(e->hint), 512UL);

	for (;; size *= 2) {
		int err;

		*s = (struct seq){ .buf = seq_alloc(size), .size = size };
		if (s->buf == NULL)
			return -ENOMEM;
		err = call_show(e, s, t);
		if (err == 0 && !s->failed) {
			WRITE_ONCE(e->hint, MIN(size, LONG_TEXT / 2));
			return 0;
		}
		seq_free(s);
		if (err != 0)
			return err;
		if (size >= SEQ_MAX)
			return -EFBIG;
		if (fatal_signal_pending())
			return -EINTR;
	}
}

/* --- registering --- */

static struct entry *find_child(const struct entry *dir, const char *name, size_t len)
{
	for (struct entry *e = smp_load_acquire(&dir->children); e != NULL;
	     e = smp_load_acquire(&e->next))
		if (e->name_len == len && memcmp(e->name, name, len) == 0)
			return e;
	return NULL;
}

/* => entry_lock held */
static void append(struct entry *dir, struct entry *e)
{
	struct entry **link = &dir->children;

	while (*link != NULL)
		link = &(*link)->next;
	e->parent = dir;
	smp_store_release(link, e);
}

/* Add proto under dir at path, whose folders are made. => 0, -ENOMEM, -EEXIST */
static int add(struct entry *dir, const char *path, const struct entry *proto, u64 *number)
{
	for (;;) {
		const char *slash = strchr(path, '/');
		size_t len = slash != NULL ? (size_t)(slash - path) : strlen(path);
		struct entry *e = kzalloc(sizeof(*e), GFP_KERNEL), *old;

		if (e == NULL)
			return -ENOMEM;
		if (slash == NULL)
			*e = *proto;
		spin_lock(&entry_lock);
		old = find_child(dir, path, len);
		if (old == NULL) {
			e->name = path;
			e->name_len = len;
			e->ino = ++*number;
			append(dir, e);
		}
		spin_unlock(&entry_lock);
		if (old != NULL)
			kfree(e);
		if (slash == NULL)
			return old != NULL ? -EEXIST : 0;
		dir = old != NULL ? old : e;
		path = slash + 1;
	}
}

int proc_create(const char *path, int (*show)(struct seq *s, void *arg),
                int (*write)(const char *buf, size_t n, void *arg), void *arg)
{
	struct entry e = { .show = show, .write = write, .arg = arg };

	return add(&proc_root, path, &e, &last_ino);
}

int proc_create_raw(const char *path, ssize_t (*read)(void *buf, size_t n, u64 pos))
{
	struct entry e = { .raw = read };

	return add(&proc_root, path, &e, &last_ino);
}

int proc_create_pid_rw(const char *name, int (*show)(struct seq *s, struct task *t),
                       int (*write)(const char *buf, size_t n, struct task *t))
{
	struct entry e = { .is_pid = true, .pid_show = show, .pid_write = write };

	return add(&pid_files, name, &e, &last_kind);
}

int proc_create_pid(const char *name, int (*show)(struct seq *s, struct task *t))
{
	return proc_create_pid_rw(name, show, NULL);
}

int proc_create_pid_raw(const char *name,
                        ssize_t (*read)(struct task *t, void *buf, size_t n, u64 pos))
{
	struct entry e = { .is_pid = true, .pid_raw = read };

	return add(&pid_files, name, &e, &last_kind);
}

/* --- inodes --- */

static bool is_dir(const struct entry *e)
{
	return e->show == NULL && e->raw == NULL && e->write == NULL && !e->is_pid;
}

static pid_t ino_pid(u64 ino)
{
	return (pid_t)(ino >> PID_SHIFT);
}

static const struct inode_ops dir_iops, file_iops;
static const struct file_ops tree_fops, pid_fops, text_fops, raw_fops;

/* The inode of a number; e: its entry, NULL for the folder of a process. */
static struct inode *get(struct super_block *sb, u64 ino, struct entry *e)
{
	struct inode *i = inode_get(sb, ino);

	if (i == NULL)
		return ERR_PTR(-ENOMEM);
	if (!(i->state & I_NEW))
		return i;
	i->private = e;
	i->iops = &dir_iops;
	i->nlink = 1;
	if (e != NULL && !is_dir(e)) {
		bool raw = e->raw != NULL || e->pid_raw != NULL;

		i->mode = S_IFREG | (e->write != NULL || e->pid_write != NULL ? 0644 : 0444);
		i->iops = &file_iops;
		i->fops = raw ? &raw_fops : &text_fops;
	} else {
		i->mode = S_IFDIR | 0555;
		i->nlink = 2;
		i->fops = ino_pid(ino) == 0 ? &tree_fops : &pid_fops;
	}
	i->atime = i->mtime = i->ctime = time_realtime_ns();
	inode_ready(i);
	return i;
}

/* A number that is nothing but one; -1. */
static long parse_number(const char *name, size_t len, long max)
{
	long n = 0;

	if (len == 0 || len > 10 || (name[0] == '0' && len > 1))
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return -1;
		n = n * 10 + name[i] - '0';
	}
	return n <= max ? n : -1;
}

static struct inode *lookup_root(struct super_block *sb, const char *name, size_t len)
{
	struct task *t;
	long pid;

	if (len == 4 && memcmp(name, "self", 4) == 0)
		return get(sb, (u64)current->tgid << PID_SHIFT, NULL);
	pid = parse_number(name, len, 0x7fffffff);
	if (pid <= 0)
		return ERR_PTR(-ENOENT);
	t = task_find_get((pid_t)pid);
	if (t == NULL)
		return ERR_PTR(-ENOENT);
	task_put(t);
	return get(sb, (u64)pid << PID_SHIFT, NULL);
}

static struct inode *lookup(struct inode *dir, const char *name, size_t len)
{
	struct super_block *sb = dir->sb;
	pid_t pid = ino_pid(dir->ino);
	bool up = len == 2 && memcmp(name, "..", 2) == 0;
	struct entry *e;

	if (pid == 0) {
		struct entry *here = dir->private;

		if (up)
			return get(sb, here->parent->ino, here->parent);
		e = find_child(here, name, len);
		if (e != NULL)
			return get(sb, e->ino, e);
		return here == &proc_root ? lookup_root(sb, name, len) : ERR_PTR(-ENOENT);
	}
	if (up)
		return get(sb, proc_root.ino, &proc_root);
	e = find_child(&pid_files, name, len);
	return e != NULL ? get(sb, (u64)pid << PID_SHIFT | e->ino, e) : ERR_PTR(-ENOENT);
}

/* --- folders --- */

static bool emit_dots(struct dir_context *ctx, u64 self, u64 parent)
{
	for (; ctx->pos < 2; ctx->pos++)
		if (!ctx->emit(ctx, "..", ctx->pos + 1, ctx->pos == 0 ? self : parent,
		               S_IFDIR >> 12))
			return false;
	return true;
}

/* Entries of a list as positions 2, 3, ... => false: full */
static bool emit_entries(struct dir_context *ctx, const struct entry *dir, u64 base)
{
	u64 at = 2;

	for (struct entry *e = smp_load_acquire(&dir->children); e != NULL;
	     e = smp_load_acquire(&e->next), at++) {
		if (ctx->pos > at)
			continue;
		if (!ctx->emit(ctx, e->name, e->name_len, base | e->ino,
		               (is_dir(e) ? S_IFDIR : S_IFREG) >> 12))
			return false;
		ctx->pos = at + 1;
	}
	return true;
}

#define POS_SELF 0x10000
#define POS_PID  0x20000 /* + PID */

static bool emit_number(struct dir_context *ctx, u64 n, u64 ino, unsigned type)
{
	char name[12];
	int len = scnprintf(name, sizeof(name), "%lu", n);

	return ctx->emit(ctx, name, (size_t)len, ino, type);
}

static int readdir_tree(struct file *f, struct dir_context *ctx)
{
	struct entry *dir = f->inode->private;
	struct task *t = NULL;

	if (!emit_dots(ctx, dir->ino, dir->parent->ino) || !emit_entries(ctx, dir, 0) ||
	    dir != &proc_root)
		return 0;
	if (ctx->pos <= POS_SELF) {
		if (!ctx->emit(ctx, "self", 4, (u64)current->tgid << PID_SHIFT, S_IFDIR >> 12))
			return 0;
		ctx->pos = POS_PID;
	}
	while ((t = task_next_get(t)) != NULL) {
		if (t->pid != t->tgid || (u64)t->pid + POS_PID < ctx->pos)
			continue;
		if (!emit_number(ctx, (u64)t->pid, (u64)t->pid << PID_SHIFT, S_IFDIR >> 12)) {
			task_put(t);
			break;
		}
		ctx->pos = POS_PID + (u64)t->pid + 1;
	}
	return 0;
}

static int readdir_pid(struct file *f, struct dir_context *ctx)
{
	u64 ino = f->inode->ino;

	if (emit_dots(ctx, ino, proc_root.ino))
		emit_entries(ctx, &pid_files, ino);
	return 0;
}

static const struct inode_ops dir_iops = { .lookup = lookup };
static const struct inode_ops file_iops;
static const struct file_ops tree_fops = { .readdir = readdir_tree };
static const struct file_ops pid_fops = { .readdir = readdir_pid };

/* --- files --- */

/* The task of a process's file; NULL: gone. */
static struct task *task_of(const struct inode *inode)
{
	return task_find_get(ino_pid(inode->ino));
}

static int text_open(struct inode *inode, struct file *f)
{
	struct entry *e = inode->private;
	struct task *t = NULL;
	struct seq *s;
	int err;

	if ((f->flags & O_ACCMODE) != O_RDONLY && e->write == NULL && e->pid_write == NULL)
		return -EACCES;
	if ((f->flags & O_ACCMODE) == O_WRONLY)
		return 0;
	if (e->show == NULL && e->pid_show == NULL)
		return -EACCES;
	if (e->is_pid && (t = task_of(inode)) == NULL)
		return -ESRCH;
	s = kmalloc(sizeof(*s), GFP_KERNEL);
	err = s != NULL ? seq_make(e, s, t) : -ENOMEM;
	if (t != NULL)
		task_put(t);
	if (err != 0) {
		kfree(s);
		return err;
	}
	f->private = s;
	return 0;
}

static void text_release(struct file *f)
{
	struct seq *s = f->private;

	if (s != NULL) {
		seq_free(s);
		kfree(s);
	}
}

static ssize_t text_read(struct file *f, vaddr_t ubuf, size_t n, u64 *pos)
{
	struct seq *s = f->private;
	size_t k;

	if (s == NULL)
		return -EBADF;
	if (*pos >= s->len)
		return 0;
	n = MIN(n, s->len - *pos);
	k = copy_to_user_partial(ubuf, s->buf + *pos, n);
	if (k == 0 && n > 0)
		return -EFAULT;
	*pos += k;
	return (ssize_t)k;
}

static ssize_t text_write(struct file *f, vaddr_t ubuf, size_t n, u64 *pos)
{
	struct entry *e = f->inode->private;
	struct task *t = NULL;
	char few[64], *buf;	/* without memory, so that fault-inject can be turned off */
	int err;

	if (n >= WRITE_MAX)
		return -EINVAL;
	buf = n < sizeof(few) ? few : kmalloc(n + 1, GFP_KERNEL);
	if (buf == NULL)
		return -ENOMEM;
	buf[n] = '\0';
	if (copy_from_user(buf, ubuf, n) != 0)
		err = -EFAULT;
	else if (e->is_pid && (t = task_of(f->inode)) == NULL)
		err = -ESRCH;
	else
		err = e->is_pid ? e->pid_write(buf, n, t) : e->write(buf, n, e->arg);
	if (t != NULL)
		task_put(t);
	if (buf != few)
		kfree(buf);
	if (err != 0)
		return err;
	*pos += n;
	return (ssize_t)n;
}

static int no_mmap(struct file *f, struct vma *vma)
{
	(void)f;
	(void)vma;
	return -ENODEV;
}

static const struct file_ops text_fops = {
	.open = text_open,
	.release = text_release,
	.read = text_read,
	.write = text_write,
	.mmap = no_mmap,
};

static int raw_open(struct inode *inode, struct file *f)
{
	(void)inode;
	return (f->flags & O_ACCMODE) == O_RDONLY ? 0 : -EACCES;
}

static ssize_t raw_read(struct file *f, vaddr_t ubuf, size_t n, u64 *pos)
{
	struct entry *e = f->inode->private;
	struct task *t = NULL;
	ssize_t done = 0, got = 0;
	void *buf;

	if (e->is_pid && (t = task_of(f->inode)) == NULL)
		return -ESRCH;
	buf = get_free_page(GFP_KERNEL);
	if (buf == NULL)
		got = -ENOMEM;
	while (got >= 0 && (size_t)done < n && !signal_pending_current()) {
		size_t want = MIN(n - (size_t)done, PAGE_SIZE);

		got = e->is_pid ? e->pid_raw(t, buf, want, *pos) : e->raw(buf, want, *pos);
		if (got <= 0)
			break;
		if (copy_to_user(ubuf + (vaddr_t)done, buf, (size_t)got) != 0) {
			got = -EFAULT;
			break;
		}
		done += got;
		*pos += (u64)got;
	}
	if (buf != NULL)
		put_free_page(buf);
	if (t != NULL)
		task_put(t);
	return done > 0 ? done : got;
}

static const struct file_ops raw_fops = {
	.open = raw_open,
	.read = raw_read,
	.mmap = no_mmap,
};

/* --- the file system --- */

static int statfs(struct super_block *sb, struct statfs *st)
{
	(void)sb;
	strlcpy(st->f_type, "procfs", sizeof(st->f_type));
	st->f_bsize = PAGE_SIZE;
	st->f_namelen = NAME_MAX;
	return 0;
}

static const struct super_ops super_ops = {
	.statfs = statfs,
};

static int mount(struct super_block *sb, const char *source)
{
	struct inode *root;

	(void)source;
	sb->ops = &super_ops;
	sb->volatile_names = true;
	root = get(sb, proc_root.ino, &proc_root);
	if (IS_ERR(root))
		return (int)PTR_ERR(root);
	sb->root = root;
	return 0;
}

static struct file_system_type procfs_type = { .name = "procfs", .mount = mount };

void proc_misc_init(void); /* proc_misc.c */

void procfs_init(void)
{
	register_filesystem(&procfs_type);
	proc_misc_init();
}
