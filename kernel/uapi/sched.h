// SPDX-License-Identifier: MIT
/*
 * sched.h - clone, futex, waitpid and reboot: flags and structures, Linux's values.
 * clone(flags, stack, ptid, tls, ctid): the order of RISC-V Linux.
 */
#ifndef UAPI_SCHED_H
#define UAPI_SCHED_H

#define CSIGNAL			0xff	/* low byte of clone's flags: signal for the parent */
#define CLONE_VM		0x00000100
#define CLONE_FS		0x00000200
#define CLONE_FILES		0x00000400
#define CLONE_SIGHAND		0x00000800
#define CLONE_VFORK		0x00004000
#define CLONE_THREAD		0x00010000
#define CLONE_SETTLS		0x00080000
#define CLONE_PARENT_SETTID	0x00100000
#define CLONE_CHILD_CLEARTID	0x00200000
#define CLONE_CHILD_SETTID	0x01000000

#define FUTEX_WAIT		0	/* (addr, op, val, struct timespec *relative or 0) */
#define FUTEX_WAKE		1	/* (addr, op, how many) */
#define FUTEX_REQUEUE		3
#define FUTEX_PRIVATE		128	/* a hint; may be or'ed in */

#define WNOHANG			1
#define WUNTRACED		2
#define WCONTINUED		8

/* reboot(how): how = REBOOT_* | status << 8; the status is shown, for those who boot by script */
#define REBOOT_RESTART		0
#define REBOOT_POWEROFF		1

/* getrlimit, setrlimit: index into task.rlimit */
#define RLIMIT_CPU		0
#define RLIMIT_FSIZE		1
#define RLIMIT_DATA		2
#define RLIMIT_STACK		3
#define RLIMIT_CORE		4
#define RLIMIT_RSS		5
#define RLIMIT_NPROC		6
#define RLIMIT_NOFILE		7
#define RLIMIT_MEMLOCK		8
#define RLIMIT_AS		9
#define RLIM_INFINITY		(~0UL)

#define CLOCK_REALTIME		0
#define CLOCK_MONOTONIC		1

#ifndef __ASSEMBLER__
struct timespec {
	long tv_sec, tv_nsec;
};

struct timeval {
	long tv_sec, tv_usec;
};

struct timezone {			/* nobody fills it */
	int tz_minuteswest, tz_dsttime;
};

struct itimerval {
	struct timeval it_interval, it_value;
};
#define ITIMER_REAL		0

#define RUSAGE_SELF		0
#define RUSAGE_CHILDREN		(-1)
#define RUSAGE_THREAD		1

struct rusage {
	struct timeval ru_utime, ru_stime;
	long ru_maxrss;			/* KiB */
	long ru_ixrss, ru_idrss, ru_isrss;
	long ru_minflt, ru_majflt;
	long ru_nswap, ru_inblock, ru_oublock, ru_msgsnd, ru_msgrcv, ru_nsignals;
	long ru_nvcsw, ru_nivcsw;
};

struct rlimit {
	unsigned long rlim_cur, rlim_max;
};

/* times() fills it, in ticks of 1/100 s */
struct tms {
	long tms_utime, tms_stime, tms_cutime, tms_cstime;
};

struct sysinfo {
	long uptime;			/* seconds */
	unsigned long loads[3];		/* 1, 5, 15 minutes, 16 binary places */
	unsigned long totalram, freeram, sharedram, bufferram, totalswap, freeswap;
	unsigned short procs, pad;
	unsigned long totalhigh, freehigh;
	unsigned int mem_unit;		/* 1: the sizes are bytes */
};

struct utsname {
	char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65];
};
#endif

#endif
