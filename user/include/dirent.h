// SPDX-License-Identifier: MIT
/* dirent.h - reading directories. */
#ifndef DIRENT_H
#define DIRENT_H

#include <sys/types.h>

#define DT_UNKNOWN	0
#define DT_FIFO		1
#define DT_CHR		2
#define DT_DIR		4
#define DT_BLK		6
#define DT_REG		8
#define DT_LNK		10	/* there are none */

struct dirent {
	ino_t d_ino;
	off_t d_off;
	unsigned short d_reclen;
	unsigned char d_type;
	char d_name[64];
};
typedef struct __dir DIR;

DIR *opendir(const char *path);
DIR *fdopendir(int fd);
struct dirent *readdir(DIR *d);
void rewinddir(DIR *d);
void seekdir(DIR *d, long pos);
long telldir(DIR *d);
int dirfd(DIR *d);
int closedir(DIR *d);
/* The entries that want() wants (NULL: all) as one array, sorted. => how many, or -1.  The caller
 * frees each of them, and the array. */
int scandir(const char *path, struct dirent ***list, int (*want)(const struct dirent *),
	    int (*cmp)(const struct dirent **, const struct dirent **));
int alphasort(const struct dirent **a, const struct dirent **b);
#ifdef _GNU_SOURCE
/* The raw call: rows of struct dirent64 (uapi/stat.h). */
ssize_t getdents(int fd, void *buf, size_t n);
#endif

#endif
