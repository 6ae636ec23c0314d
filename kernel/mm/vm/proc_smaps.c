// SPDX-License-Identifier: MIT
/*
 * proc_smaps.c - /proc/PID/smaps: of every area, what of it is really there and with how
 * many it is shared.
 *
 * Rss counts a shared page in full, Pss divides it by the number of its mappings, so that
 * the sum of Pss over all processes is the memory they use together.
 */
#include "fs/procfs.h"
#include "fs/vfs.h"
#include "mm/vm/pgwalk.h"
#include "mm/vm/proc_mm.h"
#include "mm/vm/show.h"

struct usage {
	u64 rss, pss_q;			/* pages; pss in 1/4096 */
	u64 shared_clean, shared_dirty, private_clean, private_dirty;
	u64 referenced, anonymous, swap;
};

static void add_page(struct usage *u, pte_t e)
{
	struct page *p = pte_page(e);
	u32 maps = page_maps(p);
	bool dirty = pte_dirty(e) || page_test(p, PG_DIRTY);

	u->rss++;
	u->pss_q += 4096 / MAX(maps, 1u);
	if (maps > 1)
		*(dirty ? &u->shared_dirty : &u->shared_clean) += 1;
	else
		*(dirty ? &u->private_dirty : &u->private_clean) += 1;
	if (pte_young(e) || page_test(p, PG_REFERENCED))
		u->referenced++;
	if (p->anon & PAGE_ANON)
		u->anonymous++;
}

static void measure(const struct vma *v, struct usage *u)
{
	vaddr_t va = v->start, stop;
	pte_t *pte;

	*u = (struct usage){ 0 };
	while ((pte = pt_next(v->mm, &va, v->end, &stop)) != NULL) {
		struct page *table = pt_page(pte);

		ptl_lock(table);
		for (; va < stop; va += PAGE_SIZE, pte++) {
			pte_t e = pte_get(pte);

			if (pte_present(e) && !pte_special(e))
				add_page(u, e);
			else if (pte_swap(e))
				u->swap++;
		}
		ptl_unlock(table);
	}
}

static void kib(struct seq *s, const char *name, u64 pages)
{
	seq_printf(s, "%-16s%8lu kB\n", name, (unsigned long)pages << (PAGE_SHIFT - 10));
}

static void show_flags(struct seq *s, u32 flags)
{
	static const struct { u32 flag; const char *name; } names[] = {
		{ VM_READ, "rd" }, { VM_WRITE, "wr" }, { VM_EXEC, "ex" }, { VM_SHARED, "sh" },
		{ VM_MAYREAD, "mr" }, { VM_MAYWRITE, "mw" }, { VM_MAYEXEC, "me" },
		{ VM_GROWSDOWN, "gd" }, { VM_LOCKED, "lo" }, { VM_SEQ_READ, "sr" },
		{ VM_RAND_READ, "rr" }, { VM_ACCOUNT, "ac" }, { VM_NORESERVE, "nr" },
	};

	seq_puts(s, "VmFlags:");
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].flag)
			seq_printf(s, " %s", names[i].name);
	seq_putc(s, '\n');
}

static void show_area(struct seq *s, const struct vma *v)
{
	struct usage u;

	measure(v, &u);
	show_vma_line(s, v);
	kib(s, "Size:", vma_pages(v));
	kib(s, "KernelPageSize:", 1);
	kib(s, "MMUPageSize:", 1);
	kib(s, "Rss:", u.rss);
	seq_printf(s, "%-16s%8lu kB\n", "Pss:", (unsigned long)(u.pss_q * 4 / 4096));
	kib(s, "Shared_Clean:", u.shared_clean);
	kib(s, "Shared_Dirty:", u.shared_dirty);
	kib(s, "Private_Clean:", u.private_clean);
	kib(s, "Private_Dirty:", u.private_dirty);
	kib(s, "Referenced:", u.referenced);
	kib(s, "Anonymous:", u.anonymous);
	kib(s, "Swap:", u.swap);
	kib(s, "Locked:", v->flags & VM_LOCKED ? u.rss : 0);
	show_flags(s, v->flags);
}

static int show_smaps(struct seq *s, struct task *t)
{
	return show_areas(s, t, show_area);
}

void smaps_proc_init(void)
{
	proc_create_pid("smaps", show_smaps);
}
