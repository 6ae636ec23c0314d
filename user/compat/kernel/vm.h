// SPDX-License-Identifier: MIT
/* vm.h - second argument of xv6's sys_sbrk: take the memory now, or when it is touched. */
#ifndef COMPAT_VM_H
#define COMPAT_VM_H

#define SBRK_EAGER	1
#define SBRK_LAZY	2

#endif
