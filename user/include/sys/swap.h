// SPDX-License-Identifier: MIT
/* sys/swap.h - swap areas. */
#ifndef SYS_SWAP_H
#define SYS_SWAP_H

int swapon(const char *path, int flags);
int swapoff(const char *path);

#endif
