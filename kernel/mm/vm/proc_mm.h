// SPDX-License-Identifier: MIT
/* proc_mm.h - the /proc files of mm/vm, each made by its own file's init. */
#ifndef MM_PROC_MM_H
#define MM_PROC_MM_H

void faultlog_proc_init(void);
void maps_proc_init(void);
void smaps_proc_init(void);
void check_proc_init(void);
void pagetable_proc_init(void);

#endif
