// SPDX-License-Identifier: MIT
/* fsck.c - check an image: fsck IMAGE */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/pfs/format.h"

int main(int argc, char **argv)
{
	struct pfs_super sb;
	struct stat st;
	const char *bad;
	int fd;

	if (argc != 2 || (fd = open(argv[1], O_RDONLY)) < 0 || fstat(fd, &st) < 0 ||
	    pread(fd, &sb, sizeof(sb), 0) != sizeof(sb)) {
		fprintf(stderr, "usage: fsck IMAGE\n");
		return 8;
	}
	bad = pfs_super_check(&sb, (u64)st.st_size / PFS_BLOCK);
	if (bad != NULL)
		printf("superblock: bad %s\n", bad);
	return bad != NULL ? 4 : 0;
}
