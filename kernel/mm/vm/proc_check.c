// SPDX-License-Identifier: MIT
/*
 * proc_check.c - /proc/PID/check: are the invariants of this address space true?  /proc/check:
 * of all of them; the tests look at it after every program.
 *
 *	V1, V2, A1-A3	the areas, their order, gaps, tree and caches (vma_check)
 *	V3		every entry lies in an area
 *	V4		the counters equal what a walk of the tables finds
 *	T1		every table's index equals its entries
 *	P3, R2		every page's mapcount equals the PTEs that the reverse map finds
 *
 * Prints "ok", or a line for each rule that is broken.  A page that another process maps
 * or unmaps just now can differ for a moment, so P3 is asked three times.
 *
 * A debug kernel asks at the end of every address space too (mm_check_dying): all but P3,
 * which is not its own affair alone.
 */
#include "fs/procfs.h"
#include "fs/vfs.h"
#include "lib/printk.h"
#include "mm/vm/pgwalk.h"
#include "mm/vm/proc_mm.h"
#include "mm/vm/rmap.h"
#include "proc/task.h"

struct check {
	struct seq *s;
	struct mm *mm;
	bool pages;			/* P3 too */
	unsigned broken;
	s64 found[NR_MM_COUNTERS];
	s64 tables;
};

static void check_page(struct check *c, vaddr_t va, struct page *p)
{
	u32 maps = 0;
	unsigned count = 0;

	for (int i = 0; i < 3; i++) {
		maps = page_maps(p);
		count = rmap_count(p);
		if (count == maps)
			return;
	}
	seq_printf(c->s, "P3: page at %lx: mapcount %u, the reverse map finds %u\n", va, maps, count);
	c->broken++;
}

/* => mmap_lock held */
static void check_leaf(struct check *c, pte_t *table, vaddr_t base)
{
	unsigned used = 0;

	for (unsigned i = 0; i < PTES_PER_TABLE; i++) {
		vaddr_t va = base + i * PAGE_SIZE;
		struct page *p = NULL;
		struct vma *v;
		pte_t e;

		ptl_lock(pt_page(table));
		e = pte_get(&table[i]);
		if (pte_present(e) && !pte_special(e)) {
			p = pte_page(e);
			get_page(p);
		}
		ptl_unlock(pt_page(table));
		if (pte_none(e))
			continue;
		used++;
		v = vma_at(c->mm, va);
		if (v == NULL) {
			seq_printf(c->s, "V3: entry %lx at %lx, no area\n", (unsigned long)e.v, va);
			c->broken++;
		} else if (p != NULL) {
			c->found[p->anon & PAGE_ANON ? MM_ANONPAGES : vma_file_kind(v)]++;
			if (c->pages)
				check_page(c, va, p);
		}
		if (p != NULL)
			put_page(p);
	}
	if (used != pt_page(table)->index) {
		seq_printf(c->s, "T1: table at %lx: index %lu, entries %u\n", base,
			   (unsigned long)pt_page(table)->index, used);
		c->broken++;
	}
}

static void check_tables(struct check *c, pte_t *table, int level, vaddr_t base)
{
	unsigned n = level == 2 ? PTES_PER_TABLE / 2 : PTES_PER_TABLE, used = 0;

	c->tables++;
	if (level == 0) {
		check_leaf(c, table, base);
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		pte_t e = pte_get(&table[i]);

		if (pte_none(e))
			continue;
		used++;
		check_tables(c, pte_to_table(e), level - 1, base + i * PT_SPAN(level));
	}
	if (used != pt_page(table)->index) {
		seq_printf(c->s, "T1: level %d table at %lx: index %lu, entries %u\n", level, base,
			   (unsigned long)pt_page(table)->index, used);
		c->broken++;
	}
}

static void check_counters(struct check *c)
{
	static const char *const name[] = { "anonymous", "file", "shmem" };

	for (int i = 0; i <= MM_SHMEMPAGES; i++) {
		s64 have = atomic_read(&c->mm->counters[i]);

		if (have == c->found[i])
			continue;
		seq_printf(c->s, "V4: %s pages: counted %ld, mapped %ld\n", name[i], (long)have,
			   (long)c->found[i]);
		c->broken++;
	}
	if (atomic_read(&c->mm->pgtables) != c->tables) {
		seq_printf(c->s, "V4: tables: counted %ld, found %ld\n",
			   (long)atomic_read(&c->mm->pgtables), (long)c->tables);
		c->broken++;
	}
}

/* => what is broken is counted, and told in s */
static unsigned check_once(struct mm *mm, struct seq *s, bool pages)
{
	static const char *const rules[] = { "V1", "V2", "A1", "A2", "A3" };
	struct check c = { .s = s, .mm = mm, .pages = pages };
	int rule = vma_check(mm);

	if (rule != 0) {
		seq_printf(s, "%s: broken\n", rules[rule - 1]);
		c.broken++;
	}
	check_tables(&c, mm->root, 2, 0);
	check_counters(&c);
	return c.broken;
}

/* Truncation and reclaim hold a lock of the reverse map from the first entry that they take to
 * the change of the counters: when each has been free once, those under way have ended. */
static void wait_for_walkers(struct mm *mm)
{
	struct vma *v;

	list_for_each(v, &mm->vmas, link) {
		if (v->file != NULL) {
			down_write(&v->file->inode->mapping->i_mmap_lock);
			up_write(&v->file->inode->mapping->i_mmap_lock);
		}
		if (v->anon_vma != NULL) {
			spin_lock(&v->anon_vma->lock);
			spin_unlock(&v->anon_vma->lock);
		}
	}
}

/* => mmap_lock write-held: no fault runs meanwhile.  The reverse map's walks do, so what is
 * broken is looked at again. */
static unsigned check_mm(struct mm *mm, struct seq *s, bool pages)
{
	size_t len = s->len;
	unsigned broken;

	for (int tries = 0; (broken = check_once(mm, s, pages)) != 0 && tries < 10; tries++) {
		wait_for_walkers(mm);
		s->len = len;
	}
	return broken;
}

/* => true if all is well */
static bool check_task(struct seq *s, struct task *t)
{
	struct mm *mm = task_mm_get(t);
	unsigned broken = 0;

	if (mm == NULL)
		return true;
	down_write(&mm->mmap_lock);
	if (atomic_read(&mm->users) > 0)
		broken = check_mm(mm, s, true);
	up_write(&mm->mmap_lock);
	mm_put(mm);
	return broken == 0;
}

static int show_check(struct seq *s, struct task *t)
{
	if (check_task(s, t))
		seq_puts(s, "ok\n");
	return 0;
}

static int show_check_all(struct seq *s, void *arg)
{
	bool ok = true;

	(void)arg;
	for (struct task *t = task_next_get(NULL); t != NULL; t = task_next_get(t))
		if (!check_task(s, t)) {
			seq_printf(s, "in process %d (%s)\n", t->pid, t->comm);
			ok = false;
		}
	if (ok)
		seq_puts(s, "ok\n");
	return 0;
}

#ifdef CONFIG_DEBUG
void mm_check_dying(struct mm *mm)
{
	char text[400];
	struct seq s = { .buf = text, .size = sizeof(text) - 1 };

	if (check_mm(mm, &s, false) == 0)
		return;
	text[s.len] = '\0';
	panic("an address space of %s ends with broken invariants:\n%s", current->comm, text);
}
#endif

void check_proc_init(void)
{
	proc_create_pid("check", show_check);
	proc_create("check", show_check_all, NULL, NULL);
}
