// SPDX-License-Identifier: MIT
/*
 * memlayout.h - addresses that no program may touch.
 *
 * Tests read and write from KERNBASE upwards and at the top of the user half and expect
 * to be refused.  KERNBASE is where the kernel's image begins.  The pages below MAXVA,
 * where xv6 has its trampoline, are never mapped here: a stack begins lower.  Below
 * TRAPFRAME ends the largest heap, in xv6 as here, where the stack has its place above.
 */
#ifndef COMPAT_MEMLAYOUT_H
#define COMPAT_MEMLAYOUT_H

#define KERNBASE	0xffffffff80000000UL
#define PHYSTOP		(KERNBASE + 128UL * 1024 * 1024)
#define TRAMPOLINE	(MAXVA - PGSIZE)
#define TRAPFRAME	(MAXVA - 32L * 1024 * 1024)

#endif
