// SPDX-License-Identifier: MIT
/* finish.h - how the tree's own programs end. */
#ifndef FINISH_H
#define FINISH_H

/* exit(status), or a message and 1 if standard output could not be written. */
void finish(int status) __attribute__((noreturn));

#endif
