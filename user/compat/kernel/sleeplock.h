// SPDX-License-Identifier: MIT
/* sleeplock.h - included by some of xv6's programs for file.h's sake; nothing is needed. */
