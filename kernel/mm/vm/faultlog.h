// SPDX-License-Identifier: MIT
/* faultlog.h - the last 256 faults: see faultlog.c. */
#ifndef MM_FAULTLOG_H
#define MM_FAULTLOG_H

#include "riscv/hart.h"

#define FAULTLOG_SIZE 256

struct fault_record {
	vaddr_t addr;
	u64 when;			/* ticks of the time register */
	u32 cost;			/* the same, spent in the fault */
	s32 pid;
	u32 what;			/* kind | access << 8 | hart << 16 */
};

extern struct fault_record faultlog[FAULTLOG_SIZE];
extern u32 faultlog_next;		/* records ever made */

static __always_inline u64 faultlog_now(void)
{
	return csr_read(time);
}

/* began 0: the cost is not known. */
static __always_inline void faultlog_add(int kind, vaddr_t addr, int access, u64 began)
{
	u32 n = __atomic_fetch_add(&faultlog_next, 1, __ATOMIC_RELAXED);
	struct fault_record *r = &faultlog[n % FAULTLOG_SIZE];

	r->addr = addr;
	r->when = csr_read(time);
	r->cost = began != 0 ? r->when - began : 0;
	r->pid = current->pid;
	r->what = kind | access << 8 | current->hart << 16;
}

void mm_proc_init(void);		/* all of mm/vm's files in /proc */

#endif
