// SPDX-License-Identifier: MIT
/*
 * late_init.h - functions that run once, when all of the kernel is up and before the first
 * program: for files that are added to the kernel from outside (labs/NAME/kernel/), which
 * nobody calls by name.
 */
#ifndef LIB_LATE_INIT_H
#define LIB_LATE_INIT_H

#define LATE_INIT(fn)							\
	static void (*const late_init_##fn)(void)			\
	__attribute__((section(".late_init"), used)) = fn

static inline void run_late_inits(void)
{
	extern void (*const late_init_start[])(void), (*const late_init_end[])(void);

	for (void (*const *fn)(void) = late_init_start; fn < late_init_end; fn++)
		(*fn)();
}

#endif
