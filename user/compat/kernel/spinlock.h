// SPDX-License-Identifier: MIT
/* spinlock.h - included by some of xv6's programs for file.h's sake; nothing is needed. */
