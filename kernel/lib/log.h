// SPDX-License-Identifier: MIT
/* log.h - the kernel log's other side: the console it goes to, and reading it. */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include "lib/types.h"

#define LOG_SIZE 16384

/* Where a character goes: the firmware until the UART driver sets its own.
 * => polled, takes no lock, any context. */
extern void (*console_putc)(int c);
extern bool log_quiet;			/* "quiet" in bootargs */

/* Bytes from *pos on (0: the oldest kept); advances *pos; 0 at the end. */
size_t log_read(u64 *pos, char *buf, size_t n);

#endif
