// SPDX-License-Identifier: MIT
/*
 * backtrace.c - who called whom.
 *
 * Every function keeps a frame pointer in s0: the return address lies at s0-8, the
 * caller's s0 at s0-16.  A chain is followed as long as it climbs within one kernel
 * stack, so a broken one ends early instead of faulting.
 */
#include "lib/printk.h"
#include "proc/task.h"
#include "riscv/csr.h"
#include "riscv/hart.h"
#include "riscv/pgtable.h"
#include "riscv/sections.h"
#include "riscv/trap.h"

#define MAX_DEPTH 32

static bool in_text(vaddr_t pc)
{
	return (pc >= (vaddr_t)text_start && pc < (vaddr_t)text_end) ||
	       (pc >= (vaddr_t)image_start && pc < (vaddr_t)init_data_start);
}

/* Follow the chain from frame pointer fp.  The stack ends at the next multiple of
 * THREAD_SIZE above it (task.h says how stacks are aligned). */
static unsigned walk(vaddr_t fp, vaddr_t *pcs, unsigned n)
{
	vaddr_t top = ALIGN_UP(fp + 1, THREAD_SIZE);
	unsigned got = 0;

	while (got < n && fp >= PAGE_OFFSET && IS_ALIGNED(fp, 8) && fp <= top &&
	       fp - 16 >= top - THREAD_SIZE) {
		vaddr_t pc = ((vaddr_t *)fp)[-1], up = ((vaddr_t *)fp)[-2];

		if (!in_text(pc))
			break;
		pcs[got++] = pc;
		if (up <= fp)
			break;
		fp = up;
	}
	return got;
}

unsigned save_backtrace(vaddr_t *pcs, unsigned n, unsigned skip)
{
	vaddr_t all[MAX_DEPTH];
	unsigned got = walk((vaddr_t)__builtin_frame_address(0), all, MAX_DEPTH), i;

	for (i = 0; i < n && i + skip < got; i++)
		pcs[i] = all[i + skip];
	return i;
}

static void show_chain(const vaddr_t *pcs, unsigned n)
{
	for (unsigned i = 0; i < n; i++)	/* -2: inside the call, not after it */
		printk_loud("  [%2u] %016lx %pS\n", i, pcs[i], (void *)(pcs[i] - 2));
}

void show_backtrace(void)
{
	vaddr_t pcs[MAX_DEPTH];

	printk_loud("backtrace, newest first:\n");
	show_chain(pcs, walk((vaddr_t)__builtin_frame_address(0), pcs, MAX_DEPTH));
}

/* The chain of the code that a trap interrupted, that code itself first. */
static void show_trap_backtrace(const struct trap_frame *tf)
{
	vaddr_t pcs[MAX_DEPTH];

	printk_loud("backtrace, newest first:\n");
	printk_loud("       %016lx %pS\n", tf->sepc, (void *)tf->sepc);
	show_chain(pcs, walk(tf->s0, pcs, MAX_DEPTH));
}

void show_registers(const struct trap_frame *tf)
{
	static const char *const names[] = {
		"ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3",
		"a4", "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10",
		"s11", "t3", "t4", "t5", "t6",
	};
	const u64 *reg = &tf->ra;

	printk_loud("registers: hart %u, pid %d (%s), %s mode\n", current->hart, current->pid,
		    current->comm, trap_from_user(tf) ? "user" : "supervisor");
	printk_loud("  pc %016lx  sstatus %016lx  scause %016lx  stval %016lx\n", tf->sepc,
		    tf->sstatus, tf->scause, tf->stval);
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		printk_loud("  %3s %016lx%s", names[i], reg[i],
			    i % 4 == 3 || i + 1 == ARRAY_SIZE(names) ? "\n" : "");
	if (!trap_from_user(tf))
		show_trap_backtrace(tf);
}
