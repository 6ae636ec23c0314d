// SPDX-License-Identifier: MIT
/* stat.h - file types, permission bits, and what stat and statfs tell. */
#ifndef UAPI_STAT_H
#define UAPI_STAT_H

#define S_IFMT		0170000
#define S_IFIFO		0010000
#define S_IFCHR		0020000
#define S_IFDIR		0040000
#define S_IFBLK		0060000
#define S_IFREG		0100000
#define S_IFLNK		0120000		/* there are none */
#define S_ISDIR(m)	(((m) & S_IFMT) == S_IFDIR)
#define S_ISREG(m)	(((m) & S_IFMT) == S_IFREG)
#define S_ISCHR(m)	(((m) & S_IFMT) == S_IFCHR)
#define S_ISBLK(m)	(((m) & S_IFMT) == S_IFBLK)
#define S_ISFIFO(m)	(((m) & S_IFMT) == S_IFIFO)
#define S_ISLNK(m)	(((m) & S_IFMT) == S_IFLNK)

/* System call stat/lstat2/fstat2 fill this; system call 8, fstat, fills struct xv6_stat. */
struct kstat {
	unsigned long st_dev;
	unsigned long st_ino;
	unsigned int st_mode;
	unsigned int st_nlink;
	unsigned long st_rdev;
	unsigned long st_size;
	unsigned long st_blksize;
	unsigned long st_blocks;	/* of 512 bytes */
	long st_atime_s, st_atime_ns;	/* seconds, and what is over: a struct timespec */
	long st_mtime_s, st_mtime_ns;
	long st_ctime_s, st_ctime_ns;
	unsigned int st_uid, st_gid;	/* 0: one user */
};

#define XV6_T_DIR	1
#define XV6_T_FILE	2
#define XV6_T_DEVICE	3
struct xv6_stat {
	int dev;
	unsigned int ino;
	short type;
	short nlink;
	unsigned long size;
};

struct statfs {
	char f_type[16];
	unsigned long f_bsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree;
	unsigned long f_namelen;
};

/* What read(2) of a directory gives, one for each name: xv6's programs list directories so.
 * inum is never 0; name is filled up with zeros. */
#define XV6_DIRSIZ	60
struct xv6_dirent {
	unsigned int inum;
	char name[XV6_DIRSIZ];
};

/* getdents fills a row of these, each padded to 8 bytes. */
struct dirent64 {
	unsigned long d_ino;
	unsigned long d_off;		/* position of the next one */
	unsigned short d_reclen;
	unsigned char d_type;		/* S_IF* >> 12 */
	char d_name[];
};

#endif
