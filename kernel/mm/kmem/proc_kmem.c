// SPDX-License-Identifier: MIT
/*
 * proc_kmem.c - /proc/slabinfo and /proc/vmallocinfo, in Linux's formats.
 *
 * Reading slabinfo asks every hart to give its free slots back first, so that the
 * numbers are exact in every layout: a test that compares two readings sees a leak of
 * one object.
 */
#include "fs/procfs.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/slab_internal.h"
#include "mm/kmem/vmap_internal.h"
#include "mm/kmem/vmalloc.h"
#include "riscv/trap.h"
#include "uapi/errno.h"

static int show_slabinfo(struct seq *s, void *arg)
{
	struct kmem_cache *c;
	unsigned i = 0;

	(void)arg;
	kmem_flush_all();
	seq_puts(s, "slabinfo - version: 2.1\n"
		 "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
		 " : tunables <limit> <batchcount> <sharedfactor>"
		 " : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
	/* One line at a time: printing is long, and interrupts are off under the lock. */
	for (;; i++) {
		unsigned long flags = spin_lock_irqsave(&slab_list_lock);
		unsigned long live, slabs = 0, empty = 0, k = 0;
		char name[24];
		u32 size, objects, order, limit;

		list_for_each(c, &slab_caches, link)
			if (k++ == i)
				break;
		if (&c->link == &slab_caches) {
			spin_unlock_irqrestore(&slab_list_lock, flags);
			return 0;
		}
		live = kmem_cache_live(c);
		for (unsigned n = 0; n < nr_nodes; n++) {
			slabs += c->node[n].nr_slabs;
			empty += c->node[n].nr_empty;
		}
		strlcpy(name, c->name, sizeof(name));
		size = c->size;
		objects = c->objects;
		order = c->order;
		limit = c->mag_limit;
		spin_unlock_irqrestore(&slab_list_lock, flags);
		seq_printf(s, "%-17s %6lu %6lu %6u %4u %4d : tunables %4u %4u %4u : slabdata %6lu %6lu "
			   "%6lu\n", name, live, MAX(slabs * objects, live), size, objects, 1 << order, limit,
			   (limit + 1) / 2, 0, slabs - empty, slabs, 0UL);
	}
}

/* Give back empty slabs: "1" written to /proc/slabinfo. */
static int write_slabinfo(const char *buf, size_t n, void *arg)
{
	(void)n;
	(void)arg;
	if (buf[0] != '1')
		return -EINVAL;
	vmalloc_purge();
	kmem_shrink_all();
	return 0;
}

/* " N0=3 N1=1": how many of an area's frames each node has. */
static void show_nodes(struct seq *s, const struct vm_area *a)
{
	unsigned long n[NR_NODES] = { 0 };

	for (vaddr_t va = a->start; va < a->end; va += PAGE_SIZE) {
		int level;
		const pte_t *e = kmap_lookup(va, &level);

		if (e != NULL && pte_present(pte_get(e)))	/* it may be going just now */
			n[page_node_id(pte_page(pte_get(e)))]++;
	}
	for (unsigned i = 0; i < NR_NODES; i++)
		if (n[i] != 0)
			seq_printf(s, " N%u=%lu", i, n[i]);
}

static int show_vmallocinfo(struct seq *s, void *arg)
{
	/* Stacks are listed as plain vmalloc areas, as in Linux; the caller tells them apart. */
	static const char *const kinds[] = { "vmalloc", "ioremap", "vmalloc" };
	vaddr_t at = VMALLOC_START;

	(void)arg;
	for (;;) {
		unsigned long flags = spin_lock_irqsave(&vmap_lock), off, size, len;
		struct vm_area *a, copy;
		const char *sym;

		a = vmap_next(at);
		if (a != NULL)
			copy = *a;
		spin_unlock_irqrestore(&vmap_lock, flags);
		if (a == NULL || copy.kind == AREA_END)
			return 0;
		at = copy.end;
		size = copy.end - copy.start;
		seq_printf(s, "0x%016lx-0x%016lx %7lu ", copy.start, copy.end, size);
		if (copy.kind == AREA_DEAD) {
			seq_puts(s, "unpurged vm_area\n");
			continue;
		}
		sym = ksym_lookup(copy.caller, &off, &len);
		if (sym != NULL)
			seq_printf(s, "%s+0x%lx/0x%lx ", sym, off, len);
		else
			seq_printf(s, "0x%lx ", copy.caller);
		if (copy.kind != AREA_IO)
			seq_printf(s, "pages=%lu ", (size >> PAGE_SHIFT) - 1);
		else
			seq_printf(s, "phys=0x%016lx ", copy.phys);
		seq_puts(s, kinds[copy.kind]);
		if (nr_nodes > 1 && copy.kind != AREA_IO)
			show_nodes(s, &copy);
		seq_putc(s, '\n');
	}
}

void kmem_proc_init(void)
{
	proc_create("slabinfo", show_slabinfo, write_slabinfo, NULL);
	proc_create("vmallocinfo", show_vmallocinfo, NULL, NULL);
}
