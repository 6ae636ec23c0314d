// SPDX-License-Identifier: MIT
/*
 * faultlog.c - the last 256 page faults: what, where, whose, how dear.
 *
 * A ring that every fault writes one record into, without a lock: the slot is
 * taken by one atomic addition.  A reader may see a record half written when 256
 * faults pass while it looks; it is a window for people, not a journal.
 * /proc/faults prints it, GDB's "faults" reads it of a stopped machine.
 */
#include "fs/procfs.h"
#include "mm/vm/fault.h"
#include "mm/vm/faultlog.h"
#include "mm/vm/proc_mm.h"

struct fault_record faultlog[FAULTLOG_SIZE];

static const char *const kind_name[NR_FAULT_KINDS] = {
	[FK_ZERO] = "zero", [FK_ANON] = "anon", [FK_FILE] = "file", [FK_FILE_COPY] = "file-copy",
	[FK_FILE_WRITE] = "file-write", [FK_COW_ZERO] = "cow-zero", [FK_COW_COPY] = "cow-copy",
	[FK_COW_REUSE] = "cow-reuse",
	[FK_SPURIOUS] = "spurious", [FK_SEGV] = "segv", [FK_BUS] = "bus", [FK_OOM] = "oom",
};

static int show_faults(struct seq *s, void *arg)
{
	u32 end = READ_ONCE(vm_faults);
	u32 n = end < FAULTLOG_SIZE ? end : FAULTLOG_SIZE;

	(void)arg;
	seq_printf(s, "%8s %4s %6s %-6s %-10s %16s %8s\n", "number", "hart", "pid", "access", "kind",
		   "address", "ticks");
	for (u32 i = end - n; i != end; i++) {
		const struct fault_record *r = &faultlog[i % FAULTLOG_SIZE];
		unsigned kind = r->kind, access = r->access;

		seq_printf(s, "%8u %4u %6d %-6s %-10s %16lx %8u\n", i, r->hart, r->pid,
			   access == FAULT_READ ? "read" : access == FAULT_WRITE ? "write" : "exec",
			   kind < NR_FAULT_KINDS ? kind_name[kind] : "?", r->addr, r->cost);
	}
	return 0;
}

void faultlog_proc_init(void)
{
	proc_create("faults", show_faults, NULL, NULL);
}
