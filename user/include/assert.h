// SPDX-License-Identifier: MIT
/* assert.h - what must hold; may be included again after NDEBUG changes. */
#undef assert
#ifdef NDEBUG
#define assert(x)	((void)0)
#else
void __assert_fail(const char *what, const char *file, int line, const char *fn)
	__attribute__((noreturn));
#define assert(x)	((x) ? (void)0 : __assert_fail(#x, __FILE__, __LINE__, __func__))
#endif
#define static_assert	_Static_assert
