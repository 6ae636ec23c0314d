// SPDX-License-Identifier: MIT
/*
 * readdir.c - directories as programs see them: getdents, and xv6's read(2).
 *
 * The file system hands out names one by one through dir_context.emit.  They are packed into
 * one page of kernel memory while the directory's lock is held, and copied to the program
 * after it is released, so that a fault on the program's buffer waits for no directory.
 * A position means what the file system says; seeking to 0 starts anew.
 *
 * xv6's programs read a directory as a file of fixed records.  read(2) makes such
 * records (struct xv6_dirent) from the same names.
 */
#include "fs/vfs_internal.h"

struct fill {
	struct dir_context ctx;
	char *buf;
	size_t used, room;
	struct dirent64 *last;		/* its d_off is not known yet */
	bool full;			/* a name did not fit */
};

static bool emit_dirent64(struct dir_context *ctx, const char *name, size_t len, u64 ino,
			  unsigned type)
{
	struct fill *fl = container_of(ctx, struct fill, ctx);
	size_t reclen = ALIGN_UP(offsetof(struct dirent64, d_name) + len + 1, 8);
	struct dirent64 *d;

	if (fl->last != NULL)
		fl->last->d_off = ctx->pos;
	if (fl->used + reclen > fl->room) {
		fl->full = true;
		return false;
	}
	d = (struct dirent64 *)(fl->buf + fl->used);
	d->d_ino = ino;
	d->d_off = 0;
	d->d_reclen = (unsigned short)reclen;
	d->d_type = (unsigned char)type;
	memset(d->d_name, 0, reclen - offsetof(struct dirent64, d_name));
	memcpy(d->d_name, name, len);
	fl->used += reclen;
	fl->last = d;
	return true;
}

static bool emit_xv6(struct dir_context *ctx, const char *name, size_t len, u64 ino, unsigned type)
{
	struct fill *fl = container_of(ctx, struct fill, ctx);
	struct xv6_dirent *d;

	(void)type;
	if (fl->used + sizeof(*d) > fl->room) {
		fl->full = true;
		return false;
	}
	d = (struct xv6_dirent *)(fl->buf + fl->used);
	memset(d, 0, sizeof(*d));
	d->inum = (u32)ino != 0 ? (u32)ino : 1;
	memcpy(d->name, name, MIN(len, sizeof(d->name)));
	fl->used += sizeof(*d);
	return true;
}

static ssize_t fill_user(struct file *f, vaddr_t ubuf, size_t n, u64 *pos,
			 bool (*emit)(struct dir_context *, const char *, size_t, u64, unsigned))
{
	struct fill fl = { .ctx = { .emit = emit, .pos = *pos }, .room = MIN(n, PAGE_SIZE) };
	ssize_t ret;

	if (!S_ISDIR(f->inode->mode) || f->ops->readdir == NULL)
		return -ENOTDIR;
	fl.buf = get_free_page(GFP_KERNEL);
	if (fl.buf == NULL)
		return -ENOMEM;
	down_read(&f->inode->lock);
	ret = f->inode->nlink == 0 ? 0 : f->ops->readdir(f, &fl.ctx);
	up_read(&f->inode->lock);
	if (fl.last != NULL && fl.last->d_off == 0)
		fl.last->d_off = fl.ctx.pos;
	if (ret == 0 && fl.used == 0 && fl.full)
		ret = -EINVAL;			/* not even one fits */
	if (fl.used != 0)
		ret = copy_to_user(ubuf, fl.buf, fl.used);
	put_free_page(fl.buf);
	if (ret != 0)
		return ret;
	*pos = fl.ctx.pos;
	return (ssize_t)fl.used;
}

ssize_t dir_read(struct file *f, vaddr_t ubuf, size_t n, u64 *pos)
{
	return fill_user(f, ubuf, n, pos, emit_xv6);
}

ssize_t dir_getdents(struct file *f, vaddr_t ubuf, size_t n, u64 *pos)
{
	return fill_user(f, ubuf, n, pos, emit_dirent64);
}
