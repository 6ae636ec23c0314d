// SPDX-License-Identifier: MIT
/* setjmp.h - leaving several functions at once. */
#ifndef SETJMP_H
#define SETJMP_H

typedef unsigned long jmp_buf[26];	/* ra, sp, s0..s11, fs0..fs11 */
typedef unsigned long sigjmp_buf[28];	/* ... then: is the mask kept; the mask */

int setjmp(jmp_buf env) __attribute__((returns_twice));
void longjmp(jmp_buf env, int val) __attribute__((noreturn));
#define _setjmp(env)		setjmp(env)
#define _longjmp(env, val)	longjmp(env, val)

/* With save the signal mask comes back too, so a handler may jump out of its signal. */
void __keep_mask(sigjmp_buf env, int save);
void siglongjmp(sigjmp_buf env, int val) __attribute__((noreturn));
#define sigsetjmp(env, save)	(__keep_mask(env, save), setjmp(env))

#endif
