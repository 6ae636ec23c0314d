// SPDX-License-Identifier: MIT
/*
 * procfs.h - text files made by functions.
 *
 * A /proc file is a show function that prints into a buffer when the file is opened;
 * reading then copies from it, so one open sees one consistent text.  Every subsystem
 * registers its own files from its init function (any time after slab_init).
 */
#ifndef FS_PROCFS_H
#define FS_PROCFS_H

#include "lib/types.h"

struct task;
struct seq {
	char *buf;
	size_t len, size;
	bool failed; /* did not fit: show is called again with more room */
};
/* Any context, locks held or not: they never allocate. */
void seq_printf(struct seq *s, const char *fmt, ...) __printf(2, 3);
void seq_puts(struct seq *s, const char *str);
void seq_putc(struct seq *s, char c);

/* "meminfo" or "sys/vm/drop_caches" (folders are made as needed).
 * => show may sleep; returns 0 or -errno for the open.  It is called anew, from the
 *    beginning, when its text did not fit, so it must not change what it shows.
 * => write, or NULL for read-only: buf is terminated; returns 0 or -errno.
 * => path is kept, not copied.  0, -ENOMEM or -EEXIST (the first one stays). */
int proc_create(const char *path, int (*show)(struct seq *s, void *arg),
                int (*write)(const char *buf, size_t n, void *arg), void *arg);
/* A file of every process: /proc/PID/name.  The task has a reference meanwhile. */
int proc_create_pid(const char *name, int (*show)(struct seq *s, struct task *t));
/* The same that can be written too. */
int proc_create_pid_rw(const char *name, int (*show)(struct seq *s, struct task *t),
                       int (*write)(const char *buf, size_t n, struct task *t));
/* A binary file with random access (kpagecount, kpageflags, pid pagemap): fills up to n
 * (at most PAGE_SIZE) bytes of the kernel buffer from offset pos; bytes (0: end) or -errno. */
int proc_create_raw(const char *path, ssize_t (*read)(void *buf, size_t n, u64 pos));
int proc_create_pid_raw(const char *name,
                        ssize_t (*read)(struct task *t, void *buf, size_t n, u64 pos));

void procfs_init(void); /* from vfs_init */
void devfs_init(void);

#endif
