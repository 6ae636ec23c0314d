// SPDX-License-Identifier: MIT
/* vfs.c - bring-up of the file systems' common part, and the kinds there are. */
#include "fs/procfs.h"
#include "fs/vfs_internal.h"

void vfs_init(void)
{
	inode_cache_init();
	dcache_init();
	file_init();
	files_init();
	pipe_init();
	procfs_init();
	mount_init();
	vfs_proc_init();
	devfs_init();
	tmpfs_init();
	pfs_init();
}
