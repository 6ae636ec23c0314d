// SPDX-License-Identifier: MIT
/* sys/mman.h - memory mappings. */
#ifndef SYS_MMAN_H
#define SYS_MMAN_H

#include <sys/types.h>
#include "uapi/mman.h"

void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off);
int munmap(void *addr, size_t len);
int mprotect(void *addr, size_t len, int prot);
int madvise(void *addr, size_t len, int advice);
int mlock(const void *addr, size_t len);
int munlock(const void *addr, size_t len);
int mlockall(int flags);
int munlockall(void);
void *mremap(void *addr, size_t old_len, size_t new_len, int flags, ...);
int msync(void *addr, size_t len, int flags);
int mincore(void *addr, size_t len, unsigned char *vec);
int remap_file_pages(void *addr, size_t len, int prot, size_t pgoff, int flags);
#define MAP_FILE	0	/* the default */
#define MFD_CLOEXEC	1
int memfd_create(const char *name, unsigned flags);
/* Named memory: files of /tmp, which is a file system without a disk. */
int shm_open(const char *name, int flags, mode_t mode);
int shm_unlink(const char *name);

#endif
