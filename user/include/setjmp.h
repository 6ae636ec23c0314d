// SPDX-License-Identifier: MIT
/* setjmp.h - leaving several functions at once. */
#ifndef SETJMP_H
#define SETJMP_H

typedef unsigned long jmp_buf[26];	/* ra, sp, s0..s11, fs0..fs11 */
typedef jmp_buf sigjmp_buf;

int setjmp(jmp_buf env) __attribute__((returns_twice));
void longjmp(jmp_buf env, int val) __attribute__((noreturn));
/* Signal masks are not kept: a handler that jumps out unblocks its signal itself. */
#define sigsetjmp(env, save)	setjmp(env)
#define siglongjmp(env, val)	longjmp(env, val)

#endif
