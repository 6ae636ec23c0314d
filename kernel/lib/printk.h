// SPDX-License-Identifier: MIT
/*
 * printk.h - the kernel's voice: log, warnings, assertions, panic.
 *
 * printk may be called from anywhere, interrupts and panics included: it takes no
 * lock that a caller could hold.  Every line goes to a ring (the GDB command and
 * /proc/kmsg read it) and, unless "quiet" is in bootargs, to the console.
 */
#ifndef LIB_PRINTK_H
#define LIB_PRINTK_H

#include "lib/types.h"

void printk(const char *fmt, ...) __printf(1, 2);
/* As printk, but shown even when the boot is quiet. */
void printk_loud(const char *fmt, ...) __printf(1, 2);

/* Stop everything: message, registers, backtrace, all other harts halted. */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;
void assert_fail(const char *expr, const char *file, int line, const char *func) __noreturn;

/* A condition that holds unless the kernel has a bug.  Always compiled in. */
#define assert(expr) \
	((void)(likely(expr) ? 0 : (assert_fail(#expr, __FILE__, __LINE__, __func__), 0)))

/* Checked in debug builds only: for conditions too dear for a hot path. */
#ifdef CONFIG_DEBUG
#define debug_assert(expr) assert(expr)
#else
#define debug_assert(expr) ((void)sizeof(!(expr)))
#endif

#define BUILD_ASSERT(expr) _Static_assert(expr, #expr)

#endif
