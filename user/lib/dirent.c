// SPDX-License-Identifier: MIT
/* dirent.c - directories, a buffer of rows (uapi/stat.h) at a time. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sys.h"

struct __dir {
	int fd;
	long pos, end; /* of buf: next row, end of rows */
	long tell; /* directory position of the next row */
	struct dirent entry;
	char buf[1024] __attribute__((aligned(8)));
};

DIR *fdopendir(int fd)
{
	DIR *d = malloc(sizeof(*d));

	if (!d)
		return NULL;
	d->fd = fd;
	d->pos = d->end = d->tell = 0;
	return d;
}

DIR *opendir(const char *path)
{
	int fd = __open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d;

	if (fd < 0)
		return NULL;
	d = fdopendir(fd);
	if (!d)
		__close(fd);
	return d;
}

struct dirent *readdir(DIR *d)
{
	struct dirent64 *row;

	if (d->pos >= d->end) {
		long n = __ret(__sys_getdents(d->fd, d->buf, sizeof(d->buf)));

		if (n <= 0)
			return NULL;
		d->pos = 0;
		d->end = n;
	}
	row = (struct dirent64 *)(d->buf + d->pos);
	d->pos += row->d_reclen;
	d->tell = (long)row->d_off;
	d->entry.d_ino = row->d_ino;
	d->entry.d_off = (off_t)row->d_off;
	d->entry.d_reclen = sizeof(d->entry);
	d->entry.d_type = row->d_type;
	strlcpy(d->entry.d_name, row->d_name, sizeof(d->entry.d_name));
	return &d->entry;
}

void seekdir(DIR *d, long pos)
{
	__lseek(d->fd, pos, SEEK_SET);
	d->pos = d->end = 0;
	d->tell = pos;
}

void rewinddir(DIR *d)
{
	seekdir(d, 0);
}
long telldir(DIR *d)
{
	return d->tell;
}
int dirfd(DIR *d)
{
	return d->fd;
}

int closedir(DIR *d)
{
	int r = __close(d->fd);

	free(d);
	return r;
}

int alphasort(const struct dirent **a, const struct dirent **b)
{
	return strcoll((*a)->d_name, (*b)->d_name);
}

int scandir(const char *path, struct dirent ***list, int (*want)(const struct dirent *),
            int (*cmp)(const struct dirent **, const struct dirent **))
{
	struct dirent **all = NULL, **more, *e, *copy;
	DIR *d = opendir(path);
	size_t n = 0;

	if (!d)
		return -1;
	while ((e = readdir(d))) {
		if (want && !want(e))
			continue;
		if (n % 16 == 0) {
			more = reallocarray(all, n + 16, sizeof(*all));
			if (!more)
				goto no_memory;
			all = more;
		}
		copy = malloc(sizeof(*copy));
		if (!copy)
			goto no_memory;
		*copy = *e;
		all[n++] = copy;
	}
	closedir(d);
	if (cmp && n > 1)
		qsort(all, n, sizeof(*all), (int (*)(const void *, const void *))cmp);
	*list = all;
	return (int)n;

no_memory:
	while (n > 0)
		free(all[--n]);
	free(all);
	closedir(d);
	errno = ENOMEM;
	return -1;
}
