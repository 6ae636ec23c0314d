// SPDX-License-Identifier: MIT
/* strings.h - the old names. */
#ifndef STRINGS_H
#define STRINGS_H

#include <string.h>

static inline void bzero(void *p, size_t n) { memset(p, 0, n); }
static inline void bcopy(const void *from, void *to, size_t n) { memmove(to, from, n); }
static inline int bcmp(const void *a, const void *b, size_t n) { return memcmp(a, b, n); }
static inline char *index(const char *s, int c) { return strchr(s, c); }
static inline char *rindex(const char *s, int c) { return strrchr(s, c); }
/* The lowest 1's number from 1 on; 0 if there is none. */
static inline int ffs(int n) { return n == 0 ? 0 : __builtin_ctz((unsigned)n) + 1; }
static inline int ffsl(long n) { return n == 0 ? 0 : __builtin_ctzl((unsigned long)n) + 1; }
static inline int ffsll(long long n) { return ffsl(n); }

#endif
