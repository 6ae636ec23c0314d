// SPDX-License-Identifier: MIT
/*
 * chrdev.c - which driver stands behind a device's major number.
 *
 * A table filled at boot and never changed after, so it needs no lock.  The minor number is
 * the driver's own business: it finds it in file->inode->rdev.
 */
#include "fs/vfs_internal.h"

#define NR_MAJORS 64

static const struct file_ops *majors[NR_MAJORS];

/* => 0, -EINVAL (no such number), -EBUSY (taken by another) */
int chrdev_register(u32 major, const struct file_ops *ops)
{
	if (major >= NR_MAJORS)
		return -EINVAL;
	if (majors[major] != NULL && majors[major] != ops)
		return -EBUSY;
	majors[major] = ops;
	return 0;
}

/* NULL: no driver has this number. */
const struct file_ops *chrdev_ops(u32 major)
{
	return major < NR_MAJORS ? majors[major] : NULL;
}
