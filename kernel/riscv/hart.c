// SPDX-License-Identifier: MIT
/*
 * hart.c - finding the harts in the device tree and starting them.
 *
 * The firmware enters the kernel on one hart, which becomes number 0; the others
 * are numbered in the tree's order and wait in the firmware until the Hart State
 * Management extension starts them, one at a time, at _start as the first (head.S
 * says why).  Each brings its own registers up and then idles, which is to say:
 * looks for work.
 */
#include "riscv/hart.h"
#include "lib/atomic.h"
#include "lib/fdt.h"
#include "lib/printk.h"
#include "mm/kmem/vmalloc.h"
#include "mm/vm/mm.h"
#include "proc/sched.h"
#include "riscv/gang.h"
#include "riscv/ipi.h"
#include "riscv/kmap.h"
#include "riscv/plic.h"
#include "riscv/sbi.h"
#include "riscv/sections.h"
#include "riscv/timer.h"

unsigned nr_harts = 1;
unsigned hart_to_sbi[NR_HARTS];
unsigned hart_to_node[NR_HARTS];

#define PATIENCE	(2 * NSEC_PER_SEC)	/* with a hart that the firmware has started */

static unsigned nr_present = 1;		/* in the tree, NR_HARTS at most */
static atomic_t harts_up = ATOMIC_INIT(1);

struct hart_start hart_start __initdata;

void _start(void);			/* head.S */

__init void harts_discover(unsigned boot_sbi_id)
{
	const struct fdt *f = &machine_fdt;
	unsigned left_out = 0;
	int cpus = fdt_path(f, "/cpus"), node;

	hart_to_sbi[0] = boot_sbi_id;
	if (cpus < 0)
		return;
	for (node = fdt_first_child(f, cpus); node >= 0; node = fdt_next_sibling(f, node)) {
		u32 id, numa = 0;
		unsigned n;
		const char *type = fdt_prop_str(f, node, "device_type");

		if (type == NULL || type[0] != 'c' || !fdt_available(f, node) ||
		    fdt_prop_u32(f, node, "reg", &id) != 0)
			continue;
		fdt_prop_u32(f, node, "numa-node-id", &numa);
		if (id == boot_sbi_id) {
			n = 0;
		} else if (nr_present < NR_HARTS && id < 64) {
			n = nr_present++;
			hart_to_sbi[n] = id;
		} else {
			left_out++;
			continue;
		}
		hart_to_node[n] = MIN(numa, (u32)NR_NODES - 1);
	}
	if (left_out != 0)
		printk_loud("harts: %u more in the device tree than this kernel uses (%d)\n",
			    left_out, NR_HARTS);
}

__noreturn void start_secondary(void)
{
	preempt_disable();
	plic_init_hart();
	timer_setup_hart();
	sched_init_hart();
	__atomic_fetch_add(&harts_up.v, 1, __ATOMIC_RELEASE);
	/* Run nothing before nr_harts counts this hart: a call or a flush that goes to all
	 * would leave it out.  (gang_join returns when all are up.) */
	if (deterministic)
		gang_join();
	else
		while (READ_ONCE(nr_harts) <= hart_id())
			;
	idle_loop();
}

/* Has hart h arrived, within PATIENCE? */
static bool hart_came(unsigned h)
{
	u64 end = time_ns() + PATIENCE;

	while (smp_load_acquire(&harts_up.v) != (s32)h + 1) {
		if (time_ns() > end)
			return false;
		timer_wfi_until(time_ns() + 10000);
	}
	return true;
}

bool harts_start(void)
{
	bool lost = false;

	for (unsigned h = 1; h < nr_present && !lost; h++) {
		struct task *idle = &idle_tasks[h];
		char *stack = kstack_alloc();
		int err;

		if (stack == NULL)
			panic("hart %u: no memory for its stack", h);
		idle->kstack = stack;
		idle->kstack_top = (u64)(stack + THREAD_SIZE);
		idle->hart = h;
		hart_start.root = image_or_direct_pa(kernel_root);
		hart_start.task = idle;
		hart_start.stack_top = stack + THREAD_SIZE;
		smp_store_release(&hart_start.ready, 1);
		err = sbi_hart_start(hart_to_sbi[h], image_pa(_start), 0);
		if (err != 0) {
			printk_loud("hart %u (firmware's %u) does not start: SBI error %d\n", h,
				    hart_to_sbi[h], err);
			kstack_free(stack);
			break;		/* numbers stay dense */
		}
		if (!hart_came(h)) {
			/* It may still come.  Then it waits in head.S for what is not said again. */
			printk_loud("hart %u (firmware's %u) was started and has not come\n", h,
				    hart_to_sbi[h]);
			lost = true;
		}
		hart_start.ready = 0;
		if (!lost)
			WRITE_ONCE(nr_harts, h + 1);
	}
	if (deterministic)
		gang_start();
	printk("harts: %u up\n", nr_harts);
	return !lost;
}
