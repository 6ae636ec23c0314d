// SPDX-License-Identifier: MIT
/* syscall.h - numbers of xv6's system calls; kernel/syscall/syscalls.tbl has them all. */
#ifndef COMPAT_SYSCALL_H
#define COMPAT_SYSCALL_H

#include "syscall_nr.h"

#define SYS_pause	SYS_sleep	/* xv6's name since 2025 */

#endif
