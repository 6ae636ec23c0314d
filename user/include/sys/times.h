// SPDX-License-Identifier: MIT
/* sys/times.h - time used. */
#ifndef SYS_TIMES_H
#define SYS_TIMES_H

#include <sys/types.h>
#include "uapi/sched.h"

clock_t times(struct tms *t);

#endif
