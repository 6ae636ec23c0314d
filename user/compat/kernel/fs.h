// SPDX-License-Identifier: MIT
/*
 * fs.h - what xv6's programs know of files.
 *
 * BSIZE is the unit in which xv6's programs count, and its tests of mmap need two of them
 * at least in a page: it is 1 KiB, and a block on the disk is four.  Files may have 4 TiB;
 * MAXFILE is what they have without a second level of indirect blocks, small enough for
 * tests that fill a disk with such files.
 *
 * Names have up to 59 bytes.  An xv6 program sees the first DIRSIZ of them, as it does in
 * xv6: user/lib/xv6.c cuts components of paths, and finds a longer name by its beginning.
 * read() of a directory gives struct dirent, made by the library from getdents.
 */
#ifndef COMPAT_FS_H
#define COMPAT_FS_H

#define ROOTINO		1
#define BSIZE		1024
#define NDIRECT		(12 * 4)
#define NINDIRECT	(1024 * 4)
#define MAXFILE		(NDIRECT + NINDIRECT)
#define DIRSIZ		14

struct dirent {
	unsigned short inum;
	char name[DIRSIZ];
};

#endif
