// SPDX-License-Identifier: MIT
/*
 * types.h - the kernel's basic types and the few macros used everywhere.
 *
 * Every address says in its type which kind it is: vaddr_t is what a program or the
 * kernel dereferences, paddr_t is what the memory bus sees, pfn_t is a paddr_t divided
 * by the page size.  They are plain integers to the compiler, for there is much
 * arithmetic on them.  Page-table entries are a struct (riscv/pgtable.h), which it
 * refuses to mix up with anything.
 */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

typedef unsigned long vaddr_t;	/* virtual address */
typedef unsigned long paddr_t;	/* physical address */
typedef unsigned long pfn_t;	/* page frame number: paddr >> PAGE_SHIFT */

#ifdef __KERNEL__
typedef long ssize_t;
typedef s64 off_t;
typedef int pid_t;
#else
#include <sys/types.h>		/* host tests */
#endif

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))

#define NR_HARTS	8	/* the most harts the kernel brings up */
#define NR_NODES	4	/* the most NUMA nodes it keeps apart */

#define KIB(n)		((unsigned long)(n) << 10)
#define MIB(n)		((unsigned long)(n) << 20)
#define GIB(n)		((unsigned long)(n) << 30)

#define BIT(n)		(1UL << (n))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a) - 1))
#define ALIGN_UP(x, a)	ALIGN_DOWN((x) + ((__typeof__(x))(a) - 1), (a))
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a) - 1)) == 0)
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define PAGE_ALIGN(x)	ALIGN_UP((x), PAGE_SIZE)

#define MIN(a, b) ({ __typeof__(a) min_a = (a); __typeof__(b) min_b = (b); \
		     min_a < min_b ? min_a : min_b; })
#define MAX(a, b) ({ __typeof__(a) max_a = (a); __typeof__(b) max_b = (b); \
		     max_a > max_b ? max_a : max_b; })
#define CLAMP(x, lo, hi) MIN(MAX((x), (lo)), (hi))

/* The struct of the given type whose member lies at ptr. */
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

/* One access that the compiler may neither split, repeat nor leave out. */
#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define barrier()	__asm__ volatile("" ::: "memory")

#define __packed	__attribute__((packed))
#define __aligned(n)	__attribute__((aligned(n)))
#define __noreturn	__attribute__((noreturn))
#define __noinline	__attribute__((noinline))
#undef __always_inline
#define __always_inline	inline __attribute__((always_inline))
#define __printf(f, a)	__attribute__((format(printf, f, a)))
#define __maybe_unused	__attribute__((unused))
#ifdef __KERNEL__
#define __init		__attribute__((section(".init.text"), cold, noinline))
#define __initdata	__attribute__((section(".init.data")))
#else
#define __init
#define __initdata
#endif

/* Pointer-or-errno: the last 4095 addresses are never objects. */
static inline void *ERR_PTR(long err) { return (void *)err; }
static inline long PTR_ERR(const void *p) { return (long)p; }
static inline bool IS_ERR(const void *p) { return (unsigned long)p >= (unsigned long)-4095L; }

#endif
