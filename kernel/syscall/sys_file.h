// SPDX-License-Identifier: MIT
/* sys_file.h - the handlers of sys_file.c, called by entry.S through the table. */
#ifndef SYSCALL_SYS_FILE_H
#define SYSCALL_SYS_FILE_H

#include "lib/types.h"

long sys_read(int fd, vaddr_t buf, size_t n);
long sys_write(int fd, vaddr_t buf, size_t n);
long sys_pread(int fd, vaddr_t buf, size_t n, s64 off);
long sys_pwrite(int fd, vaddr_t buf, size_t n, s64 off);
long sys_readv(int fd, vaddr_t iov, long count);
long sys_writev(int fd, vaddr_t iov, long count);
long sys_lseek(int fd, s64 off, int whence);
long sys_ftruncate(int fd, s64 size);
long sys_fsync(int fd);
long sys_fdatasync(int fd);
long sys_sync(void);
long sys_close(int fd);
long sys_dup(int fd);
long sys_dup2(int fd, int to);
long sys_dup3(int fd, int to, u32 flags);
long sys_fcntl(int fd, int cmd, unsigned long arg);
long sys_ioctl(int fd, unsigned long request, vaddr_t arg);
long sys_pipe(vaddr_t ufds);
long sys_pipe2(vaddr_t ufds, u32 flags);
long sys_memfd_create(vaddr_t uname, unsigned flags);
long sys_open(vaddr_t upath, u32 flags, u32 mode);
long sys_mknod(vaddr_t upath, u32 major, u32 minor);
long sys_mkdir2(vaddr_t upath, u32 mode);
long sys_mkdir(vaddr_t upath);
long sys_unlink(vaddr_t upath);
long sys_unlink2(vaddr_t upath);
long sys_rmdir(vaddr_t upath);
long sys_link(vaddr_t uold, vaddr_t unew);
long sys_rename(vaddr_t uold, vaddr_t unew);
long sys_chdir(vaddr_t upath);
long sys_fchdir(int fd);
long sys_getcwd(vaddr_t buf, size_t size);
long sys_mount(vaddr_t usource, vaddr_t utarget, vaddr_t utype, unsigned long flags);
long sys_umount(vaddr_t upath);
long sys_truncate(vaddr_t upath, s64 size);
long sys_fstat(int fd, vaddr_t ust);
long sys_fstat2(int fd, vaddr_t ust);
long sys_stat(vaddr_t upath, vaddr_t ust);
long sys_access(vaddr_t upath, int mode);
long sys_statfs(vaddr_t upath, vaddr_t ust);
long sys_utimens(vaddr_t upath, vaddr_t utimes);
long sys_getdents(int fd, vaddr_t buf, size_t n);
long sys_poll(vaddr_t ufds, unsigned n, int timeout_ms);

#endif
