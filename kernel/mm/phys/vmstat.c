// SPDX-License-Identifier: MIT
/*
 * vmstat.c - the counters behind vmstat.h, and the start of what needs a scheduler.
 */
#include "lib/printk.h"
#include "mm/phys/fault_inject.h"
#include "mm/phys/vmstat.h"

struct vm_hart_counts vm_counts[NR_HARTS];
atomic64_t vm_states[NR_NODES][NR_VM_STATES];

u64 vm_faults;

u64 vm_event(enum vm_event e)
{
	u64 n = e == PGFAULT ? READ_ONCE(vm_faults) : 0;

	for (unsigned h = 0; h < NR_HARTS; h++)
		n += READ_ONCE(vm_counts[h].event[e]);
	return n;
}

s64 node_state(unsigned node, enum vm_state s)
{
	s64 n = atomic_read(&vm_states[node][s]);

	for (unsigned h = 0; h < NR_HARTS; h++)
		n += READ_ONCE(vm_counts[h].delta[node][s]);
	return n;
}

s64 vm_state(enum vm_state s)
{
	s64 n = 0;

	for (unsigned i = 0; i < NR_NODES; i++)
		n += node_state(i, s);
	return n;
}

#ifdef __KERNEL__
void phys_late_init(void)
{
	pcp_setup_first();		/* now that the harts' nodes are known */
	phys_proc_init();
	fault_inject_init();
	page_init_start();
}
#endif
