// SPDX-License-Identifier: MIT
/*
 * pfs_host.h - the kernel around the file system, for host tests: a disk in memory
 * that remembers every write and flush, a page cache and an inode cache without
 * pressure, and a journal thread that runs whenever the test would sleep.
 */
#ifndef TESTS_PFS_HOST_H
#define TESTS_PFS_HOST_H

#include "fs/pfs/pfs.h"

struct disk_event {
	u32 block; /* ~0: a flush */
	void *data; /* 4 KiB */
};
extern u8 *disk; /* what the device would answer */
extern u32 disk_blocks;
extern struct disk_event *disk_log;
extern size_t disk_log_len;
extern bool disk_logging;
extern long disk_fail_after; /* writes until every one fails; -1: never */

struct super_block *host_mount(u8 *image, u32 blocks, bool readonly, int *err);
void host_umount(struct super_block *sb);
/* Forget the mounted file system, as a power cut does. */
void host_crash(struct super_block *sb);

int host_write(struct inode *i, u64 pos, const void *data, size_t n);
ssize_t host_read(struct inode *i, u64 pos, void *data, size_t n);
int host_truncate(struct inode *i, u64 size);
int host_fsync(struct inode *i);
int host_writeback(struct inode *i); /* dirty pages, no commit */
void host_drop(struct inode *i); /* clean pages */

#endif
