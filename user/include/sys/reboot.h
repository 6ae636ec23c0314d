// SPDX-License-Identifier: MIT
/* sys/reboot.h - the end of the session. */
#ifndef SYS_REBOOT_H
#define SYS_REBOOT_H

#include "uapi/sched.h"

int reboot(int how);

#endif
