// SPDX-License-Identifier: MIT
/* atomic.h - atomic integers.  What returns something is sequentially consistent, so that it may
 * decide who goes on; what only counts (add, inc, dec, read, set) orders nothing. */
#ifndef LIB_ATOMIC_H
#define LIB_ATOMIC_H

#include "lib/types.h"

typedef struct { s32 v; } atomic_t;
typedef struct { s64 v; } atomic64_t;

#define ATOMIC_INIT(n) { (n) }
#define atomic_read(a)		__atomic_load_n(&(a)->v, __ATOMIC_RELAXED)
#define atomic_set(a, n)	__atomic_store_n(&(a)->v, (n), __ATOMIC_RELAXED)
#define atomic_add(a, n)	((void)__atomic_fetch_add(&(a)->v, (n), __ATOMIC_RELAXED))
#define atomic_inc(a)		atomic_add((a), 1)
#define atomic_dec(a)		atomic_add((a), -1)
#define atomic_add_return(a, n)	__atomic_add_fetch(&(a)->v, (n), __ATOMIC_SEQ_CST)
/* true when the count has reached zero */
#define atomic_dec_and_test(a)	(__atomic_sub_fetch(&(a)->v, 1, __ATOMIC_SEQ_CST) == 0)
/* One more reference unless there is none left; false if it was zero. */
static inline bool atomic_inc_not_zero(atomic_t *a)
{
	s32 old = atomic_read(a);

	while (old != 0)
		if (__atomic_compare_exchange_n(&a->v, &old, old + 1, false, __ATOMIC_SEQ_CST,
						__ATOMIC_RELAXED))
			return true;
	return false;
}

/* Add n to *word and return what was there: ordered after all that came before (release), or
 * in both directions (full).  Set *word to 1; was it set before?  (acquire)  One instruction
 * each, to which gcc 12 adds fences and sign extensions. */
#ifdef __riscv
static inline u64 fetch_add_release(u64 *word, u64 n)
{
	u64 old;

	__asm__ volatile("amoadd.d.rl %0, %2, %1" : "=r"(old), "+A"(*word) : "r"(n) : "memory");
	return old;
}
static inline u64 fetch_add_full(u64 *word, u64 n)
{
	u64 old;

	__asm__ volatile("amoadd.d.aqrl %0, %2, %1" : "=r"(old), "+A"(*word) : "r"(n) : "memory");
	return old;
}
static inline bool test_and_set(u32 *word)
{
	u64 old;

	__asm__ volatile("li %0, 1\n\tamoswap.w.aq %0, %0, %1" : "=&r"(old), "+A"(*word)
			 :: "memory");
	return old != 0;
}
#else
#define fetch_add_full(word, n) __atomic_fetch_add((word), (n), __ATOMIC_SEQ_CST)
#endif

#define set_bits(word, bits)	((void)__atomic_fetch_or((word), (bits), __ATOMIC_RELAXED))
#define clear_bits(word, bits)	((void)__atomic_fetch_and((word), ~(bits), __ATOMIC_RELAXED))
#define smp_mb()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_load_acquire(p)	__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELEASE)

#endif
