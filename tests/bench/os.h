// SPDX-License-Identifier: MIT
/*
 * os.h - the few system calls that bench.c makes, raw, under one name on Pagoda and
 * on Linux, so that both run the same program without a C library.
 */
#ifndef BENCH_OS_H
#define BENCH_OS_H

typedef unsigned long u64;

static inline __attribute__((always_inline)) long
sys(long nr, long a, long b, long c, long d, long e, long f)
{
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a5 __asm__("a5") = f;
	register long a7 __asm__("a7") = nr;

	__asm__ volatile("ecall" : "+r"(a0)
			 : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
	return a0;
}

#define PROT_READ	1
#define PROT_WRITE	2
#define PROT_EXEC	4
#define MAP_SHARED	1
#define MAP_PRIVATE	2
#define MAP_FIXED	0x10
#define MAP_ANON	0x20
#define MADV_DONTNEED	4

#ifdef BENCH_LINUX
#define O_RDWR		2
#define O_CREAT		0100
#define OS_READ(f, b, n)	sys(63, f, (long)(b), n, 0, 0, 0)
#define OS_WRITE(f, b, n)	sys(64, f, (long)(b), n, 0, 0, 0)
#define OS_PREAD(f, b, n, o)	sys(67, f, (long)(b), n, o, 0, 0)
#define OS_PWRITE(f, b, n, o)	sys(68, f, (long)(b), n, o, 0, 0)
#define OS_OPEN(p, fl)		sys(56, -100, (long)(p), fl, 0644, 0, 0)
#define OS_CLOSE(f)		sys(57, f, 0, 0, 0, 0, 0)
#define OS_UNLINK(p)		sys(35, -100, (long)(p), 0, 0, 0, 0)
#define OS_FSYNC(f)		sys(82, f, 0, 0, 0, 0, 0)
#define OS_PIPE(p)		sys(59, (long)(p), 0, 0, 0, 0, 0)
#define OS_FORK()		sys(220, 17, 0, 0, 0, 0, 0)
#define OS_VFORK()		sys(220, 0x4000 | 0x100 | 17, 0, 0, 0, 0, 0)
#define OS_EXEC(p, av, ev)	sys(221, (long)(p), (long)(av), (long)(ev), 0, 0, 0)
#define OS_WAIT()		sys(260, -1, 0, 0, 0, 0, 0)
#define OS_EXIT(c)		sys(93, c, 0, 0, 0, 0, 0)
#define OS_GETPID()		sys(172, 0, 0, 0, 0, 0, 0)
#define OS_CLOCK(ts)		sys(113, 1, (long)(ts), 0, 0, 0, 0)
#define OS_BRK(a)		sys(214, (long)(a), 0, 0, 0, 0, 0)
#define OS_MMAP(a, l, p, fl, fd) sys(222, (long)(a), l, p, fl, fd, 0)
#define OS_MUNMAP(a, l)		sys(215, (long)(a), l, 0, 0, 0, 0)
#define OS_MPROTECT(a, l, p)	sys(226, (long)(a), l, p, 0, 0, 0)
#define OS_MADVISE(a, l, m)	sys(233, (long)(a), l, m, 0, 0, 0)
#define OS_YIELD()		sys(124, 0, 0, 0, 0, 0, 0)
#define OS_MKDIR(p)		sys(34, -100, (long)(p), 0755, 0, 0, 0)
#define OS_MKNOD(p, m, d)	sys(33, -100, (long)(p), m, d, 0, 0)
#define OS_MOUNT(d, p, t)	sys(40, (long)(d), (long)(p), (long)(t), 0, 0, 0)
#define OS_IOCTL(f, c, a)	sys(29, f, c, (long)(a), 0, 0, 0)
#define OS_POWEROFF()		sys(142, 0xfee1dead, 0x28121969, 0x4321fedc, 0, 0, 0)
#define TMPFS_FILE	"/t/bench"
#define DISK_FILE	"/e/bench"
#define TINY		"/tiny"
#else
#include "syscall_nr.h"
#define O_RDWR		2
#define O_CREAT		0x200
#define OS_READ(f, b, n)	sys(SYS_read, f, (long)(b), n, 0, 0, 0)
#define OS_WRITE(f, b, n)	sys(SYS_write, f, (long)(b), n, 0, 0, 0)
#define OS_PREAD(f, b, n, o)	sys(SYS_pread, f, (long)(b), n, o, 0, 0)
#define OS_PWRITE(f, b, n, o)	sys(SYS_pwrite, f, (long)(b), n, o, 0, 0)
#define OS_OPEN(p, fl)		sys(SYS_open, (long)(p), fl, 0644, 0, 0, 0)
#define OS_CLOSE(f)		sys(SYS_close, f, 0, 0, 0, 0, 0)
#define OS_UNLINK(p)		sys(SYS_unlink, (long)(p), 0, 0, 0, 0, 0)
#define OS_FSYNC(f)		sys(SYS_fsync, f, 0, 0, 0, 0, 0)
#define OS_PIPE(p)		sys(SYS_pipe, (long)(p), 0, 0, 0, 0, 0)
#define OS_FORK()		sys(SYS_fork, 0, 0, 0, 0, 0, 0)
#define OS_VFORK()		sys(SYS_clone, 0x4000 | 0x100 | 17, 0, 0, 0, 0, 0)
#define OS_EXEC(p, av, ev)	sys(SYS_execve, (long)(p), (long)(av), (long)(ev), 0, 0, 0)
#define OS_WAIT()		sys(SYS_wait, 0, 0, 0, 0, 0, 0)
#define OS_EXIT(c)		sys(SYS_exit, c, 0, 0, 0, 0, 0)
#define OS_GETPID()		sys(SYS_getpid, 0, 0, 0, 0, 0, 0)
#define OS_CLOCK(ts)		sys(SYS_clock_gettime, 1, (long)(ts), 0, 0, 0, 0)
#define OS_BRK(a)		sys(SYS_brk, (long)(a), 0, 0, 0, 0, 0)
#define OS_MMAP(a, l, p, fl, fd) sys(SYS_mmap, (long)(a), l, p, fl, fd, 0)
#define OS_MUNMAP(a, l)		sys(SYS_munmap, (long)(a), l, 0, 0, 0, 0)
#define OS_MPROTECT(a, l, p)	sys(SYS_mprotect, (long)(a), l, p, 0, 0, 0)
#define OS_MADVISE(a, l, m)	sys(SYS_madvise, (long)(a), l, m, 0, 0, 0)
#define OS_YIELD()		sys(SYS_sched_yield, 0, 0, 0, 0, 0, 0)
#define TMPFS_FILE	"/tmp/bench"
#define DISK_FILE	"/bench.tmp"
#define TINY		"/bench/tiny"
#endif

#endif
