// SPDX-License-Identifier: MIT
/* errno.h - the error number of the calling thread's last failed call. */
#ifndef ERRNO_H
#define ERRNO_H

#include "uapi/errno.h"

#define ENOTSUP	EOPNOTSUPP

int *__errno_location(void);
#define errno (*__errno_location())

#endif
