// SPDX-License-Identifier: MIT
/* sched.h - harts and their sharing. */
#ifndef SCHED_H
#define SCHED_H

#include <sys/types.h>
#include "uapi/sched.h"

int sched_yield(void);
int sched_getcpu(void);
/* mask: bit n allows hart n */
int sched_setaffinity(pid_t pid, unsigned long mask);
#ifdef _GNU_SOURCE	/* as on Linux: programs have clones of their own */
/* fn(arg) runs on the new stack; its result is the exit status. */
int clone(int (*fn)(void *), void *stack, int flags, void *arg, pid_t *ptid, void *tls, pid_t *ctid);
#endif

#endif
