// SPDX-License-Identifier: MIT
/* strings.h - the old names. */
#ifndef STRINGS_H
#define STRINGS_H

#include <string.h>

static inline void bzero(void *p, size_t n) { memset(p, 0, n); }

#endif
