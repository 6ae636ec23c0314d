// SPDX-License-Identifier: MIT
/* sys/random.h - random bytes. */
#ifndef SYS_RANDOM_H
#define SYS_RANDOM_H

#include <sys/types.h>

ssize_t getrandom(void *buf, size_t n, unsigned flags);

#endif
