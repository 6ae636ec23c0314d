// SPDX-License-Identifier: MIT
/* proc_mm.h - the /proc files of mm/vm, each made by its own file's init. */
#ifndef MM_PROC_MM_H
#define MM_PROC_MM_H

struct mm;

void faultlog_proc_init(void);
void maps_proc_init(void);
void smaps_proc_init(void);
void check_proc_init(void);
void pagetable_proc_init(void);

/* An address space is about to be emptied: panics if it breaks an invariant (debug kernel).
 * => mmap_lock write-held */
#ifdef CONFIG_DEBUG
void mm_check_dying(struct mm *mm);
#else
static inline void mm_check_dying(struct mm *mm) { (void)mm; }
#endif

#endif
