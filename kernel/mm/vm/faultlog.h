// SPDX-License-Identifier: MIT
/* faultlog.h - the last 256 faults: see faultlog.c. */
#ifndef MM_FAULTLOG_H
#define MM_FAULTLOG_H

#include "mm/phys/vmstat.h"
#include "riscv/hart.h"

#define FAULTLOG_SIZE 256

struct fault_record {
	vaddr_t addr;
	u64 when;			/* ticks of the time register */
	u32 cost;			/* the same, spent in the fault */
	s32 pid;
	u8 kind, access, hart;
};

extern struct fault_record faultlog[FAULTLOG_SIZE];

static __always_inline struct fault_record *faultlog_begin(vaddr_t addr, int access)
{
	u64 n = __atomic_fetch_add(&vm_faults, 1, __ATOMIC_RELAXED);
	struct fault_record *r = &faultlog[n % FAULTLOG_SIZE];

	__asm__("" : "+r"(r));		/* one register for it, not base and index */
	r->addr = addr;
	r->pid = current->pid;
	r->access = access;
	r->hart = current->hart;
	current->min_flt++;
	r->when = csr_read(time);
	return r;
}

static __always_inline void faultlog_end(struct fault_record *r, int kind)
{
	r->kind = kind;
	r->cost = csr_read(time) - r->when;
}

void mm_proc_init(void);		/* all of mm/vm's files in /proc */

#endif
