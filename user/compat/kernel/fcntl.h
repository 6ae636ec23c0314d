// SPDX-License-Identifier: MIT
/* fcntl.h - xv6's open flags; Pagoda's have the same values. */
#ifndef COMPAT_FCNTL_H
#define COMPAT_FCNTL_H

#define O_RDONLY	0x000
#define O_WRONLY	0x001
#define O_RDWR		0x002
#define O_CREATE	0x200
#define O_TRUNC		0x400

#endif
