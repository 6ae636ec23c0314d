// SPDX-License-Identifier: MIT
/*
 * proc_pagetable.c - /proc/PID/pagetable: the user half of a process's page table, as the
 * hardware reads it.
 *
 *	root 80865: 2 entries
 *	..  0: 0000000000000000 table 80868: 1 entries
 *	.. ..  0: 0000000000000000 table 80869: 5 entries
 *	.. .. .. 16: 0000000000010000 frame 8008c r-xu-a--
 *	.. .. .. 17: 0000000000011000 frame 80409 r-xu-a--
 *	...
 *	..255: 0000003fc0000000 table 80866: 1 entries
 *
 * A line an entry that is not zero, under the table it lies in: its index, the first
 * address that it maps, and the table, the frame or the swap slot that it names.  "entries"
 * is what the table's page counts (T1).  The letters are R, W, X, U, G, A, D and S for the
 * zero frame (PTE_SPECIAL).
 *
 * Locks: mmap_lock for reading keeps the tables in place (T2); each entry is read once.
 */
#include "fs/procfs.h"
#include "mm/vm/pgwalk.h"
#include "mm/vm/proc_mm.h"

static void show_flags(struct seq *s, pte_t e)
{
	static const char letter[] = "rwxugads";

	for (unsigned i = 0; i < sizeof(letter) - 1; i++)
		seq_putc(s, e.v & PTE_R << i ? letter[i] : '-');
}

/* The entries of one table, whose first maps base, and all that is below them. */
static void show_table(struct seq *s, const pte_t *table, int level, vaddr_t base)
{
	/* The upper half of the root is the kernel's. */
	unsigned n = level == PT_LEVELS - 1 ? PTES_PER_TABLE / 2 : PTES_PER_TABLE;

	for (unsigned i = 0; i < n; i++) {
		vaddr_t va = base + i * PT_SPAN(level);
		pte_t e = pte_get(&table[i]);

		if (pte_none(e))
			continue;
		for (int l = PT_LEVELS - 1; l > level; l--)
			seq_puts(s, ".. ");
		seq_printf(s, "..%3u: %016lx ", i, va);
		if (!pte_present(e)) {
			seq_printf(s, "swap %lx\n", (unsigned long)e.v >> 1);
		} else if (level > 0) {
			seq_printf(s, "table %lx: %lu entries\n", pte_pfn(e),
				   (unsigned long)pte_page(e)->index);
			show_table(s, pte_to_table(e), level - 1, va);
		} else {
			seq_printf(s, "frame %lx ", pte_pfn(e));
			show_flags(s, e);
			seq_putc(s, '\n');
		}
	}
}

static int show_pagetable(struct seq *s, struct task *t)
{
	struct mm *mm = task_mm_get(t);

	if (mm == NULL)
		return 0;
	down_read(&mm->mmap_lock);
	seq_printf(s, "root %lx: %lu entries\n", page_to_pfn(pt_page(mm->root)),
		   (unsigned long)pt_page(mm->root)->index);
	show_table(s, mm->root, PT_LEVELS - 1, 0);
	up_read(&mm->mmap_lock);
	mm_put(mm);
	return 0;
}

void pagetable_proc_init(void)
{
	proc_create_pid("pagetable", show_pagetable);
}
