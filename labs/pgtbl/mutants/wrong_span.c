// file: kernel/mm/vm/proc_pagetable.c
// killed by: print_table
/* The addresses of a table's entries are a level too far apart. */
static void show_table(struct seq *s, const pte_t *table, int level, vaddr_t base)
{
	/* The upper half of the root is the kernel's. */
	unsigned n = level == PT_LEVELS - 1 ? PTES_PER_TABLE / 2 : PTES_PER_TABLE;

	for (unsigned i = 0; i < n; i++) {
		vaddr_t va = base + i * PT_SPAN(level > 0 ? level - 1 : 0);
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
