// SPDX-License-Identifier: MIT
/* exec_args.h - the strings that go from one program to the next. */
#ifndef PROC_EXEC_ARGS_H
#define PROC_EXEC_ARGS_H

#include "lib/types.h"

struct args {
	char *buf;
	size_t len, size;
	unsigned argc, envc;
};

/* All: 0 or -errno; buf is the caller's to kfree.  *count is advanced. */
int args_add_user_list(struct args *a, vaddr_t list, unsigned *count);
int args_add_kernel_list(struct args *a, char *const *list, unsigned *count);
/* Put the strings of front, n of them, where argv[0] was. */
int args_prepend(struct args *a, const char *const *front, unsigned n);

#endif
