// SPDX-License-Identifier: MIT
/*
 * vmstat.h - counting what memory is used for, and what happens to it.
 *
 * Two kinds of numbers.  Events only grow: each hart adds to its own row, a reader
 * sums the rows.  States go up and down (pages that are slabs, page tables, ...), per
 * node: each hart keeps a small delta and folds it into the node's total when it
 * passes STATE_FOLD, so that the total is one word for a quick reader and total plus
 * deltas is exact.  All operations are single atomic adds on the hart's own line; a
 * task that is moved between reading its hart and adding counts on the wrong hart,
 * which is harmless.
 */
#ifndef MM_VMSTAT_H
#define MM_VMSTAT_H

#include "lib/atomic.h"
#include "mm/phys/zone.h"

enum vm_event {
	PGFAULT,			/* vm_faults, below */
	PGMAJFAULT,			/* of these, that read from a disk */
	PGPGIN, PGPGOUT,		/* KiB from and to disks */
	PGSTEAL_DIRECT, ALLOCSTALL, ALLOC_FAIL, DROP_SLAB, DEFERRED_GROW,
	PCP_REFILL, PCP_DRAIN, SLAB_REFILL, SLAB_FLUSH, KSTACK_HIT, KSTACK_MISS, VMAP_PURGE,
	COW_COPY, ICACHE_FLUSH,
	PGLAZYFREE, PGLAZYFREED,	/* pages given to MADV_FREE, and taken by reclaim */
	NR_VM_EVENTS
};
enum vm_state {
	NR_SLAB_RECLAIMABLE, NR_SLAB_UNRECLAIMABLE, NR_KERNEL_STACK_KB, NR_PAGETABLE, NR_VMALLOC,
	NR_VM_STATES
};

#define STATE_FOLD	64

struct vm_hart_counts {
	u64 event[NR_VM_EVENTS];
	s32 delta[NR_NODES][NR_VM_STATES];
} __aligned(64);

/* PGFAULT is not counted a hart: mm/vm's fault log needs one sequence anyway. */
extern u64 vm_faults;

extern struct vm_hart_counts vm_counts[NR_HARTS];
extern atomic64_t vm_states[NR_NODES][NR_VM_STATES];

static __always_inline void count_vm_events(enum vm_event e, u64 n)
{
	__atomic_fetch_add(&vm_counts[hart_id()].event[e], n, __ATOMIC_RELAXED);
}
static __always_inline void count_vm_event(enum vm_event e) { count_vm_events(e, 1); }

static inline void mod_node_state(unsigned node, enum vm_state s, s32 n)
{
	s32 *d = &vm_counts[hart_id()].delta[node][s];
	s32 v = __atomic_add_fetch(d, n, __ATOMIC_RELAXED);

	if (unlikely(v > STATE_FOLD || v < -STATE_FOLD))
		atomic_add(&vm_states[node][s], __atomic_exchange_n(d, 0, __ATOMIC_RELAXED));
}
static inline void mod_page_state(const struct page *p, enum vm_state s, s32 n)
{
	mod_node_state(page_node_id(p), s, n);
}

u64 vm_event(enum vm_event e);			/* sum over harts */
s64 node_state(unsigned node, enum vm_state s);	/* exact when nothing moves */
s64 vm_state(enum vm_state s);			/* all nodes */

/* Start the deferred initialisation and make the /proc files. => scheduler and procfs are up */
void phys_late_init(void);
void phys_proc_init(void);
/* The lines of /proc/vmstat that higher floors know (meminfo.c). */
struct seq;
void vmstat_more(struct seq *s);
/* The same for all of mm/ (meminfo.c). */
void mm_late_init(void);

#endif
