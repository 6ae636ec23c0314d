// SPDX-License-Identifier: MIT
/* sections.h - where the linker put the parts of the image (kernel.ld). */
#ifndef RISCV_SECTIONS_H
#define RISCV_SECTIONS_H

extern char image_start[], image_end[];
extern char init_data_start[], init_end[];
extern char text_start[], text_end[];
extern char rodata_start[], rodata_end[];
extern char data_start[], data_end[], bss_start[], bss_end[];

/* Physical minus virtual address of the image, set once by start_kernel. */
extern unsigned long image_pa_offset;
#define image_pa(sym) ((unsigned long)(sym) + image_pa_offset)

#endif
