// SPDX-License-Identifier: MIT
/* sys/mount.h - file systems in the tree. */
#ifndef SYS_MOUNT_H
#define SYS_MOUNT_H

#define MS_RDONLY	1

int mount(const char *source, const char *target, const char *type, unsigned long flags);
int umount(const char *target);

#endif
