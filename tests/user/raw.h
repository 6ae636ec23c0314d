// SPDX-License-Identifier: MIT
/* raw.h - a system call as it is: any number, any registers; a value or -errno. */
#ifndef TESTS_USER_RAW_H
#define TESTS_USER_RAW_H

/* a: what goes into a0 to a5 */
static inline long raw(long nr, const long *a)
{
	register long a0 __asm__("a0") = a[0];
	register long a1 __asm__("a1") = a[1];
	register long a2 __asm__("a2") = a[2];
	register long a3 __asm__("a3") = a[3];
	register long a4 __asm__("a4") = a[4];
	register long a5 __asm__("a5") = a[5];
	register long a7 __asm__("a7") = nr;

	__asm__ volatile("ecall"
	                 : "+r"(a0)
	                 : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7)
	                 : "memory");
	return a0;
}

#endif
