// SPDX-License-Identifier: MIT
/* random.h - unpredictable bytes. */
#ifndef PROC_RANDOM_H
#define PROC_RANDOM_H

#include "lib/types.h"

void random_bytes(void *buf, size_t n);		/* from any context */
u64 random_u64(void);
u64 random_quick(void);				/* good enough for addresses */
/* True if "norandmaps" asks for the same addresses and numbers in every run. */
bool random_off(void);

#endif
