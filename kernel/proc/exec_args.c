// SPDX-License-Identifier: MIT
/*
 * exec_args.c - gathering the arguments of exec.
 *
 * The strings of argv and envp come from the old program's memory and go to the new one's
 * stack; in between they lie in one kernel buffer, argv's first, each with its
 * terminator: as they will lie on the stack.  The buffer doubles up to ARG_MAX, whose
 * excess is -E2BIG.  Pointers are read eight at a time.
 */
#include "lib/string.h"
#include "mm/kmem/slab.h"
#include "mm/vm/mm.h"
#include "proc/exec_args.h"
#include "uapi/errno.h"

#define ARG_MAX		KIB(128)	/* strings of argv and envp together */

static int args_grow(struct args *a, size_t need)
{
	size_t size = a->size ? a->size : 1024;
	char *buf;

	while (size < need)
		size *= 2;
	if (need > ARG_MAX)
		return -E2BIG;
	buf = krealloc(a->buf, size, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	a->buf = buf;
	a->size = size;
	return 0;
}

static int args_add_kernel(struct args *a, const char *s)
{
	size_t n = strlen(s) + 1;
	int err = a->len + n > a->size ? args_grow(a, a->len + n) : 0;

	if (err)
		return err;
	memcpy(a->buf + a->len, s, n);
	a->len += n;
	return 0;
}

static int args_add_user(struct args *a, vaddr_t s)
{
	ssize_t n;
	int err;

	for (;;) {
		n = a->len < a->size ? strncpy_from_user(a->buf + a->len, s, a->size - a->len) :
				       -ENAMETOOLONG;
		if (n >= 0) {
			a->len += n + 1;
			return 0;
		}
		if (n != -ENAMETOOLONG)
			return n;
		err = args_grow(a, a->size + 1);
		if (err)
			return err;
	}
}

int args_add_user_list(struct args *a, vaddr_t list, unsigned *count)
{
	u64 p[8];
	int err;

	if (list == 0)
		return 0;		/* as Linux: no list is an empty list */
	if (list & 7)
		return -EFAULT;
	for (;; list += sizeof(p)) {
		size_t n = copy_from_user_partial(p, list, sizeof(p)) / 8;

		for (size_t i = 0; i < n; i++) {
			if (p[i] == 0)
				return 0;
			err = args_add_user(a, p[i]);
			if (err)
				return err;
			if (++*count > ARG_MAX / 8)
				return -E2BIG;
		}
		if (n < 8)
			return -EFAULT;
	}
}

int args_add_kernel_list(struct args *a, char *const *list, unsigned *count)
{
	int err = 0;

	for (; *list && !err; list++, ++*count)
		err = args_add_kernel(a, *list);
	return err;
}

/* Put the strings of front, n of them, where argv[0] was. */
int args_prepend(struct args *a, const char *const *front, unsigned n)
{
	size_t old = a->argc ? strlen(a->buf) + 1 : 0, add = 0, at = 0;
	int err;

	for (unsigned i = 0; i < n; i++)
		add += strlen(front[i]) + 1;
	err = a->len + add > a->size ? args_grow(a, a->len + add) : 0;
	if (err)
		return err;
	memmove(a->buf + add, a->buf + old, a->len - old);
	for (unsigned i = 0; i < n; i++) {
		memcpy(a->buf + at, front[i], strlen(front[i]) + 1);
		at += strlen(front[i]) + 1;
	}
	a->len += add - old;
	a->argc += n - (a->argc ? 1 : 0);
	return 0;
}
