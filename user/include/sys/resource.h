// SPDX-License-Identifier: MIT
/* sys/resource.h - limits and priorities. */
#ifndef SYS_RESOURCE_H
#define SYS_RESOURCE_H

#include "uapi/sched.h"

#define PRIO_PROCESS	0
typedef unsigned long rlim_t;

int getrlimit(int what, struct rlimit *lim);
int setrlimit(int what, const struct rlimit *lim);
int getrusage(int who, struct rusage *usage);
int getpriority(int which, int who);
int setpriority(int who, int nice_value);

#endif
