// SPDX-License-Identifier: MIT
/*
 * proc_maps.c - an address space as text: /proc/PID/maps, statm, pagemap, and the
 * Vm lines of status.  Formats are Linux's, so that tools written for it parse them.
 *
 * The reader is another task: it holds a reference to the mm, which may become empty
 * meanwhile but does not go away, and mmap_lock for reading.
 */
#include "fs/procfs.h"
#include "fs/vfs.h"
#include "mm/vm/faultlog.h"
#include "mm/vm/pgwalk.h"
#include "mm/vm/proc_mm.h"
#include "mm/vm/show.h"
#include "uapi/errno.h"

void mm_proc_init(void)
{
	faultlog_proc_init();
	maps_proc_init();
	smaps_proc_init();
	check_proc_init();
	pagetable_proc_init();
}

/* What an area is, for people. */
const char *vma_name(const struct vma *v)
{
	const struct mm *mm = v->mm;

	if (v->file != NULL)
		return v->file->path != NULL ? v->file->path : "/dev/zero (deleted)";
	if (v->start < mm->brk && v->end > mm->start_brk)
		return "[heap]";
	if (v->start <= mm->start_stack && v->end >= mm->start_stack && (v->flags & VM_GROWSDOWN))
		return "[stack]";
	return "";
}

void show_vma_line(struct seq *s, const struct vma *v)
{
	const struct inode *inode = v->file != NULL ? v->file->inode : NULL;
	u32 dev = inode != NULL && inode->sb != NULL ? inode->sb->dev : 0;
	const char *name = vma_name(v);
	size_t before = s->len;

	seq_printf(s, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu", v->start, v->end,
		   v->flags & VM_READ ? 'r' : '-', v->flags & VM_WRITE ? 'w' : '-',
		   v->flags & VM_EXEC ? 'x' : '-', v->flags & VM_SHARED ? 's' : 'p',
		   inode != NULL ? (unsigned long)v->pgoff << PAGE_SHIFT : 0UL, dev >> 8, dev & 0xff,
		   inode != NULL ? (unsigned long)inode->ino : 0UL);
	seq_putc(s, ' ');
	if (name[0] != '\0') {
		while (!s->failed && s->len - before < 73)
			seq_putc(s, ' ');
		seq_puts(s, name);
	}
	seq_putc(s, '\n');
}

int show_areas(struct seq *s, struct task *t, void (*show)(struct seq *s, const struct vma *v))
{
	struct mm *mm = task_mm_get(t);
	struct vma *v;

	if (mm == NULL)
		return 0;
	down_read(&mm->mmap_lock);
	list_for_each(v, &mm->vmas, link)
		show(s, v);
	up_read(&mm->mmap_lock);
	mm_put(mm);
	return 0;
}

static int show_maps(struct seq *s, struct task *t)
{
	return show_areas(s, t, show_vma_line);
}

u64 mm_rss(const struct mm *mm)
{
	s64 sum = atomic_read(&mm->counters[MM_ANONPAGES]) + atomic_read(&mm->counters[MM_FILEPAGES]) +
		  atomic_read(&mm->counters[MM_SHMEMPAGES]);

	return sum > 0 ? sum : 0;
}

static int show_statm(struct seq *s, struct task *t)
{
	struct mm *mm = task_mm_get(t);
	u64 shared, text;

	if (mm == NULL) {
		seq_puts(s, "0 0 0 0 0 0 0\n");
		return 0;
	}
	shared = atomic_read(&mm->counters[MM_FILEPAGES]) + atomic_read(&mm->counters[MM_SHMEMPAGES]);
	text = (PAGE_ALIGN(mm->end_code) - (mm->start_code & PAGE_MASK)) >> PAGE_SHIFT;
	seq_printf(s, "%lu %lu %lu %lu 0 %lu 0\n", (unsigned long)mm->total_vm,
		   (unsigned long)mm_rss(mm), (unsigned long)shared, (unsigned long)text,
		   (unsigned long)(mm->data_vm + mm->stack_vm));
	mm_put(mm);
	return 0;
}

static void kib_line(struct seq *s, const char *name, u64 pages)
{
	seq_printf(s, "%s:\t%8lu kB\n", name, (unsigned long)pages << (PAGE_SHIFT - 10));
}

void mm_show_status(struct seq *s, struct task *t)
{
	struct mm *mm = task_mm_get(t);
	u64 rss, text;

	if (mm == NULL)
		return;
	rss = mm_rss(mm);
	if (rss > mm->hiwater_rss)
		mm->hiwater_rss = rss;
	text = (PAGE_ALIGN(mm->end_code) - (mm->start_code & PAGE_MASK)) >> PAGE_SHIFT;
	kib_line(s, "VmPeak", MAX(mm->hiwater_vm, mm->total_vm));
	kib_line(s, "VmSize", mm->total_vm);
	kib_line(s, "VmLck", mm->locked_vm);
	kib_line(s, "VmPin", 0);
	kib_line(s, "VmHWM", mm->hiwater_rss);
	kib_line(s, "VmRSS", rss);
	kib_line(s, "RssAnon", atomic_read(&mm->counters[MM_ANONPAGES]));
	kib_line(s, "RssFile", atomic_read(&mm->counters[MM_FILEPAGES]));
	kib_line(s, "RssShmem", atomic_read(&mm->counters[MM_SHMEMPAGES]));
	kib_line(s, "VmData", mm->data_vm);
	kib_line(s, "VmStk", mm->stack_vm);
	kib_line(s, "VmExe", text);
	kib_line(s, "VmLib", 0);
	kib_line(s, "VmPTE", atomic_read(&mm->pgtables));
	kib_line(s, "VmSwap", atomic_read(&mm->counters[MM_SWAPENTS]));
	mm_put(mm);
}

void mm_sizes(struct task *t, u64 *vsz, u64 *rss)
{
	struct mm *mm = task_mm_get(t);

	*vsz = *rss = 0;
	if (mm == NULL)
		return;
	*vsz = mm->total_vm << PAGE_SHIFT;
	*rss = mm_rss(mm) << PAGE_SHIFT;
	mm_put(mm);
}

void mm_layout(struct task *t, struct mm_layout *l)
{
	struct mm *mm = task_mm_get(t);

	*l = (struct mm_layout){ 0 };
	if (mm == NULL)
		return;
	*l = (struct mm_layout){ mm->start_code, mm->end_code, mm->start_data, mm->end_data,
				 mm->start_brk, mm->start_stack, mm->arg_start, mm->arg_end,
				 mm->env_start, mm->env_end };
	mm_put(mm);
}

/* pagemap: eight bytes a page. */
#define PM_PRESENT	BIT(63)
#define PM_SWAP		BIT(62)
#define PM_FILE		BIT(61)
#define PM_EXCLUSIVE	BIT(56)

static u64 pagemap_entry(struct mm *mm, vaddr_t va)
{
	pte_t *pte = pt_walk(mm, va), e;

	if (pte == NULL)
		return 0;
	e = pte_get(pte);
	if (pte_none(e))
		return 0;
	if (!pte_present(e))
		return PM_SWAP;
	if (pte_special(e))
		return PM_PRESENT | pte_pfn(e);
	return PM_PRESENT | pte_pfn(e) | (pte_page(e)->anon & PAGE_ANON ? 0 : PM_FILE) |
	       (page_maps(pte_page(e)) == 1 ? PM_EXCLUSIVE : 0);
}

static ssize_t read_pagemap(struct task *t, void *buf, size_t n, u64 pos)
{
	struct mm *mm;
	u64 *out = buf;
	size_t done = 0;

	if (pos & 7 || n & 7)
		return -EINVAL;
	mm = task_mm_get(t);
	if (mm == NULL)
		return 0;
	down_read(&mm->mmap_lock);
	for (; done < n && pos / 8 < USER_TOP >> PAGE_SHIFT; done += 8, pos += 8)
		*out++ = pagemap_entry(mm, (pos / 8) << PAGE_SHIFT);
	up_read(&mm->mmap_lock);
	mm_put(mm);
	return done;
}

void maps_proc_init(void)
{
	proc_create_pid("maps", show_maps);
	proc_create_pid("statm", show_statm);
	proc_create_pid_raw("pagemap", read_pagemap);
}
