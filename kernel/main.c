// SPDX-License-Identifier: MIT
/*
 * main.c - bring-up, in order.
 *
 * start_kernel runs on the boot hart, on a stack that goes back to the allocator
 * with the rest of the boot-only memory.  It ends as the boot hart's idle task;
 * what has to be able to sleep (mounting, the first program) happens in the kernel
 * thread that becomes pid 1.
 */
#include "dev/blk.h"
#include "fs/vfs.h"
#include "lib/fdt.h"
#include "lib/log.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/cache/pagecache.h"
#include "mm/kmem/slab.h"
#include "mm/kmem/vmalloc.h"
#include "mm/phys/memblock.h"
#include "mm/phys/vmstat.h"
#include "mm/phys/zone.h"
#include "mm/vm/mm.h"
#include "proc/sched.h"
#include "riscv/boot.h"
#include "riscv/hart.h"
#include "riscv/ipi.h"
#include "riscv/kmap.h"
#include "riscv/plic.h"
#include "riscv/sbi.h"
#include "riscv/sections.h"
#include "riscv/timer.h"

static __noreturn void start_idle(void);

/* => interrupts off, early page tables, tp = &idle_tasks[0] */
__init __noreturn void start_kernel(unsigned long sbi_hart_id, paddr_t fdt, paddr_t load_pa)
{
	char arg[4];

	preempt_disable();
	image_pa_offset = load_pa - (unsigned long)image_start;
	boot_read_fdt(fdt);			/* machine_fdt, boot_args, boot_command */
	log_quiet = boot_arg("quiet", arg, sizeof(arg));
	printk("Pagoda: an Sv39 kernel for the classroom\n");
	boot_read_memory();			/* RAM and reservations into memblock */
	kmap_init();				/* the kernel half of every address space */
	mem_init();				/* struct page, nodes, zones, buddy */
	kmap_use_page_allocator();
	slab_init();
	vmalloc_init();
	asid_probe();
	harts_discover((unsigned)sbi_hart_id);
	timer_setup();
	sched_init();				/* tasks, run queues, the idle tasks */
	plic_init();
	plic_init_hart();
	timer_setup_hart();
	sched_init_hart();
	mm_init();				/* address spaces, the zero frame */
	pagecache_init();
	vfs_init();				/* inodes, names, file systems, /proc */
	dev_init();				/* every device the tree names */
	kmap_show();
	start_init();				/* pid 1: waits for its turn on a hart */
	mm_late_init();				/* the other page frames; /proc files of memory */

	char *stack = kstack_alloc();

	if (stack == NULL)
		panic("no memory for the idle task's stack");
	idle_tasks[0].kstack = stack;
	idle_tasks[0].kstack_top = (u64)(stack + THREAD_SIZE);
	boot_switch_stack(stack + THREAD_SIZE, start_idle);
}

/* On the boot hart's final stack: from here on the boot-only memory is not used. */
static __noreturn void start_idle(void)
{
	idle_loop();
}

/* "timeout=SECONDS nonce=WORD" in bootargs: the machine ends by itself, for scripts. */
static void out_of_time(struct timer *t __maybe_unused)
{
	char nonce[40];

	if (boot_arg("nonce", nonce, sizeof(nonce)))
		printk_loud("\n\x01%s timeout\n", nonce);
	machine_poweroff(124);
}

static void watch_time(void)
{
	static struct timer watchdog;
	char seconds[16];

	if (!boot_arg("timeout", seconds, sizeof(seconds)))
		return;
	timer_init(&watchdog, out_of_time);
	timer_arm(&watchdog, simple_strtoul(seconds, NULL, 10) * NSEC_PER_SEC);
}

void boot_late(void)
{
	watch_time();
	if (harts_start())
		kmap_free_init();
	pcp_setup_sizes();			/* each hart holds back some pages */
}
