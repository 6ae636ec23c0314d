// SPDX-License-Identifier: MIT
/* file.h - the console's major device number, for mknod. */
#ifndef COMPAT_FILE_H
#define COMPAT_FILE_H

#define CONSOLE	1

#endif
