// SPDX-License-Identifier: MIT
/* show.h - what the /proc files of an address space share. */
#ifndef MM_SHOW_H
#define MM_SHOW_H

#include "mm/vm/vma.h"

struct seq;
struct task;

const char *vma_name(const struct vma *v);
/* The line of /proc/PID/maps. */
void show_vma_line(struct seq *s, const struct vma *v);
/* A file that shows each area of t: with show. => 0 */
int show_areas(struct seq *s, struct task *t, void (*show)(struct seq *s, const struct vma *v));
u64 mm_rss(const struct mm *mm);	/* pages */

#endif
