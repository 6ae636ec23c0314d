// SPDX-License-Identifier: MIT
/* sys/utsname.h - the kernel's name. */
#ifndef SYS_UTSNAME_H
#define SYS_UTSNAME_H

#include "uapi/sched.h"

int uname(struct utsname *name);

#endif
