// SPDX-License-Identifier: MIT
/* sys/sysinfo.h - the machine at a glance. */
#ifndef SYS_SYSINFO_H
#define SYS_SYSINFO_H

#include "uapi/sched.h"

int sysinfo(struct sysinfo *info);
/* Timer ticks since the start: xv6's clock; clock_gettime tells more. */
long uptime(void);

#endif
