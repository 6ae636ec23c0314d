// SPDX-License-Identifier: MIT
/*
 * mem.c - the devices that are made of nothing: null, zero, full, random, urandom, kmsg.
 *
 *	null	reads: end of file	writes: swallowed
 *	zero	reads: zeros		writes: swallowed
 *	full	reads: zeros		writes: ENOSPC
 *	random	reads: random bytes	writes: swallowed	(urandom is the same)
 *	kmsg	reads: the kernel's log, from its oldest byte; writes: a line into it
 */
#include "dev/dev.h"
#include "fs/vfs.h"
#include "lib/log.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/vm/mm.h"
#include "proc/random.h"
#include "proc/sched.h"
#include "riscv/hart.h"
#include "uapi/errno.h"

enum { MEM_NULL = 3, MEM_ZERO = 5, MEM_FULL = 7, MEM_RANDOM = 8, MEM_URANDOM = 9, MEM_KMSG = 11 };

#define MAX_ONCE MIB(1) /* of one read, so that a signal is not kept waiting */

static ssize_t read_zero(vaddr_t ubuf, size_t n)
{
	n = MIN(n, MAX_ONCE);
	return clear_user(ubuf, n) != 0 ? -EFAULT : (ssize_t)n;
}

static ssize_t read_random(vaddr_t ubuf, size_t n)
{
	u8 buf[256];
	size_t done = 0, k, part;

	n = MIN(n, MAX_ONCE);
	while (done < n && !signal_pending_current()) {
		part = MIN(n - done, sizeof(buf));
		random_bytes(buf, part);
		k = copy_to_user_partial(ubuf + done, buf, part);
		done += k;
		if (k < part)
			break;
	}
	if (done > 0 || n == 0)
		return (ssize_t)done;
	return signal_pending_current() ? -ERESTARTSYS : -EFAULT;
}

static ssize_t read_kmsg(vaddr_t ubuf, size_t n, u64 *pos)
{
	char buf[256];
	size_t done = 0, k;

	while (done < n) {
		u64 at = *pos;

		k = log_read(&at, buf, MIN(n - done, sizeof(buf)));
		if (k == 0)
			break;
		if (copy_to_user(ubuf + done, buf, k) != 0)
			return done > 0 ? (ssize_t)done : -EFAULT;
		*pos = at;
		done += k;
	}
	return (ssize_t)done;
}

static ssize_t write_kmsg(vaddr_t ubuf, size_t n)
{
	char line[200];
	size_t k = MIN(n, sizeof(line) - 1);

	if (copy_from_user(line, ubuf, k) != 0)
		return -EFAULT;
	line[k] = '\0';
	printk("%s: %s%s", current->comm, line, k > 0 && line[k - 1] == '\n' ? "" : "\n");
	return (ssize_t)n;
}

static ssize_t mem_read(struct file *f, vaddr_t ubuf, size_t n, u64 *pos)
{
	switch (DEV_MINOR(f->inode->rdev)) {
	case MEM_NULL:
		return 0;
	case MEM_ZERO:
	case MEM_FULL:
		return read_zero(ubuf, n);
	case MEM_RANDOM:
	case MEM_URANDOM:
		return read_random(ubuf, n);
	case MEM_KMSG:
		return read_kmsg(ubuf, n, pos);
	}
	return -ENXIO;
}

static ssize_t mem_write(struct file *f, vaddr_t ubuf, size_t n, u64 *pos)
{
	(void)pos;
	switch (DEV_MINOR(f->inode->rdev)) {
	case MEM_FULL:
		return n > 0 ? -ENOSPC : 0;
	case MEM_KMSG:
		return write_kmsg(ubuf, n);
	}
	return (ssize_t)n;
}

static int mem_open(struct inode *inode, struct file *f)
{
	(void)f;
	switch (DEV_MINOR(inode->rdev)) {
	case MEM_NULL:
	case MEM_ZERO:
	case MEM_FULL:
	case MEM_RANDOM:
	case MEM_URANDOM:
	case MEM_KMSG:
		return 0;
	}
	return -ENXIO;
}

static s64 mem_llseek(struct file *f, s64 off, int whence)
{
	/* Positions mean nothing here, but for the log's. */
	if (DEV_MINOR(f->inode->rdev) == MEM_KMSG && whence == SEEK_SET && off >= 0)
		f->pos = (u64)off;
	return (s64)f->pos;
}

/* Zeros to map are memory without a file; shared, a file in memory that has no name. */
static int mem_mmap(struct file *f, struct vma *v)
{
	struct file *memory = NULL;

	if (DEV_MINOR(f->inode->rdev) != MEM_ZERO)
		return -ENODEV;
	if (v->flags & VM_SHARED)
		memory = shmem_file(v->end - v->start);
	if (IS_ERR(memory))
		return (int)PTR_ERR(memory);
	v->file = memory;
	return 0;
}

static const struct file_ops mem_fops = {
	.mmap = mem_mmap,
	.open = mem_open,
	.read = mem_read,
	.write = mem_write,
	.llseek = mem_llseek,
};

void __init mem_init_devices(void)
{
	static const struct {
		const char *name;
		u32 minor;
	} nodes[] __initdata = {
		{ "null", MEM_NULL },     { "zero", MEM_ZERO },       { "full", MEM_FULL },
		{ "random", MEM_RANDOM }, { "urandom", MEM_URANDOM }, { "kmsg", MEM_KMSG },
	};

	chrdev_register(MAJOR_MEM, &mem_fops);
	for (unsigned i = 0; i < ARRAY_SIZE(nodes); i++)
		devfs_add(nodes[i].name, S_IFCHR | 0666, MKDEV(MAJOR_MEM, nodes[i].minor));
}
