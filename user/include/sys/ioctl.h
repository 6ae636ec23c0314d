// SPDX-License-Identifier: MIT
/* sys/ioctl.h - requests to devices. */
#ifndef SYS_IOCTL_H
#define SYS_IOCTL_H

#include "uapi/ioctl.h"

int ioctl(int fd, unsigned long cmd, ...);

#endif
