// SPDX-License-Identifier: MIT
/*
 * proc_misc.c - the files of /proc that belong to no one subsystem.
 *
 * Formats are Linux's where Linux has the file.
 */
#include "fs/procfs.h"
#include "fs/vfs.h"
#include "lib/fdt.h"
#include "lib/log.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/vm/mm.h"
#include "proc/task.h"
#include "riscv/hart.h"
#include "riscv/irq.h"
#include "riscv/timer.h"
#include "sync/lockdep.h"
#include "uapi/errno.h"

void proc_misc_init(void);

static int show_version(struct seq *s, void *arg)
{
	(void)arg;
	seq_puts(s, "Pagoda version 1.0 (riscv64, Sv39) "
#ifdef __clang__
	            "clang " __clang_version__
#else
	            "gcc " __VERSION__
#endif
#ifdef CONFIG_DEBUG
	            " debug"
#endif
	            "\n");
	return 0;
}

static int show_cmdline(struct seq *s, void *arg)
{
	(void)arg;
	seq_printf(s, "%s%s%s\n", boot_args, boot_command[0] != '\0' ? " -- " : "", boot_command);
	return 0;
}

static int show_uptime(struct seq *s, void *arg)
{
	u64 up = time_ns() / (NSEC_PER_SEC / 100), idle = 0;

	(void)arg;
	for (unsigned h = 0; h < nr_harts; h++)
		idle += READ_ONCE(idle_tasks[h].runtime_ns) / (NSEC_PER_SEC / 100);
	seq_printf(s, "%lu.%02lu %lu.%02lu\n", up / 100, up % 100, idle / 100, idle % 100);
	return 0;
}

static int show_kmsg(struct seq *s, void *arg)
{
	u64 pos = 0;
	size_t n;

	(void)arg;
	while ((n = log_read(&pos, s->buf + s->len, s->size - s->len)) > 0)
		s->len += n;
	if (s->len == s->size)
		s->failed = true;
	return 0;
}

static int show_cpuinfo(struct seq *s, void *arg)
{
	int cpus = fdt_path(&machine_fdt, "/cpus");

	(void)arg;
	for (unsigned h = 0; h < nr_harts; h++) {
		seq_printf(s, "processor\t: %u\nhart\t\t: %u\nnode\t\t: %u\n", h, hart_to_sbi[h],
		           hart_to_node[h]);
		for (int n = cpus >= 0 ? fdt_first_child(&machine_fdt, cpus) : -1; n >= 0;
		     n = fdt_next_sibling(&machine_fdt, n)) {
			const char *isa = fdt_prop_str(&machine_fdt, n, "riscv,isa");
			const char *mmu = fdt_prop_str(&machine_fdt, n, "mmu-type");
			u32 id;

			if (fdt_prop_u32(&machine_fdt, n, "reg", &id) != 0 || id != hart_to_sbi[h])
				continue;
			if (isa != NULL)
				seq_printf(s, "isa\t\t: %s\n", isa);
			if (mmu != NULL)
				seq_printf(s, "mmu\t\t: %s, used as sv39\n", mmu);
		}
		seq_putc(s, '\n');
	}
	return 0;
}

static int show_interrupts(struct seq *s, void *arg)
{
	const char *name;
	u64 count;

	(void)arg;
	seq_puts(s, "           count\n");
	for (unsigned irq = 1; irq_stats(irq, &name, &count); irq++)
		if (name != NULL)
			seq_printf(s, "%3u: %10lu  PLIC %s\n", irq, count, name);
	return 0;
}

#ifdef CONFIG_DEBUG
/* The lock order as far as it has been seen: outer lock, inner lock, where first. */
static int show_lockdep(struct seq *s, void *arg)
{
	const char *outer, *inner;
	vaddr_t site;

	(void)arg;
	for (unsigned i = 0; lockdep_edge(i, &outer, &inner, &site); i++)
		seq_printf(s, "%-16s -> %-16s %pS\n", outer, inner, (void *)site);
	return 0;
}
#endif

/* --- of every process --- */

static int show_exe(struct seq *s, struct task *t)
{
	struct mm *mm = task_mm_get(t);

	if (mm == NULL)
		return -ENOENT; /* a thread of the kernel */
	down_read(&mm->mmap_lock); /* its last user may be leaving */
	if (mm->exe != NULL && mm->exe->path != NULL)
		seq_printf(s, "%s\n", mm->exe->path);
	up_read(&mm->mmap_lock);
	mm_put(mm);
	return 0;
}

void proc_misc_init(void)
{
	proc_create("version", show_version, NULL, NULL);
	proc_create("cmdline", show_cmdline, NULL, NULL);
	proc_create("uptime", show_uptime, NULL, NULL);
	proc_create("kmsg", show_kmsg, NULL, NULL);
	proc_create("cpuinfo", show_cpuinfo, NULL, NULL);
	proc_create("interrupts", show_interrupts, NULL, NULL);
	proc_create_pid("exe", show_exe);
#ifdef CONFIG_DEBUG
	proc_create("lockdep", show_lockdep, NULL, NULL);
#endif
}
